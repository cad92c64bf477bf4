package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.storage.FileCache.WantedFile;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.View;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tables of the lake, their files through one cache per side. */
public final class LakeFiles implements TableFiles {

  private static final FileCache.Lease NO_FILES =
      new FileCache.Lease() {
        @Override
        public List<Path> paths() {
          return List.of();
        }

        @Override
        public void close() {
          // Nothing is held.
        }
      };

  private final Map<QualifiedName, LakeTable> tables;
  private final Map<QualifiedName, LakeTable> results;
  private final Map<Side, FileCache> caches;

  /**
   * Files of the lake.
   *
   * @param tables of datasets
   * @param results of materialised views
   */
  public LakeFiles(
      Map<QualifiedName, LakeTable> tables,
      Map<QualifiedName, LakeTable> results,
      Map<Side, FileCache> caches) {
    this.tables = Map.copyOf(tables);
    this.results = Map.copyOf(results);
    this.caches = Map.copyOf(caches);
  }

  @Override
  public PinnedTable pin(QualifiedName dataset) {
    return new PinnedTable(dataset, table(dataset, false).findCurrent().orElse(null));
  }

  @Override
  public PinnedTable pinResult(QualifiedName view) {
    return new PinnedTable(view, true, table(view, true).findCurrent().orElse(null));
  }

  @Override
  public Optional<PairSnapshot> find(View.Input table, long snapshotId) {
    return table(table.name(), table.result()).find(snapshotId);
  }

  @Override
  public Optional<PairSnapshot> findAsOf(View.Input table, Instant instant) {
    return table(table.name(), table.result()).findAsOf(instant);
  }

  @Override
  public List<PairSnapshot> history(View.Input table) {
    return table(table.name(), table.result()).history();
  }

  @Override
  public void requireVault(PinnedTable table) {
    PairSnapshot snapshot = table.snapshot();
    if (snapshot != null) {
      table(table.dataset(), table.result()).requireVault(snapshot);
    }
  }

  @Override
  public List<DataFile> plan(PinnedTable pinned, Side side, ScanFilter filter) {
    PairSnapshot snapshot = pinned.snapshot();
    return snapshot == null || (side == Side.VAULT && snapshot.vaultSnapshotId() == null)
        ? List.of()
        : table(pinned.dataset(), pinned.result()).plan(snapshot, side, filter);
  }

  @Override
  public FileCache.Lease lease(PinnedTable pinned, Side side, ScanFilter filter) {
    List<DataFile> files = plan(pinned, side, filter);
    if (files.isEmpty()) {
      return NO_FILES;
    }
    FileCache cache = caches.get(side);
    if (cache == null) {
      throw new IllegalStateException("No file cache for " + side);
    }
    try {
      return cache.lease(
          files.stream()
              .map(file -> new WantedFile(file.key(), file.size(), file.sha256()))
              .toList());
    } catch (EngineException e) {
      throw e.code() == ErrorCode.NOT_FOUND ? gone(pinned, e) : e;
    }
  }

  /** A file that was planned is not there: its snapshot has expired since, or it is lost. */
  private EngineException gone(PinnedTable pinned, EngineException failure) {
    PairSnapshot snapshot = pinned.snapshot();
    boolean expired =
        snapshot == null || table(pinned.dataset(), pinned.result()).find(snapshot.id()).isEmpty();
    return expired
        ? new EngineException(
            ErrorCode.NO_SNAPSHOT,
            "The snapshot of %s that was to be read has expired meanwhile"
                .formatted(pinned.dataset()),
            failure)
        : new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "A data file of %s is missing from the store, so nothing was read"
                .formatted(pinned.dataset()),
            failure);
  }

  private LakeTable table(QualifiedName name, boolean result) {
    LakeTable table = (result ? results : tables).get(name);
    if (table == null) {
      throw new IllegalStateException("No table for " + name);
    }
    return table;
  }
}
