package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.StoredRows;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.FileRewrite;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.MergeLimits;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Merges the small files of a dataset, each side for itself, both committed as a pair. Used by one
 * thread.
 *
 * <p>One group of files is read and written at a time, through the engine's bounded memory; every
 * {@link #FILES_PER_COMMIT} files are committed together. A crash leaves the table whole, and files
 * that orphan removal finds.
 */
final class Compactor {

  private static final int FILES_PER_COMMIT = 2_000;

  private final LoadStores stores;
  private final DuckDbInstance engine;
  private final Path stagingFolder;
  private final MergeLimits limits;

  Compactor(LoadStores stores, DuckDbInstance engine, Path stagingFolder, MergeLimits limits) {
    this.stores = stores;
    this.engine = engine;
    this.stagingFolder = stagingFolder;
    this.limits = limits;
  }

  /** Merges what is worth it; tells what was committed, and nothing when nothing was. */
  void compact(LakeTable table, Consumer<Maintenance> told) {
    Optional<PairSnapshot> now = table.findCurrent();
    if (now.isEmpty()) {
      return;
    }
    List<FileRewrite> done = new ArrayList<>();
    List<FileRewrite> ready = new ArrayList<>();
    int files = 0;
    for (Side side : Side.values()) {
      for (List<DataFile> group : table.mergeable(now.get(), side, limits)) {
        ready.add(merge(table, side, group));
        files += group.size();
        if (files >= FILES_PER_COMMIT) {
          done.addAll(table.rewrite(FileRewrite.Purpose.COMPACTION, ready));
          ready.clear();
          files = 0;
        }
      }
    }
    if (!ready.isEmpty()) {
      done.addAll(table.rewrite(FileRewrite.Purpose.COMPACTION, ready));
    }
    for (Side side : Side.values()) {
      tell(table, side, done.stream().filter(one -> one.side() == side).toList(), told);
    }
  }

  private static void tell(
      LakeTable table, Side side, List<FileRewrite> done, Consumer<Maintenance> told) {
    if (!done.isEmpty()) {
      told.accept(
          new Maintenance.Compacted(
              table.dataset().name(),
              side,
              done.stream().mapToInt(one -> one.removed().size()).sum(),
              done.stream().mapToInt(one -> one.added().size()).sum(),
              done.stream().flatMap(one -> one.added().stream()).mapToLong(f -> f.size()).sum()));
    }
  }

  private FileRewrite merge(LakeTable table, Side side, List<DataFile> group) {
    try (FileCache.Lease lease = stores.files(side).lease(wanted(group));
        StagingFolder folder = StagingFolder.create(stagingFolder, "compact");
        DuckDbSession session = engine.openSession()) {
      List<StagedFile> staged =
          StoredRows.of(session, table, side, lease.paths()).writeEach(folder.fresh("merged"));
      long before = group.stream().mapToLong(DataFile::rows).sum();
      long after = staged.stream().mapToLong(StagedFile::rowCount).sum();
      if (before != after) {
        throw new EngineException(
            ErrorCode.INTERNAL,
            "Files of %s hold %d rows where their commits counted %d, so they were left as they are; maintain --verify says more"
                .formatted(table.dataset().name(), after, before));
      }
      return new FileRewrite(
          side, group, staged.stream().map(file -> table.upload(side, file)).toList());
    }
  }

  static List<FileCache.WantedFile> wanted(List<DataFile> files) {
    return files.stream()
        .map(file -> new FileCache.WantedFile(file.key(), file.size(), file.sha256()))
        .toList();
  }
}
