package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedMacro;
import io.sightglass.engine.sql.MacroReading;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.PackFile;
import java.util.ArrayList;
import java.util.List;

/** Verifies {@code macros.sql} and puts its macros into the world. Not thread-safe. */
final class MacroChecker {

  private final Guard guard;
  private final Definitions world;
  private final Mistakes mistakes;

  MacroChecker(Guard guard, Definitions world, Mistakes mistakes) {
    this.guard = guard;
    this.world = world;
    this.mistakes = mistakes;
  }

  /** The good ones, in their order. */
  List<GuardedMacro> check(PackFile file) {
    SqlMistakes found = SqlMistakes.ofFile(mistakes, file.text(), file.start());
    MacroReading reading;
    try {
      reading = guard.checkMacros(file.text());
    } catch (EngineException e) {
      found.add(e);
      return List.of();
    }
    reading.mistakes().forEach(found::add);
    List<GuardedMacro> good = new ArrayList<>();
    for (GuardedMacro macro : reading.macros()) {
      if (world.defineMacro(macro.create()) instanceof Failed failed) {
        found.add(failed, macro.create());
      } else {
        good.add(macro);
      }
    }
    return good;
  }
}
