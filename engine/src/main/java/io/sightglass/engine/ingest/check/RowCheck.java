package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.staging.StagedSource;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that reads a staged source once: every row with its typed values, its first fault and
 * whether it is wanted. Immutable.
 *
 * <p>The table has {@code _line}, {@code _position}, the contract's columns, {@code _fault} (a code
 * of {@link RowFaults}, NULL for a good row), {@code _cells} (the source's, of faulty rows alone)
 * and {@code _wanted}.
 */
final class RowCheck implements SourceCheck {

  private static final String BLANK = "''";

  private final Dataset dataset;
  private final Source source;
  private final StagedSource staged;
  private final RowFaults faults;
  private final @Nullable String where;

  RowCheck(Dataset dataset, Source source, StagedSource staged, @Nullable String where) {
    this.dataset = dataset;
    this.source = source;
    this.staged = staged;
    this.where = where;
    faults = new RowFaults(dataset, ordinal -> null);
  }

  @Override
  public void createTable(DuckDbSession session, String table) {
    session.execute("CREATE TABLE %s AS %s".formatted(table, query()));
  }

  /** The whole statement's query. */
  String query() {
    List<Column> columns = dataset.columns();
    String names = columns.stream().map(c -> name(c.name())).collect(Collectors.joining(", "));
    String cells =
        IntStream.range(0, columns.size())
            .mapToObj(ordinal -> nullable(ordinal) + " AS " + RowFaults.cell(ordinal))
            .collect(Collectors.joining(", "));
    String values =
        IntStream.range(0, columns.size())
            .mapToObj(ordinal ->
                CellCast.value(columns.get(ordinal), RowFaults.cell(ordinal))
                    + " AS "
                    + name(columns.get(ordinal).name()))
            .collect(Collectors.joining(", "));
    return """
    SELECT _line, _position, %s, _fault,
      CASE WHEN _fault IS NOT NULL THEN %s END AS _cells,
      %s AS _wanted
    FROM (SELECT *, %s AS _fault
    FROM (SELECT *, %s
    FROM (SELECT *, %s
    FROM %s)))\
    """
        .formatted(
            names,
            cells(),
            where == null
                ? "true"
                : "CASE WHEN _fault IS NULL THEN (%s) IS TRUE END".formatted(where),
            faults.code(),
            values,
            cells,
            reader());
  }

  /** The file as texts; nothing is ever detected, and a record that does not fit is a failure. */
  private String reader() {
    String cells =
        IntStream.range(0, staged.columns().count())
            .mapToObj(cell -> ", '_c%d': 'VARCHAR'".formatted(cell))
            .collect(Collectors.joining());
    return """
    read_csv(%s, auto_detect = false, header = false, delim = %s, quote = %s, escape = %s,
      new_line = '\\n', nullstr = '', allow_quoted_nulls = false, max_line_size = %d,
      columns = {'_line': 'BIGINT', '_position': 'BIGINT'%s})\
    """
        .formatted(
            text(staged.records().toString()),
            text(String.valueOf(staged.delimiter())),
            text(String.valueOf(staged.quote())),
            text(String.valueOf(staged.quote())),
            Math.max(2 << 20, 2 * staged.longestRecord()),
            cells);
  }

  private String cells() {
    return IntStream.range(0, staged.columns().count())
        .mapToObj(cell -> "_c" + cell)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** The text of a column's cell; a text that stands for NULL is NULL, quoted or not. */
  private String nullable(int ordinal) {
    List<String> texts =
        staged.columns().cells().get(ordinal).stream().map(cell -> nullable("_c" + cell)).toList();
    return switch (texts.size()) {
      case 0 -> "CAST(NULL AS VARCHAR)";
      case 1 -> texts.getFirst();
      default -> "coalesce(%s)".formatted(String.join(", ", texts));
    };
  }

  private String nullable(String cell) {
    List<String> nulls = source.csv().nullText();
    // In CSV an empty cell is an empty text, unless the contract says that it is NULL.
    String present =
        source.format() == Source.Format.CSV && !nulls.contains("")
            ? "coalesce(%s, %s)".formatted(cell, BLANK)
            : cell;
    if (nulls.isEmpty()) {
      return present;
    }
    // No list: beyond a few values the engine makes a join of each, which costs a small file more
    // than everything else together.
    return "CASE WHEN %s THEN %s END"
        .formatted(
            nulls.stream()
                .map(value -> "%s <> %s".formatted(present, text(value)))
                .collect(Collectors.joining(" AND ")),
            present);
  }

  /**
   * The faulty rows of {@code rows}, a table as above: line, position, column, reason, value,
   * record. The value is the text of the cell at fault, the record all cells as they came, in the
   * form of a CSV line.
   */
  @Override
  public String rejects(String rows) {
    List<RowFaults.Fault> all = faults.list();
    List<List<Integer>> cells = staged.columns().cells();
    return """
    SELECT _line AS line, _position AS position, %s AS "column", %s AS reason,
      list_filter([%s FOR _place IN %s], lambda _text: _text IS NOT NULL)[1] AS value,
      array_to_string([%s FOR _cell IN _cells], %s) AS record
    FROM (SELECT _line, _position, _fault, _cells FROM %s WHERE _fault IS NOT NULL)\
    """
        .formatted(
            ofFault(all.stream().map(fault -> text(fault.column())), "VARCHAR"),
            ofFault(all.stream().map(fault -> text(fault.reason())), "VARCHAR"),
            nullable("_cells[_place + 1]"),
            ofFault(all.stream().map(fault -> "" + cells.get(fault.ordinal())), "INTEGER[]"),
            "CASE WHEN regexp_matches(_cell, %s) THEN '\"' || replace(_cell, '\"', '\"\"') || '\"' ELSE coalesce(_cell, '') END"
                .formatted(text("[\"\\n\\r" + inClass(staged.delimiter()) + "]")),
            text(String.valueOf(staged.delimiter())),
            rows);
  }

  /** What belongs to the row's fault, given what belongs to each. */
  static String ofFault(Stream<String> values, String type) {
    return "CAST(%s AS %s[])[_fault + 1]"
        .formatted(values.collect(Collectors.joining(", ", "[", "]")), type);
  }

  private static String inClass(char delimiter) {
    return delimiter == '\'' ? "'" : "\\" + delimiter;
  }
}
