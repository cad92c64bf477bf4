package io.sightglass.engine.views;

import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.access.ColumnMask;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.sql.Macros;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.views.CallerPolicy.VisibleColumn;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import io.sightglass.engine.views.View.ViewColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the SELECT of a secure view from a view and the grant that shows it. Not thread-safe.
 *
 * <p>Filter and {@code unless} see stored values, hidden columns included: a bare name means the
 * view's column before it means an output of the same name.
 */
final class SecureViewSql {

  /** Before the name of an attribute: the variable with its one value. */
  static final String VALUE_PREFIX = "attr_";

  /** Before the name of an attribute: the variable with all its values. */
  static final String LIST_PREFIX = "attrs_";

  private final Guard guard;
  private final Macros macros;

  SecureViewSql(Guard guard, ViewPack pack) {
    this.guard = guard;
    this.macros = pack.macroNames();
  }

  VisibleView compile(View view, AccessDecision.Allowed allowed) {
    Grant grant = allowed.grant();
    Map<String, String> variables = new TreeMap<>();
    List<VisibleColumn> columns = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    for (ViewColumn column : view.columns()) {
      if (grant.hide().contains(column.name())) {
        continue;
      }
      ColumnMask mask = grant.masks().get(column.name());
      columns.add(visible(column, mask, allowed));
      outputs.add(
          mask == null
              ? "v." + quoted(column.name())
              : "%s AS %s".formatted(masked(column, mask, variables), quoted(column.name())));
    }
    String filter = grant.filter();
    String where = filter == null ? "" : " WHERE " + filtered(filter, variables);
    String select =
        "SELECT %s FROM defs.%s.%s AS v%s"
            .formatted(
                String.join(", ", outputs),
                quoted(view.name().schema()),
                quoted(view.name().name()),
                where);
    return new VisibleView(view, allowed, List.copyOf(columns), select, Map.copyOf(variables));
  }

  /** {@code every attribute IS NOT NULL AND (filter)}: without its attribute nobody sees a row. */
  private String filtered(String filter, Map<String, String> variables) {
    GuardedExpression guarded = guard.checkExpression(filter, macros);
    Map<String, String> own = variablesOf(guarded);
    variables.putAll(own);
    String present =
        own.keySet().stream()
            .map(variable -> "getvariable('%s') IS NOT NULL AND ".formatted(variable))
            .collect(Collectors.joining());
    return present + "(" + guarded.text() + ")";
  }

  private static Map<String, String> variablesOf(GuardedExpression guarded) {
    Map<String, String> variables = new TreeMap<>();
    guarded.attributes().forEach(name -> variables.put(VALUE_PREFIX + name, name));
    guarded.attributeLists().forEach(name -> variables.put(LIST_PREFIX + name, name));
    return variables;
  }

  private String masked(ViewColumn column, ColumnMask mask, Map<String, String> variables) {
    String value = "v." + quoted(column.name());
    String hidden = hidden(column, mask.with(), value);
    String unless = mask.unless();
    if (unless == null) {
      return hidden;
    }
    GuardedExpression guarded = guard.checkExpression(unless, macros);
    variables.putAll(variablesOf(guarded));
    return "CASE WHEN (%s) THEN %s ELSE %s END".formatted(guarded.text(), value, hidden);
  }

  private static String hidden(ViewColumn column, String with, String value) {
    if (!with.startsWith("mask_")) {
      return MaskSql.maskedInView(
          Mask.valueOf(with.toUpperCase(Locale.ROOT)), value, column.type());
    }
    return "CASE WHEN %s IS NOT NULL THEN CAST(defs.main.%s(%s) AS %s) END"
        .formatted(value, quoted(with), value, column.type());
  }

  private static VisibleColumn visible(
      ViewColumn column, @Nullable ColumnMask mask, AccessDecision.Allowed allowed) {
    Mask atRest = column.mask();
    if (mask != null) {
      String unless = mask.unless();
      String rule =
          "role %s masks it%s"
              .formatted(allowed.role().name(), unless == null ? "" : " unless " + unless.strip());
      return new VisibleColumn(column, true, mask.with(), rule);
    }
    return atRest == null
        ? new VisibleColumn(column, false, "", "role %s shows it".formatted(allowed.role().name()))
        : new VisibleColumn(column, true, MaskNames.of(atRest), "masked at rest");
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
