package io.sightglass.engine.query;

import java.util.Optional;

/** Which columns of a statement are cast to another type before they leave. */
@FunctionalInterface
public interface ColumnCasts {

  /** Every column as it is. */
  ColumnCasts NONE = type -> Optional.empty();

  /**
   * The type to cast a column to; empty where it stays.
   *
   * @param duckDbType DuckDB's name of its type
   */
  Optional<String> castTo(String duckDbType);
}
