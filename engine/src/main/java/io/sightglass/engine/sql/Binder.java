package io.sightglass.engine.sql;

import java.util.List;

/** Binds verified SQL against definitions without data and without running it. Thread-safe. */
public interface Binder {

  /** One output column: its name and DuckDB's name for its type. */
  record OutputColumn(String name, String type) {}

  /**
   * The output columns of a query over the definitions this binder stands on.
   *
   * @throws io.sightglass.engine.EngineException {@code UNKNOWN_NAME}, {@code TYPE_MISMATCH},
   *     {@code AMBIGUOUS_NAME} or {@code NOT_ALLOWED}, with a position where it is known; never the
   *     engine's own text
   */
  List<OutputColumn> columns(String sql);
}
