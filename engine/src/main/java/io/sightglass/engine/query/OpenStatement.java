package io.sightglass.engine.query;

import io.sightglass.engine.duckdb.ArrowCursor;
import java.util.function.UnaryOperator;

/**
 * A statement that has been admitted and holds a session: what an encoder works on. Used by one
 * thread at a time.
 */
public interface OpenStatement {

  /** What is known before the first row. */
  StatementAnswer answer();

  /**
   * Starts the query. The engine's work from here on counts against the time limit only while a
   * call into the cursor lasts.
   *
   * @param wrap SQL around the statement's own, such as casts of its columns
   */
  ArrowCursor start(UnaryOperator<String> wrap);
}
