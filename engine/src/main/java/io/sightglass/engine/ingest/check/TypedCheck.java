package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that reads a staged Parquet file once, as {@link RowCheck} reads texts: the same table
 * comes of it, and the same faults are found. A record's line is its number, from 1. Immutable.
 */
final class TypedCheck implements SourceCheck {

  private final Dataset dataset;
  private final StagedSource staged;
  private final RowFaults faults;
  private final @Nullable String where;
  private final List<TypedCell> cells;

  TypedCheck(
      DuckDbSession session,
      Dataset dataset,
      Source source,
      StagedSource staged,
      @Nullable String where) {
    this.dataset = dataset;
    this.staged = staged;
    this.where = where;
    List<TypedCell.Field> fields = fields(session);
    cells = dataset.columns().stream().map(column -> TypedCell.of(column, source, fields)).toList();
    faults = new RowFaults(dataset, ordinal -> cells.get(ordinal).findNul(RowFaults.cell(ordinal)));
  }

  private List<TypedCell.Field> fields(DuckDbSession session) {
    try {
      return session.query(
          "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(%s, hive_partitioning = false))"
              .formatted(text(staged.records().toString())),
          List.of(),
          row -> new TypedCell.Field(row.getString(1), row.getString(2)));
    } catch (EngineException failure) {
      throw isOfFile(session, failure) ? broken() : failure;
    }
  }

  private String file() {
    return "read_parquet(%s, hive_partitioning = false, file_row_number = true)"
        .formatted(text(staged.records().toString()));
  }

  private BrokenFileException broken() {
    return new BrokenFileException(
        FileFault.MALFORMED,
        switch (staged.format()) {
          case AVRO -> "The Avro file cannot be read: it holds text that is no UTF-8";
          case CSV, NDJSON, PARQUET ->
              "The Parquet file cannot be read: a page or the footer is damaged, or text is no UTF-8";
        });
  }

  @Override
  public void createTable(DuckDbSession session, String table) {
    try {
      session.execute("CREATE TABLE %s AS %s".formatted(table, query()));
    } catch (EngineException failure) {
      if (!isReadable(session)) {
        throw broken();
      }
      throw failure;
    }
  }

  /** Whether every page of the columns that count can be decoded: whose fault a failure is. */
  private boolean isReadable(DuckDbSession session) {
    String counted =
        cells.stream()
            .map(cell -> "bit_xor(hash(%s))".formatted(cell.sql()))
            .collect(Collectors.joining(", "));
    try {
      session.query(
          "SELECT %s FROM %s".formatted(counted, file()), List.of(), row -> row.getObject(1));
      return true;
    } catch (EngineException failure) {
      return !isOfFile(session, failure);
    }
  }

  /** Not where memory lacks, nor where the engine answers nothing any more. */
  private static boolean isOfFile(DuckDbSession session, EngineException failure) {
    return switch (failure.code()) {
      case MEMORY_LIMIT, SPILL_LIMIT -> false;
      default -> answers(session);
    };
  }

  private static boolean answers(DuckDbSession session) {
    try {
      return !session.query("SELECT 1", List.of(), row -> row.getInt(1)).isEmpty();
    } catch (EngineException ended) {
      return false;
    }
  }

  /** The whole statement's query. */
  String query() {
    List<Column> columns = dataset.columns();
    String names = columns.stream().map(c -> name(c.name())).collect(Collectors.joining(", "));
    return """
    SELECT _line, _position, %s, _fault,
      CASE WHEN _fault IS NOT NULL THEN %s END AS _value,
      CASE WHEN _fault IS NOT NULL THEN CAST(to_json(struct_pack(%s)) AS VARCHAR) END AS _record,
      %s AS _wanted
    FROM (SELECT *, %s AS _fault
    FROM (SELECT *, %s
    FROM (SELECT file_row_number + 1 AS _line, CAST(0 AS BIGINT) AS _position, %s
    FROM %s)))\
    """
        .formatted(
            names,
            cellAtFault(),
            each(ordinal ->
                "%s := %s".formatted(name(columns.get(ordinal).name()), RowFaults.cell(ordinal))),
            where == null
                ? "true"
                : "CASE WHEN _fault IS NULL THEN (%s) IS TRUE END".formatted(where),
            faults.code(),
            each(ordinal ->
                "%s AS %s"
                    .formatted(
                        cells.get(ordinal).valueOf(RowFaults.cell(ordinal)),
                        name(columns.get(ordinal).name()))),
            each(
                ordinal -> "%s AS %s".formatted(cells.get(ordinal).sql(), RowFaults.cell(ordinal))),
            file());
  }

  /** The text of the cell at fault. */
  private String cellAtFault() {
    List<RowFaults.Fault> all = faults.list();
    if (all.isEmpty()) {
      return "CAST(NULL AS VARCHAR)";
    }
    return IntStream.range(0, all.size())
        .mapToObj(code -> {
          int ordinal = all.get(code).ordinal();
          return "WHEN _fault = %d THEN replace(%s, chr(0), '\u2400')"
              .formatted(code, cells.get(ordinal).textOf(RowFaults.cell(ordinal)));
        })
        .collect(Collectors.joining(" ", "CASE ", " END"));
  }

  @Override
  public String rejects(String table) {
    List<RowFaults.Fault> all = faults.list();
    return """
    SELECT _line AS line, _position AS position, %s AS "column", %s AS reason, _value AS value,
      _record AS record
    FROM %s WHERE _fault IS NOT NULL\
    """
        .formatted(
            RowCheck.ofFault(all.stream().map(fault -> text(fault.column())), "VARCHAR"),
            RowCheck.ofFault(all.stream().map(fault -> text(fault.reason())), "VARCHAR"),
            table);
  }

  private String each(IntFunction<String> item) {
    return IntStream.range(0, cells.size()).mapToObj(item).collect(Collectors.joining(", "));
  }
}
