package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseFailure;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.views.ViewPack;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which of the FOUND loads runs next, and with which others. Immutable. */
final class DueLoads {

  private static final Logger LOG = LoggerFactory.getLogger(DueLoads.class);

  private final Ledger ledger;
  private final ObjectStore landing;
  private final LoadRetries retries;

  DueLoads(Ledger ledger, ObjectStore landing, LoadRetries retries) {
    this.ledger = ledger;
    this.landing = landing;
    this.retries = retries;
  }

  /**
   * Dates in their order, so that what is usual is known; of several objects for one date the
   * newest first, so that the older ones need not be read unless it turns out to be broken. What
   * waits for another file is left out, and says so.
   *
   * @param taken the units that are being loaded, by this process or another
   * @param only of this dataset; null: of all
   */
  Optional<PartSet> next(ViewPack pack, Set<String> taken, @Nullable QualifiedName only) {
    Set<String> putOff = retries.waiting();
    Set<String> waiting = new HashSet<>();
    Map<QualifiedName, String> failed = new HashMap<>();
    for (LedgerEntry entry : found(pack, only, putOff, unit -> !taken.contains(unit))) {
      Dataset dataset = Objects.requireNonNull(pack.datasets().get(entry.load().dataset()));
      String why = failed.get(dataset.name());
      if (why != null) {
        explain(entry, why);
      } else if (!hasParts(dataset) || waiting.add(dataset.name() + " " + entry.slot())) {
        try {
          Optional<PartSet> set = findSet(dataset, entry, putOff);
          if (set.isPresent()) {
            return set;
          }
        } catch (EngineException failure) {
          if (failure.getCause() instanceof DatabaseFailure) {
            throw failure;
          }
          // The others are loaded meanwhile.
          String reason =
              "Waits: the files that belong to it cannot be looked up, which is tried again: %s: %s"
                  .formatted(failure.code(), failure.detail());
          if (!reason.equals(entry.load().reason())) {
            LOG.warn("Loads of {} cannot begin, which is tried again", dataset.name(), failure);
          }
          failed.put(dataset.name(), reason);
          explain(entry, reason);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * What comes next of {@code units}, by what is known now: it may turn out that it waits for
   * another file.
   *
   * @param handedOut the {@link #turn} of each load whose turn it is already
   */
  Optional<LedgerEntry> following(
      ViewPack pack, Set<String> units, Set<String> handedOut, @Nullable QualifiedName only) {
    return found(pack, only, retries.waiting(), units::contains).stream()
        .filter(entry -> {
          Dataset dataset = Objects.requireNonNull(pack.datasets().get(entry.load().dataset()));
          return !hasParts(dataset) && !handedOut.contains(turn(dataset, entry));
        })
        .findFirst();
  }

  /**
   * What a load is handed out for: what it replaces, of which the newest comes first and the others
   * most often need not be read, or its object alone.
   */
  static String turn(Dataset dataset, LedgerEntry entry) {
    return switch (dataset.load()) {
      case APPEND, UPSERT -> entry.id();
      case REPLACE_DATE, REPLACE_ALL -> dataset.name() + " " + entry.slot();
    };
  }

  /** The FOUND loads of some units, in the order in which they are to be loaded. */
  private List<LedgerEntry> found(
      ViewPack pack, @Nullable QualifiedName only, Set<String> putOff, Predicate<String> isWanted) {
    return ledger.inState(Load.State.FOUND).stream()
        .filter(entry -> !putOff.contains(entry.id()))
        .filter(entry -> only == null || only.equals(entry.load().dataset()))
        .filter(entry -> {
          Dataset dataset = pack.datasets().get(entry.load().dataset());
          return dataset != null && isWanted.test(LoadUnit.of(dataset, entry));
        })
        .sorted(
            Comparator.comparing((LedgerEntry entry) -> entry.load().dataset())
                .thenComparing((one, other) ->
                    DeliveryOrder.of(pack, one.load().dataset()).compare(one, other)))
        .toList();
  }

  static boolean hasParts(Dataset dataset) {
    return dataset.parts() != null && dataset.load() == LoadMode.REPLACE_DATE;
  }

  private Optional<PartSet> findSet(Dataset dataset, LedgerEntry entry, Set<String> putOff) {
    if (!hasParts(dataset)) {
      String waitsFor = new ControlCheck(landing, dataset).waitsFor(entry);
      if (waitsFor == null) {
        return Optional.of(PartSet.of(entry));
      }
      explain(entry, waitsFor);
      return Optional.empty();
    }
    PartSet set = PartSets.of(landing, dataset, entry.slot(), ledger).find();
    String waitsFor = waitsFor(dataset, set, entry, putOff);
    if (waitsFor == null) {
      return Optional.of(set);
    }
    ledger.ofSlot(dataset.name(), entry.slot()).stream()
        .filter(one -> one.load().state() == Load.State.FOUND && !putOff.contains(one.id()))
        .forEach(one -> explain(one, waitsFor));
    return Optional.empty();
  }

  private @Nullable String waitsFor(
      Dataset dataset, PartSet set, LedgerEntry entry, Set<String> putOff) {
    if (set.waitsFor() != null || set.entries().isEmpty()) {
      return set.waitsFor();
    }
    return set.entries().stream().map(LedgerEntry::id).allMatch(putOff::contains)
        ? "Waits for newer parts, which are tried again later"
        : new ControlCheck(landing, dataset).waitsFor(entry);
  }

  private void explain(LedgerEntry entry, String waitsFor) {
    if (!waitsFor.equals(entry.load().reason())) {
      ledger.explain(entry.id(), waitsFor);
    }
  }
}
