package io.sightglass.engine.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One transaction, used by one thread, until the work that it was given to returns.
 *
 * <p>Parameters are texts, numbers, booleans, enums (by name), {@link Instant} (a BIGINT of
 * microseconds since 1970), {@link LocalDate} (its ISO text) or null.
 */
public final class Transaction {

  private static final int ROWS_AT_ONCE = 1_000;

  private final Connection connection;
  private boolean ended;

  Transaction(Connection connection) {
    this.connection = connection;
  }

  /** Runs an INSERT, UPDATE or DELETE; the number of rows touched. */
  public int update(String sql, @Nullable Object... parameters) {
    return prepared(
        sql,
        statement -> {
          bind(statement, Arrays.asList(parameters));
          return statement.executeUpdate();
        });
  }

  /** Runs {@code sql} once per element, as one batch. */
  public void batch(String sql, List<? extends List<? extends @Nullable Object>> parameters) {
    if (parameters.isEmpty()) {
      return;
    }
    prepared(
        sql,
        statement -> {
          for (List<? extends @Nullable Object> row : parameters) {
            bind(statement, row);
            statement.addBatch();
          }
          return statement.executeBatch().length;
        });
  }

  /** All rows, mapped. */
  public <T> List<T> list(String sql, Function<Row, T> mapper, @Nullable Object... parameters) {
    return prepared(
        sql,
        statement -> {
          bind(statement, Arrays.asList(parameters));
          List<T> rows = new ArrayList<>();
          try (ResultSet result = statement.executeQuery()) {
            Row row = new Row(result);
            while (result.next()) {
              rows.add(mapper.apply(row));
            }
          }
          return rows;
        });
  }

  /** Hands over row after row, of which few are in memory. */
  public void forEach(String sql, Consumer<Row> told) {
    prepared(
        sql,
        statement -> {
          statement.setFetchSize(ROWS_AT_ONCE);
          try (ResultSet result = statement.executeQuery()) {
            Row row = new Row(result);
            while (result.next()) {
              told.accept(row);
            }
          }
          return null;
        });
  }

  /**
   * The only row, mapped; empty when there is none.
   *
   * @throws IllegalStateException when there is more than one
   */
  public <T> Optional<T> find(String sql, Function<Row, T> mapper, @Nullable Object... parameters) {
    List<T> rows = list(sql, mapper, parameters);
    if (rows.size() > 1) {
      throw new IllegalStateException("One row expected, " + rows.size() + " found");
    }
    return rows.stream().findFirst();
  }

  /** The connection itself, for what this class does not offer; neither committed nor closed. */
  public Connection connection() {
    if (ended) {
      throw new IllegalStateException("The transaction has ended");
    }
    return connection;
  }

  /** No further use: the connection goes back to others. */
  void end() {
    ended = true;
  }

  private interface Use<T extends @Nullable Object> {
    T with(PreparedStatement statement) throws SQLException;
  }

  private <T extends @Nullable Object> T prepared(String sql, Use<T> use) {
    try (PreparedStatement statement = connection().prepareStatement(sql)) {
      return use.with(statement);
    } catch (SQLException e) {
      throw new DatabaseFailure(e);
    }
  }

  private static void bind(PreparedStatement statement, List<? extends @Nullable Object> values)
      throws SQLException {
    int index = 1;
    for (Object value : values) {
      switch (value) {
        case null -> statement.setNull(index, Types.NULL);
        case Instant instant -> statement.setLong(index, Row.micros(instant));
        case LocalDate date -> statement.setString(index, date.toString());
        case Enum<?> constant -> statement.setString(index, constant.name());
        case String text -> statement.setString(index, text);
        case Boolean flag -> statement.setBoolean(index, flag);
        case Double number -> statement.setDouble(index, number);
        case Integer number -> statement.setInt(index, number);
        case Long number -> statement.setLong(index, number);
        default ->
            throw new IllegalArgumentException(
                "Parameter of " + value.getClass() + "; allowed: those that the class names");
      }
      index++;
    }
  }
}
