package io.sightglass.engine.table;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.jspecify.annotations.Nullable;

/** What our commits say in a snapshot's summary, and how it is read back. */
final class Summaries {

  static final String LOAD_ID = "sightglass.load-id";
  static final String SLOT = "sightglass.slot";
  static final String VAULT_SNAPSHOT_ID = "sightglass.vault-snapshot-id";

  /** What maintenance did, by {@link FileRewrite.Purpose}. */
  static final String MAINTENANCE = "sightglass.maintenance";

  static final String MAINTENANCE_ID = "sightglass.maintenance-id";

  /** Of a compaction: the snapshot whose rows its files hold. */
  static final String ROWS_OF = "sightglass.rows-of";

  private static final String SOURCE_ID = "sightglass.source-id";
  private static final String FILE_DATE = "sightglass.file-date";
  private static final String COUNT = "sightglass.count.";

  private Summaries() {}

  /** Everything but the vault's snapshot. */
  static Map<String, String> of(LoadCommit load) {
    Map<String, String> summary = new TreeMap<>();
    summary.put(LOAD_ID, load.loadId());
    summary.put(SOURCE_ID, load.sourceId());
    summary.put(FILE_DATE, load.fileDate().toString());
    if (load.slot() != null) {
      summary.put(SLOT, load.slot());
    }
    load.notes().forEach((name, note) -> summary.put(LoadCommit.PREFIX + name, note));
    load.counts().forEach((name, count) -> summary.put(COUNT + name, Long.toString(count)));
    return summary;
  }

  static Optional<String> find(Snapshot snapshot, String key) {
    Map<String, String> summary = snapshot.summary();
    return summary == null ? Optional.empty() : Optional.ofNullable(summary.get(key));
  }

  /** All that this service has noted of a state, but for its vault's snapshot. */
  static Map<String, String> ours(PairSnapshot state) {
    Map<String, String> ours = new TreeMap<>(state.summary());
    ours.keySet()
        .removeIf(key -> !key.startsWith(LoadCommit.PREFIX) || key.equals(VAULT_SNAPSHOT_ID));
    return ours;
  }

  static boolean isOfLoad(Snapshot snapshot, String loadId) {
    return find(snapshot, LOAD_ID).filter(loadId::equals).isPresent();
  }

  /**
   * The vault's snapshot that belongs to the newest of {@code newestFirst}: the one that it names,
   * else (another engine made it) the one that its nearest ancestor names.
   */
  static @Nullable Long vaultSnapshotId(Iterable<Snapshot> newestFirst) {
    for (Snapshot snapshot : newestFirst) {
      Optional<String> named = find(snapshot, VAULT_SNAPSHOT_ID);
      if (named.isPresent()) {
        return Long.valueOf(named.get());
      }
    }
    return null;
  }

  static PairSnapshot pair(Snapshot snapshot, @Nullable Long vaultSnapshotId) {
    Map<String, String> summary = snapshot.summary() == null ? Map.of() : snapshot.summary();
    return new PairSnapshot(
        snapshot.snapshotId(),
        vaultSnapshotId,
        Instant.ofEpochMilli(snapshot.timestampMillis()),
        summary.get(LOAD_ID),
        total(summary, SnapshotSummary.TOTAL_RECORDS_PROP),
        total(summary, SnapshotSummary.TOTAL_FILE_SIZE_PROP),
        summary);
  }

  private static long total(Map<String, String> summary, String key) {
    return Long.parseLong(summary.getOrDefault(key, "0"));
  }
}
