package io.sightglass.engine.database;

import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One transaction, used by one thread. Parameters are texts, numbers, booleans, enums (by name),
 * {@link java.time.Instant} (a BIGINT of microseconds since 1970), {@link java.time.LocalDate} (its
 * ISO text) or null.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Transaction {

  private final Connection connection;

  Transaction(Connection connection) {
    this.connection = connection;
  }

  /** Runs an INSERT, UPDATE or DELETE; the number of rows touched. */
  public int update(String sql, @Nullable Object... parameters) {
    throw new UnsupportedOperationException();
  }

  /** Runs {@code sql} once per element, as one batch. */
  public void batch(String sql, List<? extends List<? extends @Nullable Object>> parameters) {
    throw new UnsupportedOperationException();
  }

  /** All rows, mapped. */
  public <T> List<T> list(String sql, Function<Row, T> mapper, @Nullable Object... parameters) {
    throw new UnsupportedOperationException();
  }

  /** The only row, mapped; empty when there is none. */
  public <T> Optional<T> find(String sql, Function<Row, T> mapper, @Nullable Object... parameters) {
    throw new UnsupportedOperationException();
  }

  /** The connection itself, for what this class does not offer; neither committed nor closed. */
  public Connection connection() {
    return connection;
  }
}
