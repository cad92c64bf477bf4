package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;

/**
 * One load on its way into the two tables of a dataset. Used once, by one thread.
 *
 * <p>The swap of the ordinary table's metadata is the one moment at which the load becomes visible,
 * on both sides:
 *
 * <ol>
 *   <li>The vault's change is <i>staged</i>: a snapshot that no branch leads to. Its parent is
 *       exactly the vault's snapshot that the ordinary table's current one names, so it holds the
 *       rows of committed loads and of this one, and nothing of loads that are under way or failed.
 *   <li>The ordinary change is committed. Its summary names the staged snapshot and the load. It is
 *       refused when meanwhile another pair was committed (then all begins anew), when this load
 *       has been committed already, or when another load took its slot.
 *   <li>The vault's main branch follows, for other engines and for expiry; readers here go by the
 *       pair. A crash before leaves it behind, and the next commit moves it on.
 * </ol>
 *
 * <p>A crash at any point leaves a table that either has the whole load or nothing of it, staged
 * snapshots that expire like old ones, and files that orphan removal finds. Whoever tries again is
 * told by the history whether the load is in.
 */
final class PairCommit {

  private static final int ATTEMPTS = 60;

  private final LakeTable table;
  private final LakeSide ordinary;
  private final LakeSide vault;
  private final VaultBranch branch;
  private final LoadCommit load;
  private final Removals removals;

  /** What has been staged so far, by the vault's snapshot it stands on. */
  private final Map<Optional<Long>, Optional<Long>> staged = new HashMap<>();

  PairCommit(LakeTable table, LoadCommit load, FileRewriter rewriter) {
    if (!load.vault().isEmpty() && !table.hasVault()) {
      throw new IllegalArgumentException("Files for a vault that the contract does not have");
    }
    this.table = table;
    this.ordinary = table.side(Side.ORDINARY);
    this.vault = table.side(Side.VAULT);
    this.branch = new VaultBranch(ordinary, vault);
    this.load = load;
    this.removals = new Removals(table, load.replaces(), rewriter);
  }

  /** The state that holds the load, made now or before. */
  PairSnapshot run() {
    RuntimeException last = null;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Optional<PairSnapshot> done = table.findCommitted(load.loadId());
      if (done.isPresent()) {
        branch.publish();
        return done.get();
      }
      try {
        attempt();
      } catch (CommitFailedException | ValidationException e) {
        last = e; // others were first: look again, begin anew
        pause(attempt);
      } catch (EngineException e) {
        throw e;
      } catch (RuntimeException e) {
        return foundAfter(e);
      }
    }
    throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "Load %s was not committed: others changed %s each time, %d times in all"
                .formatted(load.loadId(), ordinary.dataset(), ATTEMPTS),
            last)
        .retryAfter(Duration.ofSeconds(10));
  }

  private void attempt() {
    Table base = ordinary.load();
    PairHistory history = PairHistory.of(base);
    CommitGuard guard = new CommitGuard(load, history.vaultSnapshotId(), table::isAsSeen);
    guard.check(history.snapshots(), ordinary.dataset());
    if (!table.isAsSeen()) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "The protection of columns of %s changed while load %s ran; it is loaded anew"
              .formatted(ordinary.dataset(), load.loadId()));
    }
    Long vaultSnapshot = stageVault(history.vaultSnapshotId());
    SnapshotUpdate<?> update = ordinaryUpdate(base);
    Summaries.of(load).forEach(update::set);
    if (vaultSnapshot != null) {
      update.set(Summaries.VAULT_SNAPSHOT_ID, Long.toString(vaultSnapshot));
    }
    update.validateWith(guard);
    update.commit();
  }

  private SnapshotUpdate<?> ordinaryUpdate(Table base) {
    Removals.Change change = removals.of(Side.ORDINARY, base, VaultBranch.currentId(base));
    if (change.removed().isEmpty()) {
      return append(base, ordinary, load.ordinary());
    }
    OverwriteFiles update = overwrite(base, ordinary, change, load.ordinary());
    return update
        .validateFromSnapshot(base.currentSnapshot().snapshotId())
        .conflictDetectionFilter(removals.filter())
        .validateNoConflictingData()
        .validateNoConflictingDeletes();
  }

  private @Nullable Long stageVault(@Nullable Long on) {
    Optional<Long> key = Optional.ofNullable(on);
    Optional<Long> done = staged.get(key);
    if (done == null) {
      done = Optional.ofNullable(stage(on));
      staged.put(key, done);
    }
    return done.orElse(null);
  }

  /** The vault's snapshot that the pair will name; {@code on} itself when nothing changes there. */
  private @Nullable Long stage(@Nullable Long on) {
    Table base = vault.find().orElse(null);
    if (base == null) {
      return null; // there has never been one
    }
    Removals.Change change = removals.of(Side.VAULT, base, on);
    if (change.removed().isEmpty() && load.vault().isEmpty()) {
      return on;
    }
    VaultBranch.moveMain(base, on);
    SnapshotUpdate<?> update =
        change.removed().isEmpty()
            ? append(base, vault, load.vault())
            : overwrite(base, vault, change, load.vault());
    update.set(Summaries.LOAD_ID, load.loadId());
    return VaultBranch.stage(base, update, on);
  }

  private static SnapshotUpdate<?> append(Table base, LakeSide side, Iterable<WrittenFile> files) {
    org.apache.iceberg.AppendFiles append = base.newAppend();
    files.forEach(file -> append.appendFile(side.dataFile(file, base)));
    return append;
  }

  private static OverwriteFiles overwrite(
      Table base, LakeSide side, Removals.Change change, Iterable<WrittenFile> files) {
    OverwriteFiles overwrite = base.newOverwrite();
    change.removed().forEach(overwrite::deleteFile);
    change.added().forEach(file -> overwrite.addFile(side.dataFile(file, base)));
    files.forEach(file -> overwrite.addFile(side.dataFile(file, base)));
    return overwrite;
  }

  /** The answer to a commit was lost, or it broke on the way: the history tells. */
  private PairSnapshot foundAfter(RuntimeException failure) {
    Optional<PairSnapshot> found;
    try {
      found = table.findCommitted(load.loadId());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      found = Optional.empty();
    }
    if (found.isEmpty()) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "It is unknown whether load %s was committed; commit it again, nothing is done twice"
              .formatted(load.loadId()),
          failure);
    }
    branch.publish();
    return found.get();
  }

  /** Waits a little, longer after every attempt. */
  static void pause(int attempt) {
    long most = Math.min(400, 10L * attempt);
    try {
      Thread.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(5, 6 + most)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "Interrupted before a commit", e);
    }
  }
}
