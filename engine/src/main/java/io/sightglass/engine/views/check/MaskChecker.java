package io.sightglass.engine.views.check;

import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.GuardedMacro;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Bound;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.GrantDraft.MaskDraft;
import io.sightglass.engine.views.files.Mistakes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Checks that a grant's mask exists and keeps the type of its column. Not thread-safe. */
final class MaskChecker {

  private final MacroChecker.Checked macros;
  private final Definitions world;
  private final Mistakes mistakes;

  MaskChecker(MacroChecker.Checked macros, Definitions world, Mistakes mistakes) {
    this.macros = macros;
    this.world = world;
    this.mistakes = mistakes;
  }

  /**
   * Checks one mask.
   *
   * @param views those that have the column
   */
  void check(String column, MaskDraft draft, List<Definition> views) {
    String with = draft.with();
    if (with.isEmpty() || macros.broken().contains(with)) {
      return;
    }
    if (!names().contains(with)) {
      mistakes.addUnknown(draft.place(), MistakeCode.UNKNOWN_NAME, "mask", with, names());
      return;
    }
    for (Definition view : views) {
      for (OutputColumn bound :
          view.sound && view.columns != null ? view.columns : List.<OutputColumn>of()) {
        if (bound.name().equals(column) && !keepsType(with, bound, view, draft)) {
          return;
        }
      }
    }
  }

  private boolean keepsType(String with, OutputColumn column, Definition view, MaskDraft draft) {
    if (!with.startsWith("mask_")) {
      Mask mask = Mask.valueOf(with.toUpperCase(Locale.ROOT));
      return MaskSql.keepsType(mask, column.type())
          || refuse(
              with, column, view, draft, "text masks for VARCHAR, year for dates, null for all");
    }
    GuardedMacro macro =
        macros.good().stream().filter(found -> found.name().equals(with)).findFirst().orElseThrow();
    if (macro.parameters().size() != 1) {
      return refuse(with, column, view, draft, "a macro %s(value)".formatted(with));
    }
    String sql =
        "SELECT defs.main.%s(\"%s\") FROM %s"
            .formatted(with, column.name(), String.join(".", GrantExpressions.quoted(view.path())));
    Outcome outcome = world.bind(sql);
    return switch (outcome) {
      case Bound bound ->
          bound.columns().getFirst().type().equals(column.type())
              || refuse(
                  with,
                  column,
                  view,
                  draft,
                  "a macro that gives "
                      + column.type()
                      + ", not "
                      + bound.columns().getFirst().type());
      case Failed failed -> refuse(with, column, view, draft, failed.message());
    };
  }

  private boolean refuse(
      String with, OutputColumn column, Definition view, MaskDraft draft, String allowed) {
    mistakes.add(
        draft.place(),
        MistakeCode.TYPE_MISMATCH,
        "mask %s of %s.%s, a %s".formatted(with, view.name(), column.name(), column.type()),
        allowed);
    return false;
  }

  /** What a grant may mask with. */
  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    Arrays.stream(Mask.values())
        .filter(mask -> mask != Mask.PSEUDONYM)
        .forEach(mask -> names.add(mask.name().toLowerCase(Locale.ROOT)));
    macros.good().stream()
        .map(GuardedMacro::name)
        .filter(name -> name.startsWith("mask_"))
        .forEach(names::add);
    return names;
  }
}
