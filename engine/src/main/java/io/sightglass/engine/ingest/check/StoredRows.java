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

/** The rows of one data file but for those of some loads. Immutable. */
public final class StoredRows {

  private final DuckDbSession session;
  private final LakeTable table;
  private final Side side;
  private final Path file;
  private final Set<String> withoutLoads;

  public StoredRows(
      DuckDbSession session, LakeTable table, Side side, Path file, Set<String> withoutLoads) {
    this.session = session;
    this.table = table;
    this.side = side;
    this.file = file;
    this.withoutLoads = Set.copyOf(withoutLoads);
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
    String gone = withoutLoads.stream().map(id -> text(id)).collect(Collectors.joining(", "));
    return "(SELECT * FROM read_parquet([%s], schema = map {%s}) WHERE %s NOT IN (%s))"
        .formatted(text(file.toString()), schema, name(Dataset.LOAD_ID), gone);
  }

  private static String schemaEntry(LakeColumn column) {
    return "%d: {name: %s, type: %s, default_value: NULL}"
        .formatted(column.fieldId(), text(column.name()), text(column.sqlType()));
  }
}
