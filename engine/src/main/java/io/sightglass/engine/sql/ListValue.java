package io.sightglass.engine.sql;

import java.util.List;

/**
 * A list as the value of a statement's parameter. Immutable.
 *
 * @param elementType DuckDB's name of its elements' type
 */
public record ListValue(String elementType, List<?> elements) {

  public ListValue {
    elements = List.copyOf(elements);
  }
}
