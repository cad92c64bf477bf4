package io.sightglass.benchmarks.rowwise;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** PostgreSQL by batches of inserts, one transaction a file. */
final class PostgresSink implements ClaimSink {

  private static final int BATCH = 1000;

  private final Connection connection;
  private final PreparedStatement insert;
  private LocalDate date = LocalDate.EPOCH;
  private int waiting;

  /** Makes the table {@code claims} anew. */
  PostgresSink(String url, List<ClaimColumn> columns) throws SQLException {
    connection = DriverManager.getConnection(url + "&reWriteBatchedInserts=true");
    String types =
        columns.stream()
            .map(column -> column.name() + " " + type(column) + ", ")
            .collect(Collectors.joining());
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS claims");
      statement.execute("CREATE TABLE claims (" + types + "file_date date)");
    }
    connection.setAutoCommit(false);
    insert =
        connection.prepareStatement(
            "INSERT INTO claims VALUES ("
                + String.join(", ", Collections.nCopies(columns.size() + 1, "?"))
                + ")");
  }

  private static String type(ClaimColumn column) {
    return switch (column.kind()) {
      case TEXT -> "text";
      case LONG -> "bigint";
      case INTEGER -> "integer";
      case BOOLEAN -> "boolean";
      case DATE -> "date";
      case INSTANT -> "timestamptz";
    };
  }

  @Override
  public void begin(LocalDate fileDate) throws SQLException {
    date = fileDate;
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM claims WHERE file_date = ?")) {
      delete.setObject(1, fileDate);
      delete.execute();
    }
  }

  @Override
  public void add(@Nullable Object[] row) throws SQLException {
    for (int index = 0; index < row.length; index++) {
      Object value = row[index];
      insert.setObject(
          index + 1, value instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : value);
    }
    insert.setObject(row.length + 1, date);
    insert.addBatch();
    if (++waiting == BATCH) {
      send();
    }
  }

  private void send() throws SQLException {
    insert.executeBatch();
    waiting = 0;
  }

  @Override
  public void commit() throws SQLException {
    send();
    connection.commit();
  }

  @Override
  public void close() throws SQLException {
    insert.close();
    connection.close();
  }
}
