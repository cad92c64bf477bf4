package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.time.Period;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Which states of a materialised view's result go: those that are older than every input keeps its
 * own, and those that were made of an input's rows before its columns were made anew, whose values
 * they show. Immutable.
 *
 * @param expiring until when states may have been replaced that go by a contract which keeps them
 *     for so long; never later than what a statement that runs may have pinned
 */
record ResultExpiry(Lake lake, ViewPack pack, Function<Period, Instant> expiring) {

  /** States of the view's result that were no longer current then go; empty: none. */
  Optional<Instant> before(View view, LakeTable result) {
    return Stream.concat(byContracts(view).stream(), byRebuilds(view, result).stream())
        .max(Instant::compareTo);
  }

  /** Empty when an input keeps its states for ever. */
  private Optional<Instant> byContracts(View view) {
    Instant earliest = unread();
    for (QualifiedName name : view.datasets()) {
      Period kept = dataset(name).retention().snapshots();
      if (kept == null) {
        return Optional.empty();
      }
      Instant ofInput = expiring.apply(kept);
      earliest = ofInput.isBefore(earliest) ? ofInput : earliest;
    }
    return Optional.of(earliest);
  }

  private Optional<Instant> byRebuilds(View view, LakeTable result) {
    List<PairSnapshot> newestFirst = result.history();
    return view.datasets().stream()
        .flatMap(name -> replacedLast(newestFirst, name).stream())
        .max(Instant::compareTo)
        .map(replaced -> replaced.isBefore(unread()) ? replaced : unread());
  }

  /** When the last state was replaced that shows what the dataset was before its rebuild. */
  private Optional<Instant> replacedLast(List<PairSnapshot> newestFirst, QualifiedName name) {
    List<PairSnapshot> known = lake.asItIs(dataset(name)).history();
    if (known.stream().noneMatch(PairSnapshot::isRebuild)) {
      return Optional.empty();
    }
    Set<Long> states = new HashSet<>();
    known.forEach(state -> states.addAll(List.of(state.id(), state.rowsOf())));
    for (int index = 1; index < newestFirst.size(); index++) {
      Optional<Long> input = newestFirst.get(index).input(name);
      if (input.isPresent() && !states.contains(input.get())) {
        return Optional.of(newestFirst.get(index - 1).committedAt());
      }
    }
    return Optional.empty();
  }

  private Instant unread() {
    return expiring.apply(Period.ZERO);
  }

  private Dataset dataset(QualifiedName name) {
    return Objects.requireNonNull(pack.datasets().get(name), name::toString);
  }
}
