package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.landing.CompanionFile;
import io.sightglass.engine.ingest.landing.Placements;
import io.sightglass.engine.ingest.landing.SourcePath;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.storage.ObjectStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds out which deliveries for one date belong together. Immutable.
 *
 * <p>By count: as many objects of names that are not loaded yet make a set, the newest ones; an
 * object that is delivered again under its name replaces itself in the set that is loaded. Where
 * one of the newest is broken, the set before them is loaded meanwhile. By a file that says so: all
 * objects that lie there and are not newer than that file.
 */
public final class PartSets {

  private static final Comparator<LedgerEntry> OLDEST_FIRST =
      (one, other) -> one.isOlderThan(other) ? -1 : other.isOlderThan(one) ? 1 : 0;

  private final ObjectStore landing;
  private final Dataset dataset;
  private final List<LedgerEntry> deliveries;

  /** The newest delivery of each name. */
  private final Map<String, LedgerEntry> newest = new LinkedHashMap<>();

  /** The set that is loaded, the oldest first; none where as many are no set by the contract. */
  private final List<LedgerEntry> current;

  /** The names of the set that is loaded. */
  private final Set<String> loaded;

  private PartSets(
      ObjectStore landing,
      Dataset dataset,
      List<LedgerEntry> deliveries,
      Optional<LedgerEntry> lastLoaded) {
    this.landing = landing;
    this.dataset = dataset;
    this.deliveries = deliveries;
    deliveries.forEach(entry -> newest.put(name(entry), entry));
    List<LedgerEntry> last =
        deliveries.stream()
            .filter(entry -> entry.load().state() == Load.State.COMMITTED)
            .filter(entry -> lastLoaded.filter(one -> areTogether(one, entry)).isPresent())
            .sorted(OLDEST_FIRST)
            .toList();
    // What another contract has loaded is no set, to which one of these could come alone.
    Integer count = Objects.requireNonNull(dataset.parts()).count();
    current = count == null || count == last.size() ? last : List.of();
    loaded = current.stream().map(PartSets::name).collect(Collectors.toSet());
  }

  /** The sets of a slot, by what the ledger says now, of objects that the contract names. */
  public static PartSets of(ObjectStore landing, Dataset dataset, String slot, Ledger ledger) {
    Optional<LedgerEntry> last = ledger.committed(dataset.name(), slot).stream().findFirst();
    Placements placements = new Placements(dataset);
    List<LedgerEntry> deliveries =
        ledger.ofSlot(dataset.name(), slot).stream()
            .flatMap(entry -> placements.find(entry.load().source()).map(entry::at).stream())
            .filter(entry -> entry.slot().equals(slot))
            .toList();
    return new PartSets(landing, dataset, deliveries, last);
  }

  private static boolean areTogether(LedgerEntry one, LedgerEntry other) {
    return Objects.equals(one.load().snapshotId(), other.load().snapshotId());
  }

  /** The set that is complete, or what it waits for; before any, what others have overtaken. */
  public PartSet find() {
    List<PartSet.Overtaken> overtaken = findReplaced();
    if (overtaken.isEmpty() && Objects.requireNonNull(dataset.parts()).count() != null) {
      overtaken = findOutdated();
    }
    return overtaken.isEmpty() ? findWhole() : overtaken(overtaken);
  }

  private PartSet findWhole() {
    Dataset.Parts parts = Objects.requireNonNull(dataset.parts());
    Integer count = parts.count();
    if (found().isEmpty()) {
      return PartSet.waiting("Waits for its parts");
    }
    return count == null ? byFile(String.valueOf(parts.done())) : byCount(count);
  }

  private static PartSet overtaken(List<PartSet.Overtaken> overtaken) {
    return new PartSet(List.of(), Set.of(), overtaken, null);
  }

  /** What was delivered once more under its name before it was read. */
  private List<PartSet.Overtaken> findReplaced() {
    return deliveries.stream()
        .filter(PartSets::isFound)
        .filter(entry -> !Objects.requireNonNull(newest.get(name(entry))).id().equals(entry.id()))
        .map(entry -> new PartSet.Overtaken(entry, replaced()))
        .toList();
  }

  /** What is older than all that is loaded: left by a set that has overtaken it. */
  private List<PartSet.Overtaken> findOutdated() {
    return current.isEmpty()
        ? List.of()
        : older(
            found().stream()
                .filter(entry -> !loaded.contains(name(entry)))
                .filter(entry -> entry.isOlderThan(current.getFirst()))
                .toList());
  }

  private static LoadOutcome replaced() {
    return LoadOutcome.skipped(
        "REPLACED", "Delivered once more before it was read; that delivery counts", null);
  }

