package io.sightglass.engine.table;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One load, ready to become visible. Immutable.
 *
 * @param loadId unique; a second commit of the same id changes nothing
 * @param sourceId the identity of the object that was loaded
 * @param fileDate from the object's path, else the day of arrival
 * @param slot what two loads compete for, such as the date or the hour that a dump stands for; two
 *     commits for one slot from the same {@code base}: the second fails. Null: nothing
 * @param base the ordinary snapshot that was current when it was decided what to replace; null:
 *     there was none
 * @param counts of rows by name, kept in the snapshot's summary
 * @param ordinary files of the ordinary table
 * @param vault files of the vault
 */
public record LoadCommit(
    String loadId,
    String sourceId,
    LocalDate fileDate,
    @Nullable String slot,
    @Nullable Long base,
    Map<String, Long> counts,
    Replacement replaces,
    List<WrittenFile> ordinary,
    List<WrittenFile> vault) {

  public LoadCommit {
    counts = Map.copyOf(counts);
    ordinary = List.copyOf(ordinary);
    vault = List.copyOf(vault);
  }
}
