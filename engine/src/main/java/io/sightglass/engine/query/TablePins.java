package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Echo;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.ResultProtection;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Binds the tables of one statement to the states that its request asks for. Immutable.
 *
 * <p>A name that the statement does not read is answered alike whether or not there is such a
 * table, and an id alike whether it has expired, never was, or is another table's.
 */
final class TablePins {

  private final ViewPack pack;
  private final TableFiles files;
  private final AsOf asOf;

  TablePins(ActivePack active, AsOf asOf) {
    this.pack = active.pack();
    this.files = active.files();
    this.asOf = asOf;
  }

  /**
   * Each input at its state.
   *
   * @param identified whether the statement reads the vault's side of them too
   * @throws EngineException {@code NO_SNAPSHOT}, {@code UNKNOWN_NAME}, {@code AMBIGUOUS_NAME}
   */
  List<PinnedTable> pin(List<View.Input> inputs, boolean identified) {
    List<PinnedTable> pinned =
        switch (asOf) {
          case AsOf.Newest newest -> inputs.stream().map(this::newest).toList();
          case AsOf.At(Instant instant) ->
              inputs.stream().map(input -> at(input, instant)).toList();
          case AsOf.Snapshots(Map<String, Long> ids) -> {
            requireReadOnce(ids.keySet(), inputs);
            yield inputs.stream()
                .map(input -> snapshot(input, ids.get(input.name().toString())))
                .toList();
          }
        };
    if (identified) {
      pinned.forEach(this::requireVault);
    }
    return pinned;
  }

  private PinnedTable newest(View.Input input) {
    if (!input.result()) {
      return files.pin(input.name());
    }
    PinnedTable result = files.pinResult(input.name());
    PairSnapshot snapshot = result.snapshot();
    View view = pack.views().get(input.name());
    if (snapshot != null
        && (view == null || !ResultProtection.isOfToday(pack, view, snapshot.summary()))) {
      throw new EngineException(
          ErrorCode.NO_SNAPSHOT,
          "The stored result of %s was made before the protection of a column that it shows changed, and is not read; it is being made anew, or an alert says why that fails: try again later"
              .formatted(input.name()));
    }
    return result;
  }

  private PinnedTable at(View.Input input, Instant instant) {
    return pinned(
        input,
        files
            .findAsOf(input, instant)
            .orElseThrow(() -> noneAt(input.name(), instant, files.history(input))));
  }

  private static EngineException noneAt(
      QualifiedName table, Instant instant, List<PairSnapshot> kept) {
    return new EngineException(
        ErrorCode.NO_SNAPSHOT,
        kept.isEmpty()
            ? "asOf: nothing has been loaded into %s yet".formatted(table)
            : "asOf: %s has no snapshot of %s or before, none yet or none any longer; allowed: from %s on"
                .formatted(table, instant, kept.getLast().committedAt()));
  }

  private PinnedTable snapshot(View.Input input, @Nullable Long id) {
    return id == null
        ? newest(input)
        : pinned(
            input,
            files
                .find(input, id)
                .orElseThrow(() ->
                    new EngineException(
                        ErrorCode.NO_SNAPSHOT,
                        "asOf: %s has no snapshot %d: it has expired, or never was one of it; allowed: those that /snapshots of a view over it lists"
                            .formatted(input.name(), id))));
  }

  private PinnedTable pinned(View.Input input, PairSnapshot snapshot) {
    if (!Catalogue.readable(pack, input).test(snapshot)) {
      throw new EngineException(
          ErrorCode.NO_SNAPSHOT,
          "asOf: snapshot %d of %s was made of other columns than the view is today, to which today's policy does not apply; allowed: those that /snapshots of it lists"
              .formatted(snapshot.id(), input.name()));
    }
    return new PinnedTable(input.name(), input.result(), snapshot);
  }

  private void requireVault(PinnedTable table) {
    PairSnapshot snapshot = table.snapshot();
    boolean isNewest = asOf instanceof AsOf.Newest;
    if (snapshot != null && !table.result() && !(isNewest && snapshot.vaultSnapshotId() != null)) {
      files.requireVault(table);
    }
  }

  /** Every name must be one of the statement's tables, and of one alone. */
  private static void requireReadOnce(Set<String> names, List<View.Input> inputs) {
    List<String> read = inputs.stream().map(input -> input.name().toString()).toList();
    for (String name : new TreeSet<>(names)) {
      long times = read.stream().filter(name::equals).count();
      if (times > 1) {
        throw new EngineException(
            ErrorCode.AMBIGUOUS_NAME,
            "asOf: \"%s\" is a dataset and the result of a view, and the statement reads both; allowed: an instant"
                .formatted(name));
      }
      if (times == 0) {
        throw new EngineException(
                ErrorCode.UNKNOWN_NAME,
                "asOf: \"%s\" is no table that the statement reads; allowed: %s"
                    .formatted(
                        Echo.of(name),
                        read.isEmpty() ? "none, it reads none" : String.join(", ", read)))
            .suggesting(read.stream().distinct().collect(Collectors.toList()));
      }
    }
  }
}
