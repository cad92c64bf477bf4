package io.sightglass.engine.sql;

import java.util.List;
import java.util.Set;

/**
 * The macros of one pack that a definition or expression may call. Immutable.
 *
 * <p>They live in {@code defs.main}; canonical text names them completely.
 *
 * @param names in lower case
 */
public record Macros(Set<String> names) {

  /** The catalogue and schema that hold them. */
  static final List<String> SCHEMA = List.of("defs", "main");

  public static final Macros NONE = new Macros(Set.of());

  public Macros {
    names = Set.copyOf(names);
  }
}
