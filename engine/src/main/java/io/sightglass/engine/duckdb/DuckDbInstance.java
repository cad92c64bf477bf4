package io.sightglass.engine.duckdb;

import java.util.List;

/**
 * One in-memory DuckDB database, locked down. Thread-safe.
 *
 * <p>It closes when it has been retired and its last session has ended.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class DuckDbInstance {

  private DuckDbInstance() {}

  /**
   * Opens an instance, runs {@code definitions} in order, and locks it for good.
   *
   * @param definitions trusted statements, such as views and macros; never a caller's
   * @throws io.sightglass.engine.EngineException {@code INTERNAL} when one fails
   */
  public static DuckDbInstance open(DuckDbSettings settings, List<String> definitions) {
    throw unfinished();
  }

  /** A session of its own; the caller closes it. */
  public DuckDbSession openSession() {
    throw unfinished();
  }

  /** Whether new sessions may be opened: not retired, not invalidated by an error. */
  public boolean isUsable() {
    throw unfinished();
  }

  /** Lets no new session begin and closes the database when the last open one ends. */
  public void retire() {
    throw unfinished();
  }

  private static RuntimeException unfinished() {
    return new UnsupportedOperationException("not yet");
  }
}
