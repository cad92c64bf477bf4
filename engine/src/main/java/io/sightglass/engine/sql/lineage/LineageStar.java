package io.sightglass.engine.sql.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.sql.Names;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.LineageScope.Binding;
import io.sightglass.engine.sql.lineage.LineageScope.Shown;
import java.util.ArrayList;
import java.util.List;

/** Expands {@code *} with EXCLUDE, REPLACE and RENAME into columns. */
final class LineageStar {

  private LineageStar() {}

  /** Adds the columns that a star gives; whether these are all, with their names. */
  static boolean expand(
      JsonNode star, LineageScope scope, LineageExpression expressions, List<FlowColumn> columns) {
    String relation = Names.fold(star.get("relation_name").textValue());
    boolean complete = true;
    List<Shown> shown = new ArrayList<>();
    if (relation.isEmpty()) {
      shown.addAll(scope.shown);
    }
    for (Binding binding : scope.bindings) {
      boolean meant = relation.isEmpty() || binding.isNamed(List.of(relation));
      complete &= !meant || binding.rows().complete();
      if (meant && !relation.isEmpty()) {
        binding.rows().columns().forEach(column -> shown.add(new Shown(binding, column)));
      }
    }
    // A struct column may be spread as well; which fields it has is not known here.
    if (!relation.isEmpty() && shown.isEmpty()) {
      columns.add(FlowColumn.computed("", scope.resolve(List.of(relation)).sources()));
      return false;
    }
    for (Shown one : shown) {
      if (!isExcluded(star, one)) {
        columns.add(renamed(star, one, replaced(star, one, scope, expressions)));
      }
    }
    return complete;
  }

  private static boolean isExcluded(JsonNode star, Shown shown) {
    for (JsonNode name : star.get("exclude_list")) {
      if (Names.fold(name.textValue()).equals(shown.column().name())) {
        return true;
      }
    }
    for (JsonNode name : star.get("qualified_exclude_list")) {
      if (isMeant(name, shown)) {
        return true;
      }
    }
    return false;
  }

  private static FlowColumn replaced(
      JsonNode star, Shown shown, LineageScope scope, LineageExpression expressions) {
    for (JsonNode entry : star.get("replace_list")) {
      if (Names.fold(entry.get("key").textValue()).equals(shown.column().name())) {
        return expressions.column(entry.get("value"), scope).named(shown.column().name());
      }
    }
    return shown.column();
  }

  private static FlowColumn renamed(JsonNode star, Shown shown, FlowColumn column) {
    for (JsonNode entry : star.get("rename_list")) {
      if (isMeant(entry.get("key"), shown)) {
        return column.named(Names.fold(entry.get("value").textValue()));
      }
    }
    return column;
  }

  private static boolean isMeant(JsonNode name, Shown shown) {
    List<String> qualifier = new ArrayList<>();
    for (String part : List.of("catalog", "schema", "table")) {
      String text = Names.fold(name.get(part).textValue());
      if (!text.isEmpty()) {
        qualifier.add(text);
      }
    }
    return Names.fold(name.get("column").textValue()).equals(shown.column().name())
        && (qualifier.isEmpty() || shown.binding().isNamed(qualifier));
  }
}
