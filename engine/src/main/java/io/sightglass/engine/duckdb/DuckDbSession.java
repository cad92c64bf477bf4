package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.ListValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBPreparedStatement;
import org.duckdb.QueryProgress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to an instance. Used by one thread at a time; {@link #interrupt} and {@link
 * #progress} may be called from any.
 *
 * <p>Every failure is an {@link EngineException} without the engine's own text.
 */
public final class DuckDbSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DuckDbSession.class);

  private final DuckDbInstance instance;
  private final DuckDBConnection connection;

  /** Held while the connection is touched from outside its thread, and while it closes. */
  private final ReentrantLock outside = new ReentrantLock();

  private volatile @Nullable DuckDBPreparedStatement running;
  private boolean closed;

  DuckDbSession(DuckDbInstance instance, DuckDBConnection connection) {
    this.instance = instance;
    this.connection = connection;
  }

  /** Reads one value of the current row of a result. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  public DuckDbInstance instance() {
    return instance;
  }

  /** Sets a session variable to a text, or to NULL of type VARCHAR. */
  public void setVariable(String name, @Nullable String text) {
    execute(
        "SET VARIABLE %s = %s"
            .formatted(
                Quoted.name(name), text == null ? "CAST(NULL AS VARCHAR)" : Quoted.text(text)));
  }

  /** Sets a session variable to a list of texts. */
  public void setVariable(String name, List<String> texts) {
    execute("SET VARIABLE %s = %s".formatted(Quoted.name(name), Quoted.texts(texts)));
  }

  /**
   * Sets several session variables at once: texts, and lists of texts.
   *
   * @throws IllegalArgumentException for any other value
   */
  public void setVariables(Map<String, ?> variables) {
    if (variables.isEmpty()) {
      return;
    }
    StringBuilder statements = new StringBuilder();
    variables.forEach((name, value) ->
        statements
            .append("SET VARIABLE ")
            .append(Quoted.name(name))
            .append(" = ")
            .append(literal(value))
            .append("; "));
    execute(statements.toString());
  }

  private static String literal(Object value) {
    return switch (value) {
      case String text -> Quoted.text(text);
      case List<?> list -> Quoted.texts(list.stream().map(String.class::cast).toList());
      default ->
          throw new IllegalArgumentException(
              "Variable of %s; allowed: a text, a list of texts".formatted(value.getClass()));
    };
  }

  /** Runs one trusted statement to its end; the number of rows it changed, 0 where it says none. */
  public long execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      running = statement.unwrap(DuckDBPreparedStatement.class);
      boolean rows = statement.execute(sql);
      return rows ? 0 : Math.max(0, statement.getLargeUpdateCount());
    } catch (SQLException e) {
      throw failed(e, sql);
    } finally {
      running = null;
    }
  }

  /** The same with parameters. */
  public long execute(String sql, List<? extends @Nullable Object> parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      running = statement.unwrap(DuckDBPreparedStatement.class);
      bind(statement, parameters);
      boolean rows = statement.execute();
      return rows ? 0 : Math.max(0, statement.getLargeUpdateCount());
    } catch (SQLException e) {
      throw failed(e, sql);
    } finally {
      running = null;
    }
  }

  /** Runs one trusted query to its end and reads every row. */
  public <T> List<T> query(
      String sql, List<? extends @Nullable Object> parameters, RowReader<T> reader) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      running = statement.unwrap(DuckDBPreparedStatement.class);
      bind(statement, parameters);
      List<T> rows = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(reader.read(result));
        }
      }
      return rows;
    } catch (SQLException e) {
      throw failed(e, sql);
    } finally {
      running = null;
    }
  }

  /**
   * Binds a query without running it. The caller closes it.
   *
   * @throws EngineException what is wrong with it, with its position
   */
  public PreparedQuery prepare(String sql) {
    try {
      return new PreparedQuery(
          this, sql, connection.prepareStatement(sql).unwrap(DuckDBPreparedStatement.class));
    } catch (SQLException e) {
      throw failed(e, sql);
    }
  }

  /** Binds values by place. */
  static void bind(PreparedStatement statement, List<? extends @Nullable Object> values)
      throws SQLException {
    for (int index = 0; index < values.size(); index++) {
      Object value = values.get(index);
      switch (value) {
        case BigInteger integer -> statement.setBigDecimal(index + 1, new BigDecimal(integer));
        case ListValue list ->
            statement.setArray(
                index + 1,
                statement
                    .getConnection()
                    .createArrayOf(list.elementType(), list.elements().toArray()));
        case null, default -> statement.setObject(index + 1, value);
      }
    }
  }

  /** The failure as callers may see it; an instance that it broke is taken out of use. */
  EngineException failed(Exception failure, String sql) {
    if (EngineErrors.isFatal(failure)) {
      instance.condemn("an internal or fatal error");
    }
    return EngineErrors.translate(failure, sql);
  }

  /** Notes what runs, for {@link #progress}. */
  void setRunning(@Nullable DuckDBPreparedStatement statement) {
    running = statement;
  }

  /** The share of the running query that is done, 0 to 1; empty where the engine cannot tell. */
  public OptionalDouble progress() {
    DuckDBPreparedStatement statement = running;
    if (statement == null || !outside.tryLock()) {
      return OptionalDouble.empty();
    }
    try {
      if (closed || statement.isClosed()) {
        return OptionalDouble.empty();
      }
      QueryProgress progress = statement.getQueryProgress();
      double share = progress.getPercentage() / 100;
      return share < 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.min(1, share));
    } catch (SQLException e) {
      return OptionalDouble.empty();
    } finally {
      outside.unlock();
    }
  }

  /**
   * Asks the engine to stop what this session runs; nothing happens when it runs nothing, and the
   * engine may miss it between two statements: ask again until the work has ended. Never blocks.
   */
  public void interrupt() {
    if (!outside.tryLock()) {
      return;
    }
    try {
      if (!closed) {
        EngineInterrupt.raise(connection);
      }
    } finally {
      outside.unlock();
    }
  }

  /** Ends the session; whatever it still runs is interrupted. Idempotent. */
  @Override
  public void close() {
    outside.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      running = null;
      connection.close();
    } catch (SQLException e) {
      LOG.warn("A DuckDB session did not close; its memory stays in use", e);
    } finally {
      outside.unlock();
    }
    instance.release();
  }
}
