package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.View;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The states of the tables of one pack, and the files behind them. Thread-safe. */
public interface TableFiles {

  /**
   * A table at one state, the ordinary side and the vault as a pair. Immutable.
   *
   * @param dataset its name; of a stored result that of its view
   * @param result whether it is the stored result of a view
   * @param snapshot null when nothing has been loaded yet
   */
  record PinnedTable(QualifiedName dataset, boolean result, @Nullable PairSnapshot snapshot) {

    public PinnedTable(QualifiedName dataset, @Nullable PairSnapshot snapshot) {
      this(dataset, false, snapshot);
    }
  }

  /** The newest state of a dataset. */
  PinnedTable pin(QualifiedName dataset);

  /** The newest stored result of a materialised view. */
  default PinnedTable pinResult(QualifiedName view) {
    throw new IllegalStateException("No stored result of " + view);
  }

  /** The state of a table with that id; empty where it has none, or has it no longer. */
  Optional<PairSnapshot> find(View.Input table, long snapshotId);

  /** The last state of a table not after {@code instant}. */
  Optional<PairSnapshot> findAsOf(View.Input table, Instant instant);

  /** The states of a table that are kept, the newest first. */
  List<PairSnapshot> history(View.Input table);

  /**
   * Holds that the vault's side of a dataset's state can be read.
   *
   * @throws io.sightglass.engine.EngineException {@code NO_SNAPSHOT}
   */
  void requireVault(PinnedTable table);

  /** The files of a state that may have rows of {@code filter}; more, but never fewer. */
  List<DataFile> plan(PinnedTable table, Side side, ScanFilter filter);

  /**
   * Holds the files of a state on this machine that may have rows of {@code filter}; none for a
   * table without rows. The caller closes the lease.
   */
  FileCache.Lease lease(PinnedTable table, Side side, ScanFilter filter);
}
