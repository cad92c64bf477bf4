package io.sightglass.engine.ingest;

import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.StoredRows;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.FileRewriter;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Replacement;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Writes data files anew without the rows that go, in the load instance. */
final class RowsRewriter implements FileRewriter {

  private final LoadStores stores;
  private final LoadTable rows;
  private final StagingFolder folder;

  RowsRewriter(LoadStores stores, LoadTable rows, StagingFolder folder) {
    this.stores = stores;
    this.rows = rows;
    this.folder = folder;
  }

  @Override
  public Outcome rewriteWithout(LakeTable table, Side side, DataFile file, Replacement gone) {
    FileCache.WantedFile wanted = new FileCache.WantedFile(file.key(), file.size(), file.sha256());
    try (FileCache.Lease lease = stores.files(side).lease(List.of(wanted))) {
      StoredRows stored = staying(table, side, lease.paths().getFirst(), gone);
      long staying = stored.count();
      if (staying == file.rows()) {
        return new Outcome.Unchanged();
      }
      List<StagedFile> written = staying == 0 ? List.of() : stored.write(folder.fresh("rewritten"));
      return new Outcome.Rewritten(
          written.stream().map(staged -> table.upload(side, staged)).toList());
    }
  }

  private StoredRows staying(LakeTable table, Side side, Path file, Replacement gone) {
    return switch (gone) {
      case Replacement.Loads(Set<String> loadIds) ->
          StoredRows.withoutLoads(rows.session(), table, side, file, loadIds);
      case Replacement.Rows superseded -> StoredRows.withoutSuperseded(rows, table, side, file);
      case Replacement.Nothing() -> throw new IllegalArgumentException("nothing goes");
      case Replacement.Everything() -> throw new IllegalArgumentException("no row stays");
    };
  }
}
