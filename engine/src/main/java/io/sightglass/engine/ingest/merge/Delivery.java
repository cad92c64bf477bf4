package io.sightglass.engine.ingest.merge;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.ingest.landing.Placements;
import io.sightglass.engine.ingest.landing.SourceIdentity;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import io.sightglass.engine.table.Side;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a delivered object means to what is loaded already, by the load mode. Immutable.
 *
 * <p>The ledger says what is loaded; snapshots know it too, for a ledger that was lost.
 */
public sealed interface Delivery {

  /** Nothing new in it. */
  record Repeated(String code, String reason, @Nullable String sameAs) implements Delivery {}

  /**
   * It is to be written.
   *
   * @param base the snapshot that this was decided on; null: there was none
   */
  record New(Replacement replaces, @Nullable PairSnapshot base) implements Delivery {

    public @Nullable Long baseId() {
      return base == null ? null : base.id();
    }
  }

  /**
   * Whether an older object than what is loaded was delivered late; can be told before reading it.
   */
  static Optional<Repeated> findOlder(Dataset dataset, LedgerEntry entry, Ledger ledger) {
    return switch (dataset.load()) {
      case APPEND, UPSERT -> Optional.empty();
      case REPLACE_DATE, REPLACE_ALL ->
          // Under another contract, several may have stood side by side.
          ledger.committed(dataset.name(), entry.slot()).stream()
              .reduce((one, other) -> one.isOlderThan(other) ? other : one)
              .flatMap(current -> newest(current, ledger, entry))
              .map(newer ->
                  new Repeated(
                      "OLDER",
                      "Older than \"%s\", which is loaded for %s"
                          .formatted(newer.load().source().name(), entry.slot()),
                      null));
    };
  }

  /** The newest delivery of what is loaded, if the entry is older than that. */
  private static Optional<LedgerEntry> newest(
      LedgerEntry current, Ledger ledger, LedgerEntry entry) {
    LedgerEntry newest = current;
    for (LedgerEntry repeated : ledger.repeating(current.id())) {
      newest = newest.isOlderThan(repeated) ? repeated : newest;
    }
    return entry.isOlderThan(newest) ? Optional.of(newest) : Optional.empty();
  }

  /**
   * Decides, given the content.
   *
   * @param identity of the object, by {@link SourceIdentity}
   */
  static Delivery of(
      Dataset dataset, LedgerEntry entry, String identity, Ledger ledger, LakeTable table) {
    List<PairSnapshot> history = table.history();
    PairSnapshot base = history.isEmpty() ? null : history.getFirst();
    return switch (dataset.load()) {
      case APPEND -> {
        Set<String> same = loadsOf(dataset, identity, ledger, history);
        if (!same.isEmpty() && !entry.again()) {
          yield repeated(same.iterator().next());
        }
        same.addAll(ownBefore(entry, table, base));
        yield new New(
            same.isEmpty() ? new Replacement.Nothing() : new Replacement.Loads(same), base);
      }
      case REPLACE_DATE -> {
        Optional<Delivery> current = repeatsCurrent(dataset, entry, identity, ledger);
        yield current.orElseGet(() -> replacingSlot(dataset, List.of(entry), ledger, table));
      }
      case REPLACE_ALL ->
          repeatsCurrent(dataset, entry, identity, ledger)
              .orElseGet(() -> new New(new Replacement.Everything(), base));
      case UPSERT -> {
        Optional<Delivery> last = repeatsCurrent(dataset, entry, identity, ledger);
        yield last.orElseGet(() ->
            new New(new Replacement.Loads(loadsOf(dataset, identity, ledger, history)), base));
      }
    };
  }

  /**
   * Its own id, where an earlier attempt may have committed rows and the snapshot that said so has
   * been forgotten.
   */
  private static Set<String> ownBefore(
      LedgerEntry entry, LakeTable table, @Nullable PairSnapshot base) {
    if (entry.load().startedAt() == null || base == null) {
      return Set.of();
    }
    ScanFilter own = new ScanFilter.In(Dataset.LOAD_ID, List.of(entry.id()));
    return table.plan(base, Side.ORDINARY, own).isEmpty() ? Set.of() : Set.of(entry.id());
  }

  /**
   * Takes the place of everything that is loaded for the slot, and of what the same objects brought
   * elsewhere: also of what the ledger does not know to be loaded, of an attempt that was
   * interrupted behind its commit, and whose snapshot has been forgotten.
   *
   * @param entries of one slot
   */
  static New replacingSlot(
      Dataset dataset, List<LedgerEntry> entries, Ledger ledger, LakeTable table) {
    List<PairSnapshot> history = table.history();
    String slot = entries.getLast().slot();
    Set<String> before =
        ledger.committed(dataset.name(), slot).stream()
            .map(LedgerEntry::id)
            .collect(Collectors.toCollection(TreeSet::new));
    before.addAll(ledger.begun(dataset.name(), slot));
    Stream<String> ofObjects =
        entries.stream()
            .flatMap(entry -> ledger.begun(entry.load().source(), dataset.name()).stream());
    Placements placements = new Placements(dataset);
    // Without a date in its name, an object is of another date each time that it arrives.
    Stream.concat(ofObjects, loadIds(history, "sightglass.slot", slot).stream())
        .filter(id -> !before.contains(id) && belongsTo(slot, id, placements, ledger))
        .forEach(before::add);
    entries.stream()
        .filter(entry -> entry.load().startedAt() == null)
        .forEach(entry -> before.remove(entry.id()));
    return new New(new Replacement.Loads(before), history.isEmpty() ? null : history.getFirst());
  }

  /** Whether a load belongs into a slot by the contract of today. */
  private static boolean belongsTo(String slot, String id, Placements placements, Ledger ledger) {
    return ledger
        .find(id)
        .flatMap(known -> placements.find(known.load().source()))
        .map(place -> place.slot().equals(slot))
        .orElse(true); // nobody knows better than the snapshot
  }

  /** The loads that brought the same before. */
  private static Set<String> loadsOf(
      Dataset dataset, String identity, Ledger ledger, List<PairSnapshot> history) {
    Set<String> same = new TreeSet<>();
    ledger.committedIdentity(dataset.name(), identity).forEach(one -> same.add(one.id()));
    same.addAll(loadIds(history, "sightglass.source-id", identity));
    return same;
  }

  private static Optional<Delivery> repeatsCurrent(
      Dataset dataset, LedgerEntry entry, String identity, Ledger ledger) {
    return ledger.committed(dataset.name(), entry.slot()).stream()
        .findFirst()
        .filter(current -> identity.equals(current.identity()) && !entry.again())
        .map(current -> repeated(current.id()));
  }

  private static Delivery repeated(String loadId) {
    return new Repeated("REPEATED", "The same content as load %s".formatted(loadId), loadId);
  }

  private static Set<String> loadIds(List<PairSnapshot> history, String key, String value) {
    Set<String> ids = new TreeSet<>();
    for (PairSnapshot snapshot : history) {
      if (value.equals(snapshot.summary().get(key))) {
        ids.addAll(CommittedLoads.ids(snapshot));
      }
    }
    return ids;
  }
}
