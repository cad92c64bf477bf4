package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedMacro;
import io.sightglass.engine.sql.MacroReading;
import io.sightglass.engine.sql.Macros;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Bound;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.PackFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Verifies {@code macros.sql} and puts its macros into the world. Not thread-safe. */
final class MacroChecker {

  private static final Pattern CREATE =
      Pattern.compile(
          "\\bCREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:MACRO|FUNCTION)\\s+([a-z_][a-z0-9_]*)"
              + "\\s*\\(([a-z0-9_,\\s]*)\\)",
          Pattern.CASE_INSENSITIVE);

  private final Guard guard;
  private final Definitions world;
  private final Mistakes mistakes;

  MacroChecker(Guard guard, Definitions world, Mistakes mistakes) {
    this.guard = guard;
    this.world = world;
    this.mistakes = mistakes;
  }

  /**
   * What a file of macros came to.
   *
   * @param good in their order
   * @param broken the names of those with mistakes, for which the world has stand-ins
   */
  record Checked(List<GuardedMacro> good, Set<String> broken) {

    static final Checked NONE = new Checked(List.of(), Set.of());

    /**
     * Every name that a definition may call: a broken one is no second mistake where it is used.
     */
    Macros names() {
      Set<String> names = new HashSet<>(broken);
      good.forEach(macro -> names.add(macro.name()));
      return new Macros(names);
    }
  }

  Checked check(PackFile file) {
    SqlMistakes found = SqlMistakes.ofFile(mistakes, file.text(), file.start());
    MacroReading reading;
    try {
      reading = guard.checkMacros(file.text());
    } catch (EngineException e) {
      found.add(e);
      return new Checked(List.of(), standIns(file, List.of()));
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
    return new Checked(good, standIns(file, good));
  }

  /** Puts something callable into the world for every macro of the file that is not good. */
  private Set<String> standIns(PackFile file, List<GuardedMacro> good) {
    Set<String> broken = new HashSet<>();
    Set<String> names = new HashSet<>();
    good.forEach(macro -> names.add(macro.name()));
    Matcher matcher = CREATE.matcher(file.text());
    while (matcher.find()) {
      String name = matcher.group(1).toLowerCase(Locale.ROOT);
      String create =
          "CREATE MACRO defs.main.%s(%s) AS NULL".formatted(name, matcher.group(2).strip());
      if (names.add(name) && world.defineMacro(create) instanceof Bound) {
        broken.add(name);
      }
    }
    return broken;
  }
}
