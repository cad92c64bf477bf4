package io.sightglass.engine.ingest.run;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.check.RowSplit;
import io.sightglass.engine.ingest.expect.RowExpectations;
import io.sightglass.engine.ingest.landing.SourceChoice;
import io.sightglass.engine.ingest.merge.RowRetention;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.staging.Stager;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Loads a file up to the point where something would be written. Used by one thread. */
public final class DryRunner {

  private static final int PREVIEW_ROWS = 10;
  private static final int SHOWN_REJECTS = 100;

  private final PseudonymKeys keys;
  private final StagingFolder folder;
  private final DuckDbSession session;

  public DryRunner(PseudonymKeys keys, StagingFolder folder, DuckDbSession session) {
    this.keys = keys;
    this.folder = folder;
    this.session = session;
  }

  /**
   * Reads a file as a load would, and commits nothing.
   *
   * @param where canonical text of the contract's filter; null: all rows are wanted
   */
  public DryRun run(Path file, Dataset dataset, @Nullable String where, Instant now) {
    Source source = SourceChoice.of(dataset, file);
    String name = String.valueOf(file.getFileName());
    try (InputStream object = Files.newInputStream(file)) {
      StagedSource staged = Stager.stage(object, name, dataset, source, folder.path());
      try (LoadTable rows = LoadTable.read(session, "dry_run", dataset, source, staged, where)) {
        rows.dropDuplicates();
        // Of a file that is not delivered the date is not known: no row goes by it.
        RowRetention.of(dataset, now).ifPresent(kept -> kept.dropFrom(rows, kept.keptFrom()));
        return result(dataset, source, staged, rows);
      }
    } catch (BrokenFileException broken) {
      return new DryRun(
          source.path(),
          broken.fault().name(),
          broken.reason(),
          null,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          masks(dataset),
          List.of());
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.NOT_FOUND, "The file \"%s\" cannot be read".formatted(name), failure);
    }
  }

  private DryRun result(Dataset dataset, Source source, StagedSource staged, LoadTable rows) {
    Path rejects = folder.path().resolve("dry-run-rejects.parquet");
    rows.writeRejects(rejects);
    List<Reject> shown =
        session.query(
            "SELECT line, position, \"column\", reason FROM read_parquet(%s) ORDER BY line LIMIT %d"
                .formatted(text(rejects.toString()), SHOWN_REJECTS),
            List.of(),
            row ->
                new Reject(
                    row.getLong(1), row.getLong(2), row.getString(3), row.getString(4), null));
    Optional<String> tooMany = RowExpectations.findTooManyRejects(dataset, rows);
    return new DryRun(
        source.path(),
        tooMany.map(reason -> FileFault.TOO_MANY_REJECTS.name()).orElse(null),
        tooMany.orElse(null),
        LoadRun.counts(rows),
        staged.columns().unknown(),
        staged.columns().missing(),
        shown,
        dataset.columns().stream().map(Column::name).toList(),
        masks(dataset),
        RowSplit.preview(rows, keys, PREVIEW_ROWS));
  }

  private static Map<String, String> masks(Dataset dataset) {
    Map<String, String> masks = new LinkedHashMap<>();
    for (Column column : dataset.directColumns()) {
      masks.put(column.name(), String.valueOf(column.mask()).toLowerCase(Locale.ROOT));
    }
    return masks;
  }
}
