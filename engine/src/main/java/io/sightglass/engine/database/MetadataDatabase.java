package io.sightglass.engine.database;

import org.jspecify.annotations.Nullable;

/**
 * The database of ledger, statement log and alerts: SQLite inside the process, or PostgreSQL.
 * Thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class MetadataDatabase implements AutoCloseable {

  /** Work inside a transaction. It may run again after a serialization failure. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Transaction transaction);
  }

  private MetadataDatabase() {}

  /** Opens the database and brings its schema up to date. The caller closes it. */
  public static MetadataDatabase open(DatabaseSettings settings) {
    throw new UnsupportedOperationException();
  }

  /**
   * Runs {@code work} as one transaction that may write: committed when it returns, rolled back
   * when it throws.
   */
  public <T extends @Nullable Object> T inTransaction(Work<T> work) {
    throw new UnsupportedOperationException();
  }

  /** Runs {@code work}, which only reads, against one consistent state. */
  public <T extends @Nullable Object> T read(Work<T> work) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