  private static List<PartSet.Overtaken> older(List<LedgerEntry> entries) {
    return entries.stream()
        .filter(PartSets::isFound)
        .map(entry ->
            new PartSet.Overtaken(
                entry,
                LoadOutcome.skipped(
                    "OLDER",
                    "Older than the parts that are loaded for %s".formatted(entry.slot()),
                    null)))
        .toList();
  }

  private static boolean isFound(LedgerEntry entry) {
    return entry.load().state() == Load.State.FOUND;
  }

  private List<LedgerEntry> found() {
    return newest.values().stream().filter(PartSets::isFound).sorted(OLDEST_FIRST).toList();
  }

  private static String name(LedgerEntry entry) {
    return entry.load().source().name();
  }

  private PartSet byCount(int count) {
    List<LedgerEntry> fresh =
        newest.values().stream()
            .filter(entry -> !loaded.contains(name(entry)))
            .filter(entry -> isFound(entry) || isBroken(entry))
            .sorted(OLDEST_FIRST)
            .toList();
    for (int end = fresh.size(); end >= count; end -= count) {
      List<LedgerEntry> group = fresh.subList(end - count, end);
      if (group.stream().allMatch(PartSets::isFound)) {
        return whole(group, fresh.subList(0, end - count));
      }
    }
    // What is broken may come once more under another name.
    List<LedgerEntry> found = fresh.stream().filter(PartSets::isFound).toList();
    if (found.size() >= count) {
      int older = found.size() - count;
      return whole(found.subList(older, found.size()), found.subList(0, older));
    }
    List<LedgerEntry> again =
        found().stream().filter(entry -> loaded.contains(name(entry))).toList();
    return again.isEmpty()
        ? PartSet.waiting(
            "Waits for the other parts: %d of %d are there".formatted(found.size(), count))
        : withUnchanged(again, loaded);
  }

  private static boolean isBroken(LedgerEntry entry) {
    Load.State state = entry.load().state();
    return state == Load.State.QUARANTINED || state == Load.State.FAILED;
  }

  private PartSet whole(List<LedgerEntry> group, List<LedgerEntry> before) {
    if (!current.isEmpty() && group.getLast().isOlderThan(current.getLast())) {
      List<LedgerEntry> all = new ArrayList<>(before);
      all.addAll(group);
      return overtaken(older(all));
    }
    return new PartSet(group, Set.of(), older(before), null);
  }

  private PartSet byFile(String path) {
    List<LedgerEntry> found = found();
    ObjectStore.StoredObject done =
        new CompanionFile(landing, path)
            .find(dataset, found.getFirst().load().source())
            .orElse(null);
    if (done == null) {
      return PartSet.waiting(
          "Waits for \"%s\", which says that all parts are there".formatted(path));
    }
    Instant until = done.lastModified().truncatedTo(ChronoUnit.MICROS);
    List<LedgerEntry> told =
        found.stream()
            .filter(entry -> !entry.load().source().lastModified().isAfter(until))
            .toList();
    if (told.isEmpty()) {
      return PartSet.waiting("Waits for a newer \"%s\"".formatted(path));
    }
    Set<String> members =
        newest.values().stream()
            .filter(entry -> !entry.load().source().lastModified().isAfter(until))
            .map(PartSets::name)
            .filter(this::liesThere)
            .collect(Collectors.toSet());
    return withUnchanged(told, members);
  }

  /** As a scan would find it. */
  private boolean liesThere(String name) {
    return dataset.sources().stream()
            .anyMatch(source -> new SourcePath(source.path()).match(name).isPresent())
        && landing.find(name).isPresent();
  }

  /** The deliveries with the other members, which are read as they lie there. */
  private PartSet withUnchanged(List<LedgerEntry> entries, Set<String> members) {
    for (String member : members) {
      LedgerEntry entry = Objects.requireNonNull(newest.get(member));
      if (isBroken(entry)) {
        return PartSet.waiting(
            "Waits for \"%s\", which is %s".formatted(member, entry.load().state()));
      }
    }
    Set<String> unchanged =
        members.stream()
            .filter(name -> entries.stream().noneMatch(entry -> name(entry).equals(name)))
            .collect(Collectors.toSet());
    // Without them, the commit would take their rows out.
    return unchanged.stream()
        .sorted()
        .filter(name -> !liesThere(name))
        .findFirst()
        .map(gone -> PartSet.waiting("Waits for \"%s\", which lies there no more".formatted(gone)))
        .orElseGet(() -> new PartSet(entries, unchanged, List.of(), null));
  }
}
