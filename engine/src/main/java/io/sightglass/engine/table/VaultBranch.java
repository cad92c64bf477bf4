package io.sightglass.engine.table;

import java.util.Objects;
import java.util.UUID;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vault's main branch, which follows the pairs that ordinary tables name, and the snapshots
 * that are staged beside it until an ordinary commit names them. Stateless but for its sides.
 */
record VaultBranch(LakeSide ordinary, LakeSide vault) {

  private static final Logger LOG = LoggerFactory.getLogger(VaultBranch.class);

  private static final String STAGE = "sightglass.stage";

  /**
   * Commits a change as a snapshot that no branch leads to.
   *
   * @param base whose main is at {@code on}
   * @param update of {@code base}
   * @return the id of the snapshot
   */
  static long stage(Table base, SnapshotUpdate<?> update, @Nullable Long on) {
    String stage = UUID.randomUUID().toString();
    update.set(STAGE, stage);
    update.validateWith(ancestors -> Objects.equals(newest(ancestors), on));
    update.stageOnly();
    update.commit();
    base.refresh();
    for (Snapshot snapshot : base.snapshots()) {
      if (Summaries.find(snapshot, STAGE).filter(stage::equals).isPresent()) {
        return snapshot.snapshotId();
      }
    }
    throw new CommitFailedException("A staged snapshot has gone");
  }

  /** The first of some snapshots; null when there is none. */
  static @Nullable Long newest(Iterable<Snapshot> newestFirst) {
    for (Snapshot snapshot : newestFirst) {
      return snapshot.snapshotId();
    }
    return null;
  }

  /** Lets the vault's main branch follow the newest pair. */
  void publish() {
    try {
      Long named = PairHistory.of(ordinary.load()).vaultSnapshotId();
      vault.find().ifPresent(base -> moveMain(base, named));
    } catch (RuntimeException e) {
      LOG.warn(
          "The vault's main branch of {} lags behind; the next commit moves it on",
          ordinary.dataset(),
          e);
    }
  }

  static void moveMain(Table vaultTable, @Nullable Long to) {
    if (to != null && !to.equals(currentId(vaultTable))) {
      vaultTable.manageSnapshots().setCurrentSnapshot(to).commit();
      vaultTable.refresh();
    }
  }

  static @Nullable Long currentId(Table base) {
    return base.currentSnapshot() == null ? null : base.currentSnapshot().snapshotId();
  }
}
