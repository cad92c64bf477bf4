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
 * @param notes kept in the snapshot's summary too, each name after {@value #PREFIX}
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
    Map<String, String> notes,
    Replacement replaces,
    List<WrittenFile> ordinary,
    List<WrittenFile> vault) {

  /** What every entry of ours in a summary begins with. */
  public static final String PREFIX = "sightglass.";

  /** The note of the oldest state of the inputs of a result: an instant in ISO 8601. */
  public static final String DATA_AS_OF = "data-as-of";

  /** The note of the snapshot whose rows a result is made of, before the input's name. */
  public static final String INPUT = "input.";

  /** What such a note says of an input into which nothing has been loaded. */
  public static final String NO_INPUT = "none";

  public LoadCommit {
    counts = Map.copyOf(counts);
    notes = Map.copyOf(notes);
    ordinary = List.copyOf(ordinary);
    vault = List.copyOf(vault);
  }

  /** A load without notes. */
  public LoadCommit(
      String loadId,
      String sourceId,
      LocalDate fileDate,
      @Nullable String slot,
      @Nullable Long base,
      Map<String, Long> counts,
      Replacement replaces,
      List<WrittenFile> ordinary,
      List<WrittenFile> vault) {
    this(loadId, sourceId, fileDate, slot, base, counts, Map.of(), replaces, ordinary, vault);
  }
}
