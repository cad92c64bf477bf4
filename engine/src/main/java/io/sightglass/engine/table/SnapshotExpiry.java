package io.sightglass.engine.table;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/**
 * Forgets states of one dataset, on both sides as pairs; never the current one. Immutable.
 *
 * <p>A state goes when another had taken its place by {@code before}, so that an {@code asOf} after
 * {@code before} answers as it did. Of the vault go the snapshots that only such states named, and
 * staged ones that no commit can name any longer. No file is removed here: statements that began
 * earlier still read them.
 *
 * @param before states that were no longer current at this instant go
 * @param abandoned staged snapshots of the vault that are older than this go in any case
 * @param files is told, before anything goes, of the keys that nothing refers to afterwards
 */
public record SnapshotExpiry(Instant before, Instant abandoned, FileListener files) {

  /** Learns which files will have lost their last snapshot. */
  @FunctionalInterface
  public interface FileListener {
    void unreferenced(Side side, Set<String> keys);
  }

  /**
   * How many went.
   *
   * @param states of the dataset
   * @param vaultSnapshots of its vault
   * @param files of both that nothing refers to any longer
   */
  public record Outcome(int states, int vaultSnapshots, int files) {}

  Outcome run(LakeSide ordinary, LakeSide vault) {
    // The vault first: whatever it has staged by now has been named when the ordinary one is read,
    // or stands on what that names, or can never be named.
    Optional<Table> vaultTable = vault.find();
    Optional<Table> ordinaryTable = ordinary.find();
    if (ordinaryTable.isEmpty()) {
      return new Outcome(0, 0, 0);
    }
    Table base = ordinaryTable.get();
    PairHistory history = PairHistory.of(base);
    Set<Long> gone = superseded(history.snapshots());
    Set<Long> named = new HashSet<>();
    for (PairSnapshot pair : history.newestFirst()) {
      if (!gone.contains(pair.id()) && pair.vaultSnapshotId() != null) {
        named.add(pair.vaultSnapshotId());
      }
    }
    for (Snapshot snapshot : base.snapshots()) {
      if (!gone.contains(snapshot.snapshotId())) {
        Summaries.find(snapshot, Summaries.VAULT_SNAPSHOT_ID)
            .ifPresent(id -> named.add(Long.valueOf(id)));
      }
    }
    Set<Long> vaultGone = new HashSet<>();
    vaultTable.ifPresent(table -> vaultGone.addAll(unnamed(table, named, history)));
    int files = tell(Side.ORDINARY, ordinary, base, gone);
    files += vaultTable.map(table -> tell(Side.VAULT, vault, table, vaultGone)).orElse(0);
    expire(base, gone);
    vaultTable.ifPresent(table -> {
      VaultBranch.moveMain(table, history.vaultSnapshotId());
      expire(table, vaultGone);
    });
    return new Outcome(gone.size(), vaultGone.size(), files);
  }

  private Set<Long> superseded(List<Snapshot> newestFirst) {
    Set<Long> gone = new HashSet<>();
    for (int index = 1; index < newestFirst.size(); index++) {
      Instant replaced = Instant.ofEpochMilli(newestFirst.get(index - 1).timestampMillis());
      if (!replaced.isAfter(before)) {
        gone.add(newestFirst.get(index).snapshotId());
      }
    }
    return gone;
  }

  private Set<Long> unnamed(Table vaultTable, Set<Long> named, PairHistory history) {
    @Nullable Long current = history.vaultSnapshotId();
    Set<Long> gone = new HashSet<>();
    for (Snapshot snapshot : vaultTable.snapshots()) {
      boolean mayYetBeNamed =
          Objects.equals(snapshot.parentId(), current)
              && Instant.ofEpochMilli(snapshot.timestampMillis()).isAfter(abandoned);
      if (!named.contains(snapshot.snapshotId()) && !mayYetBeNamed) {
        gone.add(snapshot.snapshotId());
      }
    }
    return gone;
  }

  private int tell(Side side, LakeSide lakeSide, Table table, Set<Long> gone) {
    if (gone.isEmpty()) {
      return 0;
    }
    FileReferences references = new FileReferences(table);
    Set<String> locations =
        references.ofSnapshots(snapshot -> gone.contains(snapshot.snapshotId()));
    locations.removeAll(references.ofSnapshots(snapshot -> !gone.contains(snapshot.snapshotId())));
    Set<String> keys = new HashSet<>();
    locations.forEach(location -> keys.add(lakeSide.key(location)));
    files.unreferenced(side, keys);
    return keys.size();
  }

  private static void expire(Table table, Set<Long> gone) {
    if (!gone.isEmpty()) {
      // Only what is named: Iceberg's own rule of five days counts nothing here.
      ExpireSnapshots update =
          table
              .expireSnapshots()
              .expireOlderThan(0)
              .cleanupLevel(ExpireSnapshots.CleanupLevel.NONE);
      gone.forEach(update::expireSnapshotId);
      update.commit();
    }
  }
}
