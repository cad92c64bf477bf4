package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.sql.Macros;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.check.PatientBinder.Patience;
import io.sightglass.engine.views.files.GrantDraft.Placed;
import io.sightglass.engine.views.files.Mistakes;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks the filters and {@code unless} of grants over every view that they cover. Not thread-safe.
 */
final class GrantExpressions {

  private final Guard guard;
  private final Definitions world;
  private final Macros macros;
  private final Mistakes mistakes;

  GrantExpressions(Guard guard, Definitions world, Macros macros, Mistakes mistakes) {
    this.guard = guard;
    this.world = world;
    this.macros = macros;
    this.mistakes = mistakes;
  }

  /**
   * Checks one expression.
   *
   * @param role whose attributes it may read; null: not known, anything goes
   * @return null when the guard refuses it
   */
  @Nullable GuardedExpression check(
      String what, Placed text, @Nullable Role role, List<Definition> covered) {
    SqlMistakes found = SqlMistakes.ofText(mistakes, what, text.text(), text.place());
    GuardedExpression guarded;
    try {
      guarded = guard.checkExpression(text.text(), macros);
    } catch (EngineException e) {
      found.add(e);
      return null;
    }
    if (role != null) {
      checkAttributes(what, text, role, guarded);
    }
    for (Definition view : covered) {
      if (view.isBound() && !binds(view, what, text, guarded, found)) {
        break;
      }
    }
    return guarded;
  }

  private void checkAttributes(String what, Placed text, Role role, GuardedExpression guarded) {
    TreeSet<String> used = new TreeSet<>(guarded.attributes());
    used.addAll(guarded.attributeLists());
    for (String attribute : used) {
      if (!role.attributes().contains(attribute)) {
        mistakes.addUnknown(
            text.place(),
            MistakeCode.UNKNOWN_NAME,
            "%s: role %s lists in roles.yaml no attribute".formatted(what, role.name()),
            attribute,
            role.attributes());
      }
    }
  }

  private boolean binds(
      Definition view, String what, Placed text, GuardedExpression guarded, SqlMistakes found) {
    String sql =
        "SELECT (%s) FROM %s AS v".formatted(guarded.text(), String.join(".", quoted(view.path())));
    Patience patience = new PatientBinder(world).bind(sql);
    boolean good = true;
    for (Failed failure : patience.failures()) {
      if (view.sound || failure.code() == MistakeCode.UNKNOWN_COLUMN) {
        new SqlMistakes(
                mistakes,
                "%s over %s: ".formatted(what, view.name()),
                text.text(),
                found.start(),
                false)
            .add(failure, sql);
        good = false;
      }
    }
    List<OutputColumn> columns = patience.columns();
    if (good && view.sound && columns != null && !columns.getFirst().type().equals("BOOLEAN")) {
      mistakes.add(
          text.place(),
          MistakeCode.TYPE_MISMATCH,
          "%s of type %s".formatted(what, columns.getFirst().type()),
          "BOOLEAN");
      good = false;
    }
    return good;
  }

  static List<String> quoted(List<String> path) {
    return path.stream().map(part -> "\"" + part.replace("\"", "\"\"") + "\"").toList();
  }
}
