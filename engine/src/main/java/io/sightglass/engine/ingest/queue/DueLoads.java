package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseFailure;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.expect.ControlCheck;
import io.sightglass.engine.ingest.landing.Placements;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.LedgerPlaces;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which of the FOUND loads runs next, and with which others. Immutable. */
public final class DueLoads {

  private static final Logger LOG = LoggerFactory.getLogger(DueLoads.class);

  /** Read by another source's rules it would be silently wrong. */
  private static final String UNNAMED =
      "Waits: no source.path of its contract matches the object's name any more";

  private static final String UNKNOWN =
      "Waits: the views folder has no contract of its dataset any more";

  private final Ledger ledger;
  private final LedgerPlaces places;
  private final ObjectStore landing;
  private final LoadRetries retries;

  public DueLoads(Ledger ledger, LedgerPlaces places, ObjectStore landing, LoadRetries retries) {
    this.ledger = ledger;
    this.places = places;
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
  public Optional<PartSet> next(ViewPack pack, Set<String> taken, @Nullable QualifiedName only) {
    Set<String> putOff = retries.waiting();
    Set<String> waiting = new HashSet<>();
    Map<QualifiedName, String> failed = new HashMap<>();
    for (LedgerEntry entry : found(pack, only, putOff, unit -> !taken.contains(unit))) {
      Dataset dataset = Objects.requireNonNull(pack.datasets().get(entry.load().dataset()));
      String why = failed.get(dataset.name());
      if (why != null) {
        explain(entry, why, putOff);
      } else if (!hasParts(dataset) || waiting.add(dataset.name() + " " + entry.slot())) {
        try {
          Optional<PartSet> set = findSet(dataset, entry, putOff);
          if (set.isPresent()) {
            return set;
          }
        } catch (RuntimeException failure) {
          failed.put(dataset.name(), failed(dataset, failure, List.of(entry), putOff));
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
  public Optional<LedgerEntry> following(
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
  public static String turn(Dataset dataset, LedgerEntry entry) {
    return switch (dataset.load()) {
      case APPEND, UPSERT -> entry.id();
      case REPLACE_DATE, REPLACE_ALL -> dataset.name() + " " + entry.slot();
    };
  }

  /**
   * The FOUND loads of some units where today's contracts put them, in the order in which they are
   * to be loaded. An object that no source of its contract names waits, and says so, as does one
   * without a contract.
   */
  private List<LedgerEntry> found(
      ViewPack pack, @Nullable QualifiedName only, Set<String> putOff, Predicate<String> isWanted) {
    Map<QualifiedName, List<LedgerEntry>> byDataset =
        ledger.inState(Load.State.FOUND).stream()
            .filter(entry -> only == null || only.equals(entry.load().dataset()))
            .collect(Collectors.groupingBy(entry -> entry.load().dataset()));
    Map<String, String> placed = places.known();
    List<LedgerEntry> found = new ArrayList<>();
    byDataset.forEach((name, entries) -> {
      Dataset dataset = pack.datasets().get(name);
      if (dataset == null) {
        entries.forEach(entry -> explain(entry, UNKNOWN, putOff));
        return;
      }
      try {
        places.follow(dataset, placed);
        found.addAll(placed(dataset, entries, putOff));
      } catch (RuntimeException failure) {
        failed(dataset, failure, entries, putOff);
      }
    });
    return found.stream()
        .filter(entry -> !putOff.contains(entry.id()))
        .filter(entry -> {
          Dataset dataset = Objects.requireNonNull(pack.datasets().get(entry.load().dataset()));
          return isWanted.test(LoadUnit.of(dataset, entry));
        })
        .sorted(
            Comparator.comparing((LedgerEntry entry) -> entry.load().dataset())
                .thenComparing((one, other) ->
                    DeliveryOrder.of(pack, one.load().dataset()).compare(one, other)))
        .toList();
  }

  private List<LedgerEntry> placed(Dataset dataset, List<LedgerEntry> entries, Set<String> putOff) {
    Placements placements = new Placements(dataset);
    List<LedgerEntry> placed = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      Optional<LedgerEntry> here = placements.find(entry.load().source()).map(entry::at);
      if (here.isEmpty()) {
        explain(entry, UNNAMED, putOff);
        continue;
      }
      if (!here.get().equals(entry)) {
        places.put(here.get());
      }
      placed.add(here.get());
    }
    return placed;
  }

  /** Whether several deliveries of the dataset make one load. */
  public static boolean hasParts(Dataset dataset) {
    return dataset.parts() != null && dataset.load() == LoadMode.REPLACE_DATE;
  }

  private Optional<PartSet> findSet(Dataset dataset, LedgerEntry entry, Set<String> putOff) {
    if (!hasParts(dataset)) {
      String waitsFor = new ControlCheck(landing, dataset).waitsFor(entry);
      if (waitsFor == null) {
        return Optional.of(PartSet.of(entry));
      }
      explain(entry, waitsFor, putOff);
      return Optional.empty();
    }
    PartSet set = PartSets.of(landing, dataset, entry.slot(), ledger).find();
    String waitsFor = waitsFor(dataset, set, entry, putOff);
    if (waitsFor == null) {
      return Optional.of(set);
    }
    Placements placements = new Placements(dataset);
    ledger.ofSlot(dataset.name(), entry.slot()).stream()
        .filter(one -> one.load().state() == Load.State.FOUND)
        .filter(one -> placements.find(one.load().source()).isPresent())
        .forEach(one -> explain(one, waitsFor, putOff));
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

  /**
   * Says of loads why they wait; the others are loaded meanwhile.
   *
   * @return the reason
   */
  private String failed(
      Dataset dataset, RuntimeException failure, List<LedgerEntry> entries, Set<String> putOff) {
    if (DatabaseFailure.isBehind(failure)) {
      throw failure;
    }
    String reason =
        failure instanceof EngineException known
            ? "Waits: the files that belong to it cannot be looked up, which is tried again: %s: %s"
                .formatted(known.code(), known.detail())
            : "Waits: a fault of the service, which tries again; see its log";
    if (entries.stream().anyMatch(entry -> !reason.equals(entry.load().reason()))) {
      LOG.warn("Loads of {} cannot begin, which is tried again", dataset.name(), failure);
    }
    entries.forEach(entry -> explain(entry, reason, putOff));
    return reason;
  }

  /** What waits for its next attempt says so already. */
  private void explain(LedgerEntry entry, String waitsFor, Set<String> putOff) {
    if (!putOff.contains(entry.id()) && !waitsFor.equals(entry.load().reason())) {
      ledger.explain(entry.id(), waitsFor);
    }
  }
}
