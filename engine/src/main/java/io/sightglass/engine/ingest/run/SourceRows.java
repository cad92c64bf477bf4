package io.sightglass.engine.ingest.run;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.staging.Stager;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.DamagedTransferException;
import io.sightglass.engine.views.ViewPack;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One delivered object on this machine: unpacked, and its rows in the load instance. Used by one
 * thread at a time; closing it forgets all of it.
 */
final class SourceRows implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SourceRows.class);

  /** How often an object is fetched whose bytes arrive damaged. */
  private static final int ATTEMPTS = 2;

  private final ViewPack pack;
  private final Dataset dataset;
  private final LedgerEntry entry;
  private final StagingFolder folder;
  private final StagedSource staged;
  private @Nullable DuckDbSession session;
  private @Nullable LoadTable rows;

  private SourceRows(
      ViewPack pack,
      Dataset dataset,
      LedgerEntry entry,
      StagingFolder folder,
      StagedSource staged) {
    this.pack = pack;
    this.dataset = dataset;
    this.entry = entry;
    this.folder = folder;
    this.staged = staged;
  }

  /**
   * Unpacks what lies under the object's name now.
   *
   * @param parent of the folder that it is unpacked to; counts as vault
   * @throws io.sightglass.engine.ingest.unpack.BrokenFileException when the file is at fault as a
   *     whole
   */
  static SourceRows stage(
      LoadStores stores, ViewPack pack, Dataset dataset, LedgerEntry entry, Path parent) {
    for (int attempt = 1; ; attempt++) {
      try {
        return tryStage(stores, pack, dataset, entry, parent);
      } catch (EngineException failure) {
        if (attempt == ATTEMPTS || !(failure.getCause() instanceof DamagedTransferException)) {
          throw failure;
        }
        LOG.warn("The object of load {} arrived damaged and is fetched again", entry.id(), failure);
      }
    }
  }

  private static SourceRows tryStage(
      LoadStores stores, ViewPack pack, Dataset dataset, LedgerEntry entry, Path parent) {
    String name = entry.load().source().name();
    StagingFolder folder = StagingFolder.create(parent, "source-" + entry.id());
    try {
      StagedSource staged =
          Stager.stage(
              stores.landing().read(name, 0), name, dataset, source(dataset, entry), folder.path());
      return new SourceRows(pack, dataset, entry, folder, staged);
    } catch (RuntimeException | Error failure) {
      folder.close();
      throw failure;
    }
  }

  private static Source source(Dataset dataset, LedgerEntry entry) {
    return dataset.sources().get(entry.sourceNumber());
  }

  StagedSource staged() {
    return staged;
  }

  /** The contracts by which it was read. */
  ViewPack pack() {
    return pack;
  }

  /** Its rows, typed and judged; read when they are asked for first. */
  LoadTable read(LoadEngine engine) {
    LoadTable known = rows;
    if (known == null) {
      DuckDbSession opened = engine.open(pack, staged.recordCount());
      session = opened;
      known =
          LoadTable.read(
              opened,
              entry.id(),
              dataset,
              source(dataset, entry),
              staged,
              engine.where(pack, dataset));
      rows = known;
    }
    return known;
  }

  @Override
  public void close() {
    try (StagingFolder _ = folder;
        DuckDbSession _ = session;
        LoadTable _ = rows) {
      // Each is let go of, whatever happens to the others.
    }
  }
}
