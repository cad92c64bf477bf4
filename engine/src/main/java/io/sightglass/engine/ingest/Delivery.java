package io.sightglass.engine.ingest;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a delivered object means to what is loaded already, by the load mode. Immutable.
 *
 * <p>The ledger says what is loaded; snapshots know it too, for a ledger that was lost.
 */
sealed interface Delivery {

  /** Nothing new in it. */
  record Repeated(String code, String reason, @Nullable String sameAs) implements Delivery {}

  /**
   * It is to be written.
   *
   * @param base the snapshot that this was decided on; null: there was none
   */
  record New(Replacement replaces, @Nullable PairSnapshot base) implements Delivery {

    @Nullable Long baseId() {
      return base == null ? null : base.id();
    }
  }

  /** In the summary of the commits of a content. */
  static String sourceId(String contentSha256) {
    return "sha256:" + contentSha256;
  }

  /**
   * Whether an older object than what is loaded was delivered late; can be told before reading it.
   */
  static Optional<Repeated> findOlder(Dataset dataset, LedgerEntry entry, Ledger ledger) {
    return switch (dataset.load()) {
      case APPEND, UPSERT -> Optional.empty();
      case REPLACE_DATE, REPLACE_ALL ->
          ledger.committed(dataset.name(), entry.slot()).stream()
              .findFirst()
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

  /** Decides, given the content. */
  static Delivery of(
      Dataset dataset, LedgerEntry entry, String contentSha256, Ledger ledger, LakeTable table) {
    List<PairSnapshot> history = table.history();
    PairSnapshot base = history.isEmpty() ? null : history.getFirst();
    return switch (dataset.load()) {
      case APPEND -> {
        Set<String> same = loadsOf(dataset, contentSha256, ledger, history);
        yield same.isEmpty() || entry.again()
            ? new New(
                same.isEmpty() ? new Replacement.Nothing() : new Replacement.Loads(same), base)
            : repeated(same.iterator().next());
      }
      case REPLACE_DATE -> {
        Set<String> before =
            ledger.committed(dataset.name(), entry.slot()).stream()
                .map(LedgerEntry::id)
                .collect(Collectors.toCollection(TreeSet::new));
        before.addAll(loadIds(history, "sightglass.slot", entry.slot()));
        Optional<Delivery> current = repeatsCurrent(dataset, entry, contentSha256, ledger);
        yield current.orElseGet(() -> new New(new Replacement.Loads(before), base));
      }
      case REPLACE_ALL ->
          repeatsCurrent(dataset, entry, contentSha256, ledger)
              .orElseGet(() -> new New(new Replacement.Everything(), base));
      case UPSERT -> {
        Optional<Delivery> last = repeatsCurrent(dataset, entry, contentSha256, ledger);
        yield last.orElseGet(() ->
            new New(new Replacement.Loads(loadsOf(dataset, contentSha256, ledger, history)), base));
      }
    };
  }

  /** The loads that brought this content before. */
  private static Set<String> loadsOf(
      Dataset dataset, String contentSha256, Ledger ledger, List<PairSnapshot> history) {
    Set<String> same = new TreeSet<>();
    ledger.committedContent(dataset.name(), contentSha256).forEach(one -> same.add(one.id()));
    same.addAll(loadIds(history, "sightglass.source-id", sourceId(contentSha256)));
    return same;
  }

  private static Optional<Delivery> repeatsCurrent(
      Dataset dataset, LedgerEntry entry, String contentSha256, Ledger ledger) {
    return ledger.committed(dataset.name(), entry.slot()).stream()
        .findFirst()
        .filter(current -> contentSha256.equals(current.contentSha256()) && !entry.again())
        .map(current -> repeated(current.id()));
  }

  private static Delivery repeated(String loadId) {
    return new Repeated("REPEATED", "The same content as load %s".formatted(loadId), loadId);
  }

  private static Set<String> loadIds(List<PairSnapshot> history, String key, String value) {
    Set<String> ids = new TreeSet<>();
    for (PairSnapshot snapshot : history) {
      String loadId = snapshot.loadId();
      if (loadId != null && value.equals(snapshot.summary().get(key))) {
        ids.add(loadId);
      }
    }
    return ids;
  }
}
