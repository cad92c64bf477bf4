package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.StoredLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The rows of one data file but for those that go. Immutable. */
public final class StoredRows {

  private final DuckDbSession session;
  private final LakeTable table;
  private final Side side;
  private final Path file;
  private final String gone;
  private final StoredLayout layout;

  private StoredRows(DuckDbSession session, LakeTable table, Side side, Path file, String gone) {
    this.session = session;
    this.table = table;
    this.side = side;
    this.file = file;
    this.gone = gone;
    this.layout = table.storedLayout(side);
  }

  /** The rows of a file but for those of some loads. */
  public static StoredRows withoutLoads(
      DuckDbSession session, LakeTable table, Side side, Path file, Set<String> loadIds) {
    String ids = loadIds.stream().map(id -> text(id)).collect(Collectors.joining(", "));
    return new StoredRows(
        session, table, side, file, "%s IN (%s)".formatted(name(Dataset.LOAD_ID), ids));
  }

  /** The rows of a file but for those that {@code rows} has {@link RowMerge merged} out. */
  public static StoredRows withoutSuperseded(
      LoadTable rows, LakeTable table, Side side, Path file) {
    return new StoredRows(
        rows.session(),
        table,
        side,
        file,
        "%s IN (SELECT %s FROM %s)"
            .formatted(
                name(Dataset.ROW_KEY), name(Dataset.ROW_KEY), RowMerge.superseded(rows.catalog())));
  }

  public long count() {
    return session
        .query("SELECT count(*) FROM " + relation(), List.of(), row -> row.getLong(1))
        .getFirst();
  }

  /** Writes them below {@code folder}, which exists, with every column that the table keeps. */
  public List<StagedFile> write(Path folder) {
    return new ParquetCopy(session, table, side, layout.copyFieldIds())
        .write("SELECT %s FROM %s".formatted(layout.readColumns(), relation()), folder);
  }

  private String relation() {
    return "(SELECT * FROM read_parquet([%s], hive_partitioning = false, schema = %s) WHERE NOT (%s))"
        .formatted(text(file.toString()), layout.readSchema(), gone);
  }
}
