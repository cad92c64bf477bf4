package io.sightglass.engine.table;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/** The line of snapshots that led to an ordinary table's current one, newest first. Immutable. */
record PairHistory(List<Snapshot> snapshots) {

  PairHistory {
    snapshots = List.copyOf(snapshots);
  }

  /** As the table was when it was loaded. */
  static PairHistory of(Table ordinary) {
    List<Snapshot> snapshots = new ArrayList<>();
    if (ordinary.currentSnapshot() != null) {
      SnapshotUtil.currentAncestors(ordinary).forEach(snapshots::add);
    }
    return new PairHistory(snapshots);
  }

  /** The vault's snapshot that belongs to the newest one. */
  @Nullable Long vaultSnapshotId() {
    return Summaries.vaultSnapshotId(snapshots);
  }

  Optional<PairSnapshot> findNewest() {
    return snapshots.isEmpty() ? Optional.empty() : Optional.of(pair(0));
  }

  Optional<PairSnapshot> find(long id) {
    for (int index = 0; index < snapshots.size(); index++) {
      if (snapshots.get(index).snapshotId() == id) {
        return Optional.of(pair(index));
      }
    }
    return Optional.empty();
  }

  Optional<PairSnapshot> findAsOf(Instant instant) {
    for (int index = 0; index < snapshots.size(); index++) {
      if (!Instant.ofEpochMilli(snapshots.get(index).timestampMillis()).isAfter(instant)) {
        return Optional.of(pair(index));
      }
    }
    return Optional.empty();
  }

  Optional<PairSnapshot> findLoad(String loadId) {
    for (int index = 0; index < snapshots.size(); index++) {
      if (Summaries.isOfLoad(snapshots.get(index), loadId)) {
        return Optional.of(pair(index));
      }
    }
    return Optional.empty();
  }

  List<PairSnapshot> newestFirst() {
    List<PairSnapshot> pairs = new ArrayList<>(snapshots.size());
    Long vault = null;
    for (Snapshot snapshot : snapshots.reversed()) {
      vault =
          Summaries.find(snapshot, Summaries.VAULT_SNAPSHOT_ID).map(Long::valueOf).orElse(vault);
      pairs.add(Summaries.pair(snapshot, vault));
    }
    return List.copyOf(pairs.reversed());
  }

  /**
   * Whether it is known which snapshot of the vault belongs to {@code id}, also when that is none:
   * not when the line ends at a snapshot whose parent has expired, and nothing before that names
   * one.
   */
  boolean knowsVault(long id) {
    boolean within = false;
    for (Snapshot snapshot : snapshots) {
      within |= snapshot.snapshotId() == id;
      if (within && Summaries.find(snapshot, Summaries.VAULT_SNAPSHOT_ID).isPresent()) {
        return true;
      }
    }
    return within && snapshots.getLast().parentId() == null;
  }

  private PairSnapshot pair(int index) {
    List<Snapshot> line = snapshots.subList(index, snapshots.size());
    return Summaries.pair(line.getFirst(), Summaries.vaultSnapshotId(line));
  }
}
