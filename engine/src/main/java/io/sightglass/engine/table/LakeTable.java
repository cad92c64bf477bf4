package io.sightglass.engine.table;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The two Iceberg tables of one dataset, seen through its contract. Thread-safe.
 *
 * <p>The columns are those of the contract that it was ensured with, found by field id: a column
 * that a file does not have reads as NULL, one that the contract no longer names is not shown.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class LakeTable {

  private LakeTable() {}

  public Dataset dataset() {
    throw new UnsupportedOperationException();
  }

  /** Whether the contract has direct columns, so that loads write a vault. */
  public boolean hasVault() {
    throw new UnsupportedOperationException();
  }

  /** What a data file of this side holds, in the order in which it is written. */
  public List<LakeColumn> columns(Side side) {
    throw new UnsupportedOperationException();
  }

  /** The value of {@code FIELD_IDS} for a COPY of {@link #columns}. */
  public String copyFieldIds(Side side) {
    throw new UnsupportedOperationException();
  }

  /** The value of {@code schema} for a {@code read_parquet} of the exposed {@link #columns}. */
  public String readSchema(Side side) {
    throw new UnsupportedOperationException();
  }

  /** The partition of files written now; empty when there is none. */
  public List<PartitionColumn> partition(Side side) {
    throw new UnsupportedOperationException();
  }

  /** The newest state; empty when nothing has been loaded yet. */
  public Optional<PairSnapshot> findCurrent() {
    throw new UnsupportedOperationException();
  }

  /** The state with that id, if it still is in the table's history. */
  public Optional<PairSnapshot> find(long snapshotId) {
    throw new UnsupportedOperationException();
  }

  /** The last state not after {@code instant}; empty before the first. */
  public Optional<PairSnapshot> findAsOf(Instant instant) {
    throw new UnsupportedOperationException();
  }

  /** All states, newest first. */
  public List<PairSnapshot> history() {
    throw new UnsupportedOperationException();
  }

  /** The state that the load's commit made, if it has been committed. */
  public Optional<PairSnapshot> findCommitted(String loadId) {
    throw new UnsupportedOperationException();
  }

  /**
   * The files that may hold rows of {@code filter} at {@code snapshot}; more, but never fewer.
   *
   * @throws io.sightglass.engine.EngineException {@code EXECUTION_FAILED} when another engine has
   *     deleted single rows, which this one does not apply
   */
  public List<DataFile> plan(PairSnapshot snapshot, Side side, ScanFilter filter) {
    throw new UnsupportedOperationException();
  }

  /** Stores a file below its partition's folder, named by its digest; not yet part of the table. */
  public WrittenFile upload(Side side, StagedFile file) {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
  }
}
