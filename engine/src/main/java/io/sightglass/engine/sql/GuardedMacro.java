package io.sightglass.engine.sql;

import io.sightglass.engine.Position;
import java.util.List;

/**
 * One verified scalar macro. Immutable.
 *
 * @param create the canonical {@code CREATE MACRO defs.main.<name>(…) AS …}, exactly what runs
 * @param place where its {@code CREATE} stands in the text read
 */
public record GuardedMacro(
    String name, List<String> parameters, GuardedExpression body, String create, Position place) {

  public GuardedMacro {
    parameters = List.copyOf(parameters);
  }
}
