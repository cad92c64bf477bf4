package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.staging.SourceColumns;
import io.sightglass.engine.ingest.staging.StagedSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that reads a staged source once: every row with its typed values, its first fault and
 * whether it is wanted. Immutable.
 *
 * <p>The table has {@code _line}, {@code _position}, the contract's columns, {@code _fault} (a code
 * of {@link RowFaults}, NULL for a good row), {@code _value} and {@code _record} (texts, of faulty
 * rows alone) and {@code _wanted}.
 */
final class RowCheck {

  private static final String BLANK = "''";

  private final Dataset dataset;
  private final Source source;
  private final StagedSource staged;
  private final RowFaults faults;
  private final @Nullable String where;

  RowCheck(
      Dataset dataset,
      Source source,
      StagedSource staged,
      RowFaults faults,
      @Nullable String where) {
    this.dataset = dataset;
    this.source = source;
    this.staged = staged;
    this.faults = faults;
    this.where = where;
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
      CASE WHEN _fault IS NOT NULL THEN %s END AS _value,
      CASE WHEN _fault IS NOT NULL THEN %s END AS _record,
      %s AS _wanted
    FROM (SELECT *, %s AS _fault
    FROM (SELECT *, %s
    FROM (SELECT *, %s
    FROM %s)))\
    """
        .formatted(
            names,
            faults.cellAtFault("_fault"),
            record(),
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

  /** The text of a column's cell; a text that stands for NULL is NULL, quoted or not. */
  private String nullable(int ordinal) {
    SourceColumns columns = staged.columns();
    int cell = columns.cells().get(ordinal);
    if (cell < 0) {
      return "CAST(NULL AS VARCHAR)";
    }
    String raw = "_c" + cell;
    List<String> nulls = source.csv().nullText();
    // In CSV an empty cell is an empty text, unless the contract says that it is NULL.
    String present =
        source.format() == Source.Format.CSV && !nulls.contains("")
            ? "coalesce(%s, %s)".formatted(raw, BLANK)
            : raw;
    if (nulls.isEmpty()) {
      return present;
    }
    return "CASE WHEN %s NOT IN (%s) THEN %s END"
        .formatted(
            present,
            nulls.stream().map(value -> text(value)).collect(Collectors.joining(", ")),
            present);
  }

  /** The cells as they came, in the form of a CSV line. */
  private String record() {
    List<String> cells = new ArrayList<>();
    for (int cell = 0; cell < staged.columns().count(); cell++) {
      cells.add(
          "CASE WHEN regexp_matches(_c%1$d, '[\"\\n\\r%2$s]') THEN '\"' || replace(_c%1$d, '\"', '\"\"') || '\"' ELSE coalesce(_c%1$d, '') END"
              .formatted(cell, inClass(staged.delimiter())));
    }
    return "concat_ws(%s, %s)"
        .formatted(text(String.valueOf(staged.delimiter())), String.join(", ", cells));
  }

  private static String inClass(char delimiter) {
    return delimiter == '\'' ? "''" : "\\" + delimiter;
  }
}
