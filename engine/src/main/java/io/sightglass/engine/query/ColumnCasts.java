package io.sightglass.engine.query;

import java.util.Optional;

/** Which columns of a statement are written in another form before they leave. */
@FunctionalInterface
public interface ColumnCasts {

  /** Every column as it is. */
  ColumnCasts NONE = (value, type) -> Optional.empty();

  /**
   * The expression that stands for a column; empty where it stays.
   *
   * @param value an expression, cheap to repeat, that is the column's value
   * @param duckDbType DuckDB's name of its type
   */
  Optional<String> cast(String value, String duckDbType);
}
