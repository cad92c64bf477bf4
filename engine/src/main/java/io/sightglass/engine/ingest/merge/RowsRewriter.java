package io.sightglass.engine.ingest.merge;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.RowMerge;
import io.sightglass.engine.ingest.check.StoredRows;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
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
import java.util.stream.Collectors;

/** Writes data files anew without the rows that go, in the load instance. */
public final class RowsRewriter implements FileRewriter {

  private final LoadStores stores;
  private final LoadTable rows;
  private final StagingFolder folder;

  public RowsRewriter(LoadStores stores, LoadTable rows, StagingFolder folder) {
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
    String condition =
        switch (gone) {
          case Replacement.Loads(Set<String> loadIds) ->
              "%s NOT IN (%s)"
                  .formatted(
                      name(Dataset.LOAD_ID),
                      loadIds.stream().map(id -> text(id)).collect(Collectors.joining(", ")));
          case Replacement.Rows superseded ->
              "%1$s NOT IN (SELECT %1$s FROM %2$s)"
                  .formatted(name(Dataset.ROW_KEY), RowMerge.superseded(rows));
          case Replacement.Nothing() -> throw new IllegalArgumentException("nothing goes");
          case Replacement.Everything() -> throw new IllegalArgumentException("no row stays");
        };
    return StoredRows.of(rows.session(), table, side, List.of(file)).where(condition);
  }
}
