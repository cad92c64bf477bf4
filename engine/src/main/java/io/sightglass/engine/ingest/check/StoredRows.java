package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.table.LakeColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
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

  private StoredRows(DuckDbSession session, LakeTable table, Side side, Path file, String gone) {
    this.session = session;
    this.table = table;
    this.side = side;
    this.file = file;
    this.gone = gone;
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

  /** Writes them below {@code folder}, which exists. */
  public List<StagedFile> write(Path folder) {
    String stored =
        table.columns(side).stream()
            .map(column ->
                "CAST(%1$s AS %2$s) AS %1$s".formatted(name(column.name()), column.sqlType()))
            .collect(Collectors.joining(", "));
    return new ParquetCopy(session, table, side)
        .write("SELECT %s FROM %s".formatted(stored, relation()), folder);
  }

  private String relation() {
    // Columns that only the lake sees are kept, too.
    String schema =
        table.columns(side).stream().map(StoredRows::schemaEntry).collect(Collectors.joining(", "));
    return "(SELECT * FROM read_parquet([%s], schema = map {%s}) WHERE NOT (%s))"
        .formatted(text(file.toString()), schema, gone);
  }

  private static String schemaEntry(LakeColumn column) {
    return "%d: {name: %s, type: %s, default_value: NULL}"
        .formatted(column.fieldId(), text(column.name()), text(column.sqlType()));
  }
}
