package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The two Iceberg tables of one dataset, seen through its contract. Thread-safe.
 *
 * <p>The columns are those of the contract that it was ensured with, found by field id: a column
 * that a file does not have reads as NULL, one that the contract no longer names is not shown. The
 * state is read anew by each call.
 */
public final class LakeTable {

  private final Dataset dataset;
  private final LakeSide ordinary;
  private final LakeSide vault;
  private final ReentrantLock committing;

  LakeTable(Dataset dataset, LakeSide ordinary, LakeSide vault, ReentrantLock committing) {
    this.dataset = dataset;
    this.ordinary = ordinary;
    this.vault = vault;
    this.committing = committing;
  }

  /** The contract that the tables were ensured with. */
  public Dataset dataset() {
    return dataset;
  }

  /** Whether the contract has direct columns, so that loads write a vault. */
  public boolean hasVault() {
    return !vault.columns().isEmpty();
  }

  /** What a data file of this side holds, in the order in which it is written. */
  public List<LakeColumn> columns(Side side) {
    return side(side).columns();
  }

  /** Whether the tables still have the columns that are known here: no protection has changed. */
  public boolean isAsSeen() {
    return ordinary.isAsSeen() && vault.isAsSeen();
  }

  /** The {@link #columns} as they are written. */
  public StoredLayout writtenLayout(Side side) {
    return side(side).writtenLayout();
  }

  /**
   * The value of {@code schema} for a {@code read_parquet} of the exposed {@link #columns}; what it
   * yields is to be read through {@link #readColumns}.
   */
  public String readSchema(Side side) {
    return side(side).readSchema();
  }

  /**
   * The list of the SELECT over that {@code read_parquet}: never {@code *}, for a STRUCT may have
   * other fields in older files, which DuckDB would take one for another.
   */
  public String readColumns(Side side) {
    return side(side).readColumns();
  }

  /** The partition of files written now; empty when there is none. */
  public List<PartitionColumn> partition(Side side) {
    return side(side).partition();
  }

  /** The newest state; empty when nothing has been loaded yet. */
  public Optional<PairSnapshot> findCurrent() {
    return now().findNewest();
  }

  /** The state with that id, if it still is in the table's history. */
  public Optional<PairSnapshot> find(long snapshotId) {
    return now().find(snapshotId);
  }

  /** The last state not after {@code instant}; empty before the first. */
  public Optional<PairSnapshot> findAsOf(Instant instant) {
    return now().findAsOf(instant);
  }

  /** All states, newest first. */
  public List<PairSnapshot> history() {
    return now().newestFirst();
  }

  /** The state that the load's commit made, if it has been committed. */
  public Optional<PairSnapshot> findCommitted(String loadId) {
    return now().findLoad(loadId);
  }

  /**
   * Holds that the vault's side of a state can be read, where the contract has one.
   *
   * @throws EngineException {@code NO_SNAPSHOT} when the vault's snapshot has expired, or the one
   *     that named it, so that nobody knows any longer which it was
   */
  public void requireVault(PairSnapshot snapshot) {
    if (!hasVault()) {
      return;
    }
    Long id = snapshot.vaultSnapshotId();
    boolean kept =
        id == null
            ? now().knowsVault(snapshot.id())
            : vault.find().map(table -> table.snapshot(id) != null).orElse(false);
    if (!kept) {
      throw new EngineException(
          ErrorCode.NO_SNAPSHOT,
          "The vault's part of snapshot %d of %s has expired, so no identified view of it can be read"
              .formatted(snapshot.id(), dataset.name()));
    }
  }

  private PairHistory now() {
    return PairHistory.of(ordinary.load());
  }

  /**
   * The files that may hold rows of {@code filter} at {@code snapshot}; more, but never fewer.
   *
   * @throws io.sightglass.engine.EngineException {@code NO_SNAPSHOT} when the snapshot has expired;
   *     {@code EXECUTION_FAILED} when another engine has deleted single rows, which this one does
   *     not apply
   */
  public List<DataFile> plan(PairSnapshot snapshot, Side side, ScanFilter filter) {
    Long id = snapshotId(snapshot, side);
    return id == null ? List.of() : side(side).plan(id, filter);
  }

  private static @Nullable Long snapshotId(PairSnapshot snapshot, Side side) {
    return switch (side) {
      case ORDINARY -> Long.valueOf(snapshot.id());
      case VAULT -> snapshot.vaultSnapshotId();
    };
  }

