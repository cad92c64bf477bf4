package io.sightglass.web.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * An answer of any format as the CSV text that says the same, so that answers can be compared with
 * golden results and with each other.
 */
final class AnswerContents {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final StringBuilder csv = new StringBuilder();

  private AnswerContents() {}

  /** The rows of a JSON answer. */
  static String ofJson(byte[] body) throws IOException {
    JsonNode answer = JSON.readTree(body);
    AnswerContents contents = new AnswerContents();
    contents.line(answer.get("columns").findValuesAsText("name"));
    for (JsonNode row : answer.get("rows")) {
      contents.line(values(row));
    }
    return contents.csv.toString();
  }

  /**
   * The rows of an NDJSON answer.
   *
   * @param header where there is no row to tell the names
   */
  static String ofNdjson(byte[] body, String header) throws IOException {
    AnswerContents contents = new AnswerContents();
    List<String> lines = new String(body, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty()) {
      return header + "\n";
    }
    for (String line : lines) {
      JsonNode row = JSON.readTree(line);
      if (contents.csv.isEmpty()) {
        List<String> names = new ArrayList<>();
        row.fieldNames().forEachRemaining(names::add);
        contents.line(names);
      }
      contents.line(values(row));
    }
    return contents.csv.toString();
  }

  private static List<@Nullable String> values(JsonNode row) {
    List<@Nullable String> values = new ArrayList<>();
    for (JsonNode value : row) {
      values.add(value.isNull() ? null : value.asText());
    }
    return values;
  }

  /** The rows of an Arrow stream, which must have its end. */
  static String ofArrow(byte[] body) throws IOException {
    AnswerContents contents = new AnswerContents();
    try (RootAllocator allocator = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(body), allocator)) {
      VectorSchemaRoot batch = reader.getVectorSchemaRoot();
      contents.line(
          batch.getFieldVectors().stream().map(FieldVector::getName).collect(Collectors.toList()));
      while (reader.loadNextBatch()) {
        for (int row = 0; row < batch.getRowCount(); row++) {
          List<@Nullable String> values = new ArrayList<>();
          for (FieldVector vector : batch.getFieldVectors()) {
            values.add(vector.isNull(row) ? null : text(vector, row));
          }
          contents.line(values);
        }
      }
    }
    return contents.csv.toString();
  }

  private static String text(FieldVector vector, int row) {
    return switch (vector) {
      case DateDayVector days -> LocalDate.ofEpochDay(days.get(row)).toString();
      case TimeStampMicroTZVector micros ->
          Instant.EPOCH.plus(micros.get(row), ChronoUnit.MICROS).toString();
      default -> String.valueOf(vector.getObject(row));
    };
  }

  /** The rows of a Parquet file. */
  static String ofParquet(Path file) throws SQLException {
    AnswerContents contents = new AnswerContents();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      try (ResultSet rows =
          statement.executeQuery("FROM '%s'".formatted(file.toString().replace("'", "''")))) {
        int columns = rows.getMetaData().getColumnCount();
        List<String> names = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
          names.add(rows.getMetaData().getColumnName(column));
        }
        contents.line(names);
        while (rows.next()) {
          List<@Nullable String> values = new ArrayList<>();
          for (int column = 1; column <= columns; column++) {
            Object value = rows.getObject(column);
            values.add(
                value == null
                    ? null
                    : value instanceof OffsetDateTime time
                        ? time.toInstant().toString()
                        : value.toString());
          }
          contents.line(values);
        }
      }
    }
    return contents.csv.toString();
  }

  private void line(List<? extends @Nullable String> values) {
    csv.append(values.stream().map(AnswerContents::cell).collect(Collectors.joining(",")))
        .append('\n');
  }

  private static String cell(@Nullable String value) {
    if (value == null) {
      return "";
    }
    boolean quoted =
        value.isEmpty() || value.chars().anyMatch(character -> ",\"\n\r".indexOf(character) >= 0);
    return quoted ? '"' + value.replace("\"", "\"\"") + '"' : value;
  }
}
