package io.sightglass.engine.sql.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.sql.ExpressionWalk;
import io.sightglass.engine.sql.Names;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.Flows.Rows;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import io.sightglass.engine.sql.lineage.LineageScope.Binding;
import io.sightglass.engine.sql.lineage.LineageScope.Shown;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Follows the columns of expressions; part of one {@link LineageReader#read}. */
final class LineageExpression {

  private final LineageQuery queries;
  private final Lineages found;

  LineageExpression(LineageQuery queries, Lineages found) {
    this.queries = queries;
    this.found = found;
  }

  /** The column that an expression gives; unchanged only where it is one by name. */
  FlowColumn column(JsonNode node, LineageScope scope) {
    String alias = Names.fold(node.path("alias").asText());
    if ("COLUMN_REF".equals(node.path("class").asText())) {
      FlowColumn column = scope.resolve(ExpressionWalk.texts(node.get("column_names")));
      return alias.isEmpty() ? column : column.named(alias);
    }
    return FlowColumn.computed(alias, sources(node, scope));
  }

  /** Everything that the value of an expression depends on. */
  Set<UseColumn> sources(JsonNode node, LineageScope scope) {
    Set<UseColumn> sources = new LinkedHashSet<>();
    collect(node, scope, sources);
    return sources;
  }

  private void collect(JsonNode node, LineageScope scope, Set<UseColumn> into) {
    switch (node.path("class").asText()) {
      case "COLUMN_REF" ->
          into.addAll(scope.resolve(ExpressionWalk.texts(node.get("column_names"))).sources());
      case "STAR" -> star(node, scope, into);
      case "POSITIONAL_REFERENCE" -> into.addAll(scope.everything());
      case "SUBQUERY" -> subquery(node, scope, into);
      case "LAMBDA" -> collect(node.get("expr"), scope.lambda(parameters(node.get("lhs"))), into);
      case "WINDOW" -> {
        children(node, scope, into);
        Set<UseColumn> within = new LinkedHashSet<>();
        for (JsonNode partition : node.get("partitions")) {
          within.addAll(column(partition, scope).equal());
        }
        queries.cross("window", scope, within);
      }
      default -> children(node, scope, into);
    }
  }

  private void children(JsonNode node, LineageScope scope, Set<UseColumn> into) {
    for (JsonNode child : node) {
      if (child.isContainerNode()) {
        collect(child, scope, into);
      }
    }
  }

  /** {@code *} inside an expression: any column that it may mean, and what it is computed of. */
  private void star(JsonNode node, LineageScope scope, Set<UseColumn> into) {
    String relation = Names.fold(node.get("relation_name").textValue());
    for (Shown shown : scope.shown) {
      if (relation.isEmpty() || shown.binding().isNamed(List.of(relation))) {
        into.addAll(shown.column().sources());
      }
    }
    for (Binding binding : scope.bindings) {
      if (!binding.rows().complete()) {
        into.addAll(binding.rows().everything());
      }
    }
    node.get("replace_list").forEach(entry -> collect(entry.get("value"), scope, into));
    if (node.get("expr").isObject()) {
      collect(node.get("expr"), scope, into);
    }
  }

  private void subquery(JsonNode node, LineageScope scope, Set<UseColumn> into) {
    LineageScope around = scope;
    Rows rows = queries.query(node.at("/subquery/node"), around);
    into.addAll(rows.everything());
    Set<UseColumn> fixed = new LinkedHashSet<>();
    Equalities equalities = new Equalities();
    rows.links().forEach(link -> equalities.add(Set.of(link.inner(), link.outer())));
    rows.links().forEach(link -> fixed.add(link.inner()));
    if (node.get("child").isObject()) {
      FlowColumn child = column(node.get("child"), scope);
      into.addAll(child.sources());
      boolean equal = "COMPARE_EQUAL".equals(node.get("comparison_type").textValue());
      if (equal && rows.columns().size() == 1 && rows.complete()) {
        FlowColumn inner = rows.columns().getFirst();
        if (!child.equal().isEmpty() && !inner.equal().isEmpty()) {
          equalities.add(Flows.union(child.equal(), inner.equal()));
          fixed.addAll(inner.equal());
        }
      }
    }
    found.cross("subquery", rows.uses(), fixed);
    Set<Flows.TableUse> outer = new LinkedHashSet<>(scope.uses());
    outer.addAll(scope.outerUses());
    for (Flows.TableUse left : outer) {
      rows.uses().forEach(right -> found.pair(left, right, equalities));
    }
  }

  private static Set<String> parameters(JsonNode left) {
    Set<String> names = new HashSet<>();
    if (left.has("column_names")) {
      names.add(Names.fold(left.at("/column_names/0").asText()));
    }
    for (JsonNode argument : left.path("arguments")) {
      names.add(Names.fold(argument.at("/expression/column_names/0").asText()));
    }
    return names;
  }
}