  /**
   * Stores a file below its partition's folder, named by its digest; not yet part of the table.
   *
   * @throws io.sightglass.engine.EngineException {@code STORE_UNAVAILABLE}
   */
  public WrittenFile upload(Side side, StagedFile file) {
    return side(side).upload(file);
  }

  /**
   * Makes a load visible, on both sides at one moment, exactly once.
   *
   * @return the state made, or the one that an earlier commit of the same load made
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when another load took the slot
   *     since the base: decide anew what to replace; {@code STORE_UNAVAILABLE} when nothing was
   *     committed, or when it is unknown: commit again finds out
   */
  public PairSnapshot commit(LoadCommit load, FileRewriter rewriter) {
    // Others in this process would only fail at the swap and begin anew.
    committing.lock();
    try {
      return new PairCommit(this, load, rewriter).run();
    } finally {
      committing.unlock();
    }
  }

  /** Every column that a side keeps, also those that the contract no longer names. */
  public StoredLayout storedLayout(Side side) {
    return side(side).storedLayout();
  }

  /** Columns that were dropped because their protection changed, of each name the newest last. */
  public List<FormerColumn> formerColumns(Side side) {
    return TableFields.former(side(side));
  }

  /**
   * The files of a state, each with the ids of the fields that its statistics know.
   *
   * @return without files that have no statistics, since another engine wrote them
   */
  public Map<DataFile, Set<Integer>> fields(PairSnapshot snapshot, Side side) {
    Long id = snapshotId(snapshot, side);
    return id == null ? Map.of() : TableFields.of(side(side), id);
  }

  /**
   * The ordinary files of a state that wait for a rebuild, each with the columns that it reads as
   * NULL for it was written before their protection changed, or from such files.
   *
   * @return without files that have no statistics, since another engine wrote them
   */
  public Map<DataFile, Set<String>> waiting(PairSnapshot snapshot) {
    return TableFields.waiting(ordinary, snapshot.id());
  }

  /** Whether a state is still known that is older than the last rebuild. */
  public boolean knowsStatesBeforeRebuild() {
    List<Snapshot> states = new ArrayList<>();
    ordinary.find().ifPresent(table -> table.snapshots().forEach(states::add));
    OptionalLong rebuilt =
        states.stream()
            .filter(state ->
                Summaries.find(state, Summaries.MAINTENANCE)
                    .filter(FileRewrite.Purpose.REBUILD.name()::equals)
                    .isPresent())
            .mapToLong(Snapshot::sequenceNumber)
            .max();
    return rebuilt.isPresent()
        && states.stream().anyMatch(state -> state.sequenceNumber() < rebuilt.getAsLong());
  }

  /**
   * The small files of a state that are to become one each, group by group.
   *
   * @param side its files; none where the state has no such side
   */
  public List<List<DataFile>> mergeable(PairSnapshot snapshot, Side side, MergeLimits limits) {
    Long id = snapshotId(snapshot, side);
    return id == null ? List.of() : new MergePlan(side(side), limits).of(id);
  }

  /**
   * Lets files take the place of others, on both sides at one moment.
   *
   * @return those that did; the others' files had gone meanwhile, and what was uploaded for them
   *     goes too, at once or with the state of the vault that was staged for them
   * @throws EngineException {@code STORE_UNAVAILABLE} when nothing was committed, or when it is
   *     unknown: looking at the table again finds out
   */
  public List<FileRewrite> rewrite(FileRewrite.Purpose purpose, List<FileRewrite> rewrites) {
    PairRewrite rewrite = new PairRewrite(this, purpose, rewrites);
    List<FileRewrite> done;
    committing.lock();
    try {
      done = rewrite.run();
    } finally {
      committing.unlock();
    }
    rewrites.stream()
        .filter(one -> !done.contains(one) && !rewrite.mayBeStaged(one))
        .forEach(refused -> side(refused.side()).discard(refused.added()));
    return done;
  }

  /**
   * Lets the newest state tell nothing of files that are no longer part of it: manifests keep the
   * bounds of their values.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE}
   */
  public void forgetRemovedFiles() {
    rewrite(FileRewrite.Purpose.CLEANING, List.of());
  }

  /**
   * Forgets old states on both sides; their files stay where they are until somebody removes them.
   *
   * @param expiry what goes, and who is told of the files before they go
   */
  public SnapshotExpiry.Outcome expire(SnapshotExpiry expiry) {
    committing.lock();
    try {
      return expiry.run(ordinary, vault);
    } finally {
      committing.unlock();
    }
  }

  LakeSide side(Side side) {
    return switch (side) {
      case ORDINARY -> ordinary;
      case VAULT -> vault;
    };
  }
}
