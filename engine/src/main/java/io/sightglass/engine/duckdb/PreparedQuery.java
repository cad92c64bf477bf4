package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBPreparedStatement;
import org.duckdb.DuckDBResultSet;
import org.jspecify.annotations.Nullable;

/** A query that has been bound and not yet run. Used by one thread at a time. */
public final class PreparedQuery implements AutoCloseable {

  /** What the driver says when a streaming query fails before its first batch. */
  private static final String LOST_MESSAGE = "Invalid result set";

  private final DuckDbSession session;
  private final String sql;
  private final DuckDBPreparedStatement statement;

  PreparedQuery(DuckDbSession session, String sql, DuckDBPreparedStatement statement) {
    this.session = session;
    this.sql = sql;
    this.statement = statement;
  }

  /** What it will give; empty where that depends on the types of its parameters' values. */
  public Optional<List<OutputColumn>> findColumns() {
    try {
      ResultSetMetaData metaData = statement.getMetaData();
      List<OutputColumn> columns = columns(metaData);
      boolean open = columns.stream().anyMatch(column -> column.type().contains("UNKNOWN"));
      return open ? Optional.empty() : Optional.of(columns);
    } catch (SQLException e) {
      throw session.failed(e, sql);
    }
  }

  static List<OutputColumn> columns(ResultSetMetaData metaData) throws SQLException {
    List<OutputColumn> columns = new ArrayList<>();
    for (int index = 1; index <= metaData.getColumnCount(); index++) {
      columns.add(
          new OutputColumn(metaData.getColumnName(index), metaData.getColumnTypeName(index)));
    }
    return columns;
  }

  /**
   * Starts it. Blocks until the first rows are there, or the end.
   *
   * @param values of its parameters, by place
   * @param batchRows the most rows of one batch
   * @return the result, which the caller closes before this
   */
  public ArrowCursor start(List<? extends @Nullable Object> values, int batchRows) {
    session.setRunning(statement);
    try {
      DuckDbSession.bind(statement, values);
      DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery();
      return new StreamedResult(session, sql, result, batchRows);
    } catch (SQLException e) {
      session.setRunning(null);
      throw String.valueOf(e.getMessage()).contains(LOST_MESSAGE)
          ? findLostFailure(values, e)
          : session.failed(e, sql);
    }
  }

  /**
   * The driver drops the message of a failure before the first batch when results stream. Its other
   * interface keeps it, so the query runs into the same failure once more.
   */
  private EngineException findLostFailure(
      List<? extends @Nullable Object> values, SQLException lost) {
    try (PreparedQuery again = session.prepare(sql)) {
      session.setRunning(again.statement);
      DuckDbSession.bind(again.statement, values);
      try (DuckDBChunkedResult result = again.statement.query()) {
        // The failure came before the first batch was full; it comes at the same place again.
        for (int chunk = 0; chunk < CHUNKS_BEFORE_FIRST_BATCH && result.nextChunk(); chunk++) {
          // Only the failure is wanted.
        }
      }
      return session.failed(lost, sql);
    } catch (SQLException | RuntimeException e) {
      return session.failed(e, sql);
    } finally {
      session.setRunning(null);
    }
  }

  private static final int CHUNKS_BEFORE_FIRST_BATCH = 10_000;

  @Override
  public void close() {
    try {
      statement.close();
    } catch (SQLException e) {
      throw session.failed(e, sql);
    }
  }
}
