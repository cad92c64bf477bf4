package io.sightglass.engine.ingest.infer;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.duckdb.DuckDbSession;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of a sample as a table of the engine, every plain cell as text. Used by one thread.
 *
 * @param dialect how the CSV is written; of other formats the default
 * @param columns in the file's order
 * @param count rows in the sample
 */
record SampleRows(CsvDialect dialect, List<SampleColumn> columns, long count) {

  static final String TABLE = "guessed_from";

  /** The likeliest first: of equals the first one is taken. */
  private static final String DELIMITERS = ",\t;|";

  private static final String ALL_ROWS = "sample_size = -1";

  /**
   * A column as the file has it.
   *
   * @param text whether its cells are texts in the table; else they have {@code type}
   * @param type the engine's type
   */
  record SampleColumn(String name, boolean text, String type) {}

  /** Reads the sample into {@link #TABLE}. */
  static SampleRows read(DuckDbSession session, SampleFile sample) {
    try {
      return switch (sample.format()) {
        case CSV -> csv(session, sample);
        case NDJSON -> json(session, sample);
        case PARQUET -> typed(session, "read_parquet(%s)".formatted(path(sample)), false);
        case AVRO -> throw new IllegalStateException("no sample of Avro is taken");
      };
    } catch (EngineException failure) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "The file is no %s that can be read".formatted(sample.format()),
          failure);
    }
  }

  private static SampleRows csv(DuckDbSession session, SampleFile sample) {
    char delimiter = delimiter(sample);
    CsvDialect dialect =
        session
            .query(
                """
                SELECT Quote, "Escape", HasHeader FROM sniff_csv(%s, all_varchar = true, delim = %s,
                  ignore_errors = true, strict_mode = false)
                """
                    .formatted(path(sample), text(String.valueOf(delimiter))),
                List.of(),
                row -> {
                  char quote = character(row.getString(1), '"');
                  // Without one seen, a quote is doubled inside itself.
                  char escape = "\\".equals(row.getString(2)) ? '\\' : quote;
                  return new CsvDialect(
                      delimiter, quote, escape, sample.encoding(), row.getBoolean(3), List.of());
                })
            .getFirst();
    String rows =
        """
        read_csv(%s, all_varchar = true, auto_detect = true, delim = %s, quote = %s, escape = %s,
          header = %s, ignore_errors = true,
          strict_mode = false, max_line_size = 4000000)
        """
            .formatted(
                path(sample),
                text(String.valueOf(dialect.delimiter())),
                text(String.valueOf(dialect.quote())),
                text(String.valueOf(dialect.escape())),
                dialect.header());
    SampleRows read = typed(session, rows, true);
    return new SampleRows(dialect, read.columns(), read.count());
  }

  /** The sign that the first line holds most of: later lines may hold it in free text. */
  private static char delimiter(SampleFile sample) {
    try (BufferedReader lines = Files.newBufferedReader(sample.path())) {
      String first = String.valueOf(lines.readLine());
      return DELIMITERS
          .chars()
          .boxed()
          .max(Comparator.comparingLong(sign -> first.chars().filter(sign::equals).count()))
          .map(sign -> (char) sign.intValue())
          .orElse(',');
    } catch (IOException failure) {
      throw new EngineException(ErrorCode.INTERNAL, "The sample cannot be read", failure);
    }
  }

  /** Plain values are read again as the text they were written with. */
  private static SampleRows json(DuckDbSession session, SampleFile sample) {
    String rows =
        "read_json(%s, format = 'newline_delimited', records = true, %s, map_inference_threshold = -1)"
            .formatted(path(sample), ALL_ROWS);
    List<String> types = new ArrayList<>();
    for (SampleColumn column : describe(session, rows, false)) {
      boolean nested = column.type().endsWith("]") || column.type().startsWith("STRUCT");
      types.add("%s: %s".formatted(text(column.name()), text(nested ? column.type() : "VARCHAR")));
    }
    return typed(
        session,
        "read_json(%s, format = 'newline_delimited', records = true, columns = {%s})"
            .formatted(path(sample), String.join(", ", types)),
        true);
  }

  private static SampleRows typed(DuckDbSession session, String rows, boolean texts) {
    session.execute("CREATE OR REPLACE TABLE %s AS FROM %s".formatted(name(TABLE), rows));
    long count =
        session
            .query("SELECT count(*) FROM %s".formatted(name(TABLE)), List.of(), r -> r.getLong(1))
            .getFirst();
    return new SampleRows(CsvDialect.DEFAULT, describe(session, name(TABLE), texts), count);
  }

  private static List<SampleColumn> describe(DuckDbSession session, String rows, boolean texts) {
    return session.query(
        "SELECT column_name, column_type FROM (DESCRIBE FROM %s)".formatted(rows),
        List.of(),
        row ->
            new SampleColumn(
                row.getString(1), texts && "VARCHAR".equals(row.getString(2)), row.getString(2)));
  }

  private static String path(SampleFile sample) {
    return text(sample.path().toString());
  }

  private static char character(String sniffed, char otherwise) {
    return sniffed.length() == 1 ? sniffed.charAt(0) : otherwise;
  }
}
