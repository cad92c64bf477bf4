package io.sightglass.engine.ingest;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.storage.ObjectStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds out which deliveries for one date belong together. Immutable.
 *
 * <p>By count: as many objects of names that are not loaded yet make a set, the newest ones; an
 * object that is delivered again under its name replaces itself in the set that is loaded. By a
 * file that says so: all objects that lie there and are not newer than that file.
 */
final class PartSets {

  private static final Comparator<LedgerEntry> OLDEST_FIRST =
      (one, other) -> one.isOlderThan(other) ? -1 : other.isOlderThan(one) ? 1 : 0;

  private final ObjectStore landing;
  private final Dataset dataset;

  /** The newest delivery of each name. */
  private final Map<String, LedgerEntry> newest = new LinkedHashMap<>();

  /** The names of the set that is loaded. */
  private final Set<String> loaded;

  PartSets(ObjectStore landing, Dataset dataset, List<LedgerEntry> deliveries) {
    this.landing = landing;
    this.dataset = dataset;
    deliveries.forEach(entry -> newest.put(entry.load().source().name(), entry));
    Long snapshot =
        deliveries.stream()
            .filter(entry -> entry.load().state() == Load.State.COMMITTED)
            .max(Comparator.comparing(PartSets::endedAt))
            .map(entry -> entry.load().snapshotId())
            .orElse(null);
    loaded =
        deliveries.stream()
            .filter(
                entry -> snapshot != null && Objects.equals(entry.load().snapshotId(), snapshot))
            .map(entry -> entry.load().source().name())
            .collect(Collectors.toSet());
  }

  private static Instant endedAt(LedgerEntry entry) {
    Instant ended = entry.load().endedAt();
    return ended == null ? Instant.EPOCH : ended;
  }

  /** The set that is complete, or what it waits for. */
  PartSet find() {
    Dataset.Parts parts = Objects.requireNonNull(dataset.parts());
    Integer count = parts.count();
    return count == null ? byFile(String.valueOf(parts.done())) : byCount(count);
  }

  private List<LedgerEntry> found() {
    return newest.values().stream()
        .filter(entry -> entry.load().state() == Load.State.FOUND)
        .sorted(OLDEST_FIRST)
        .toList();
  }

  private static String name(LedgerEntry entry) {
    return entry.load().source().name();
  }

  private PartSet byCount(int count) {
    List<LedgerEntry> fresh =
        found().stream().filter(entry -> !loaded.contains(name(entry))).toList();
    if (fresh.size() >= count) {
      int older = fresh.size() - count;
      return new PartSet(
          fresh.subList(older, fresh.size()), Set.of(), fresh.subList(0, older), null);
    }
    List<LedgerEntry> again =
        found().stream().filter(entry -> loaded.contains(name(entry))).toList();
    return again.isEmpty()
        ? PartSet.waiting(
            "Waits for the other parts: %d of %d are there".formatted(fresh.size(), count))
        : withUnchanged(again, loaded);
  }

  private PartSet byFile(String path) {
    List<LedgerEntry> found = found();
    ObjectStore.StoredObject done =
        new CompanionFile(landing, path).find(dataset, found.getFirst()).orElse(null);
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
            .filter(name -> landing.find(name).isPresent())
            .collect(Collectors.toSet());
    return withUnchanged(told, members);
  }

  /** The deliveries with the other members, which are read as they lie there. */
  private PartSet withUnchanged(List<LedgerEntry> entries, Set<String> members) {
    for (String member : members) {
      Load load = Objects.requireNonNull(newest.get(member)).load();
      if (load.state() == Load.State.QUARANTINED || load.state() == Load.State.FAILED) {
        return PartSet.waiting("Waits for \"%s\", which is %s".formatted(member, load.state()));
      }
    }
    Set<String> unchanged =
        members.stream()
            .filter(name -> entries.stream().noneMatch(entry -> name(entry).equals(name)))
            .collect(Collectors.toSet());
    return new PartSet(entries, unchanged, List.of(), null);
  }
}
