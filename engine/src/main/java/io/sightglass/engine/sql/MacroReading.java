package io.sightglass.engine.sql;

import io.sightglass.engine.EngineException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a text of {@code CREATE MACRO} statements came to. Immutable.
 *
 * @param macros the good ones, in order
 * @param mistakes one for each that is not, with its position in the whole text
 */
public record MacroReading(List<GuardedMacro> macros, List<EngineException> mistakes) {

  public MacroReading {
    macros = List.copyOf(macros);
    mistakes = List.copyOf(mistakes);
  }

  /** The names of the good ones. */
  public Macros names() {
    return new Macros(macros.stream().map(GuardedMacro::name).collect(Collectors.toSet()));
  }
}
