package io.sightglass.benchmarks.rowwise;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Loads dumps of claims row by row: {@code parquet FOLDER FILE…} or {@code postgres URL FILE…}.
 *
 * <p>It masks, leaves out drafts, repeated claims and rows that it cannot read, and counts them; it
 * keeps no rejects, writes no vault, and knows nothing of a process that dies.
 */
public final class RowWiseLoader {

  private static final byte[] KEY = "not a secret: a benchmark's key".getBytes(UTF_8);
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setAllowMissingColumnNames(true)
          .setTrailingData(true)
          .setLenientEof(true)
          .get();

  private final List<ClaimColumn> columns;
  private final ClaimSink sink;
  private long read;
  private long written;

  private RowWiseLoader(List<ClaimColumn> columns, ClaimSink sink) {
    this.columns = columns;
    this.sink = sink;
  }

  /** Loads the files, and prints what it read and wrote. */
  public static void main(String[] arguments)
      throws IOException, SQLException, GeneralSecurityException {
    List<ClaimColumn> columns = ClaimColumn.all(new ClaimMasks(KEY));
    try (ClaimSink sink =
        switch (arguments[0]) {
          case "parquet" -> new ParquetSink(Path.of(arguments[1]), columns);
          case "postgres" -> new PostgresSink(arguments[1], columns);
          default ->
              throw new IllegalArgumentException(
                  "Seen %s; allowed: parquet, postgres".formatted(arguments[0]));
        }) {
      RowWiseLoader loader = new RowWiseLoader(columns, sink);
      for (String file : Arrays.asList(arguments).subList(2, arguments.length)) {
        loader.load(Path.of(file));
      }
      System.out.printf("read %d, written %d%n", loader.read, loader.written);
    }
  }

  private void load(Path file) throws IOException, SQLException {
    Matcher date = DATE.matcher(file.getFileName().toString());
    if (!date.find()) {
      throw new IllegalArgumentException("No date in the file's name; expected: YYYY-MM-DD");
    }
    sink.begin(LocalDate.parse(date.group()));
    Set<Object> claims = new HashSet<>();
    try (Reader text =
            new BufferedReader(
                new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file), 1 << 16), UTF_8));
        var records = FORMAT.parse(text)) {
      Map<String, Integer> header = records.getHeaderMap();
      int[] places =
          columns.stream()
              .mapToInt(column ->
                  header.getOrDefault(column.source(), header.getOrDefault(column.name(), -1)))
              .toArray();
      for (CSVRecord cells : records) {
        read++;
        @Nullable Object[] row = cells.size() == header.size() ? row(cells, places) : null;
        if (row != null && claims.add(String.valueOf(row[0]))) {
          sink.add(row);
          written++;
        }
      }
    }
    sink.commit();
  }

  /** Its values; null when it is not to be written. */
  private @Nullable Object @Nullable [] row(CSVRecord cells, int[] places) {
    @Nullable Object[] row = new @Nullable Object[places.length];
    try {
      for (int index = 0; index < places.length; index++) {
        ClaimColumn column = columns.get(index);
        String cell = places[index] < 0 ? "" : cells.get(places[index]);
        if (!ClaimColumn.isNull(cell)) {
          row[index] = column.value().apply(cell);
        } else if (column.required()) {
          return null;
        }
        if (column.name().equals("form_version") && "draft".equals(row[index])) {
          return null;
        }
      }
    } catch (RuntimeException unreadable) {
      // Counted as read, and not as written.
      return null;
    }
    return row;
  }
}
