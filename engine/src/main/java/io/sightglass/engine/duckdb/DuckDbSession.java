package io.sightglass.engine.duckdb;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an instance. Used by one thread at a time; {@link #interrupt} and {@link
 * #progress} may be called from any.
 *
 * <p>Every failure is an {@link io.sightglass.engine.EngineException} without the engine's own
 * text; that is the cause.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class DuckDbSession implements AutoCloseable {

  DuckDbSession() {}

  /** Reads one value of the current row of a result. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Sets a session variable to a text, or to NULL of type VARCHAR. */
  public void setVariable(String name, @Nullable String text) {
    throw unfinished();
  }

  /** Sets a session variable to a list of texts. */
  public void setVariable(String name, List<String> texts) {
    throw unfinished();
  }

  /** Runs one trusted statement to its end; the number of rows it changed, 0 where it says none. */
  public long execute(String sql) {
    throw unfinished();
  }

  /** Runs one trusted query to its end and reads every row. */
  public <T> List<T> query(
      String sql, List<? extends @Nullable Object> parameters, RowReader<T> reader) {
    throw unfinished();
  }

  /**
   * Starts a query whose result is taken in batches. One at a time per session; the caller closes
   * it.
   */
  public ArrowCursor stream(String sql, List<? extends @Nullable Object> parameters) {
    throw unfinished();
  }

  /** The share of the running query that is done, 0 to 1; empty where the engine cannot tell. */
  public OptionalDouble progress() {
    throw unfinished();
  }

  /** Asks the engine to stop what this session runs; nothing happens when it runs nothing. */
  public void interrupt() {
    throw unfinished();
  }

  /** Ends the session; whatever it still runs is interrupted. Idempotent. */
  @Override
  public void close() {
    throw unfinished();
  }

  private static RuntimeException unfinished() {
    return new UnsupportedOperationException("not yet");
  }
}
