package io.sightglass.engine.sql.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.sql.ExpressionWalk;
import io.sightglass.engine.sql.Names;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.Flows.Rows;
import io.sightglass.engine.sql.lineage.Flows.TableUse;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import io.sightglass.engine.sql.lineage.LineageScope.Binding;
import io.sightglass.engine.sql.lineage.LineageScope.Shown;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/** Follows the columns of what stands in FROM; part of one {@link LineageReader#read}. */
final class LineageFrom {

  private final LineageQuery queries;
  private final LineageExpression expressions;
  private final Lineages found;

  LineageFrom(LineageQuery queries, LineageExpression expressions, Lineages found) {
    this.queries = queries;
    this.expressions = expressions;
    this.found = found;
  }

  /** Adds what a FROM names to the scope. */
  void from(JsonNode node, LineageScope scope) {
    switch (node.path("type").asText()) {
      case "BASE_TABLE" -> table(node, scope);
      case "EMPTY" -> {}
      case "EXPRESSION_LIST" -> values(node, scope);
      case "JOIN" -> join(node, scope);
      case "PIVOT" -> pivot(node, scope);
      case "SUBQUERY" -> bind(node, queries.query(node.at("/subquery/node"), scope), scope);
      default -> {
        Set<UseColumn> sources = expressions.sources(node.get("function"), scope);
        List<FlowColumn> columns = List.of(FlowColumn.computed("", sources));
        bind(node, new Rows(columns, Set.of(), sources, Set.of(), false), scope);
      }
    }
    if (node.path("sample").isObject()) {
      queries.cross("sample", scope, Set.of());
    }
  }

  private static List<String> names(JsonNode node, String field) {
    return node.has(field) ? ExpressionWalk.texts(node.get(field)) : List.of();
  }

  private static void bind(JsonNode node, Rows rows, LineageScope scope) {
    String alias = Names.fold(node.path("alias").asText());
    add(
        new Binding(
            alias.isEmpty() ? List.of() : List.of(alias),
            rows.as(names(node, "column_name_alias"))),
        scope);
  }

  private static void add(Binding binding, LineageScope scope) {
    scope.bindings.add(binding);
    binding.rows().columns().forEach(column -> scope.shown.add(new Shown(binding, column)));
  }

  private void table(JsonNode node, LineageScope scope) {
    List<String> path = names(node.get("qualified_name"), "path");
    String alias = Names.fold(node.get("alias").textValue());
    Rows cte = path.size() == 1 ? scope.ctes.get(Names.fold(path.getFirst())) : null;
    Rows rows;
    if (cte == null) {
      TableUse use = found.use(path);
      List<FlowColumn> columns = new ArrayList<>();
      for (String column : found.tables.columns(path)) {
        columns.add(FlowColumn.of(new UseColumn(use, Names.fold(column))));
      }
      rows = new Rows(columns, Set.of(use), Set.of(), Set.of(), true);
    } else {
      rows = cte.again(found);
    }
    List<String> name = alias.isEmpty() ? path.stream().map(Names::fold).toList() : List.of(alias);
    add(new Binding(name, rows.as(names(node, "column_name_alias"))), scope);
  }

  private void values(JsonNode node, LineageScope scope) {
    List<FlowColumn> columns = new ArrayList<>();
    for (JsonNode row : node.get("values")) {
      for (int index = 0; index < row.size(); index++) {
        FlowColumn one =
            FlowColumn.computed("col" + index, expressions.sources(row.get(index), scope));
        if (index < columns.size()) {
          columns.set(index, columns.get(index).or(one));
        } else {
          columns.add(one);
        }
      }
    }
    Rows rows = Rows.of(columns, true).as(names(node, "expected_names"));
    String alias = Names.fold(node.get("alias").textValue());
    add(new Binding(alias.isEmpty() ? List.of() : List.of(alias), rows), scope);
  }

  /** One side of a join: the bindings and shown columns that it has added to the scope. */
  private record Side(int bindingsFrom, int shownFrom) {}

  private void join(JsonNode node, LineageScope scope) {
    String type = node.get("join_type").textValue();
    String kind = node.get("ref_type").textValue();
    final Side left = new Side(scope.bindings.size(), scope.shown.size());
    from(node.get("left"), scope);
    final Side right = new Side(scope.bindings.size(), scope.shown.size());
    from(node.get("right"), scope);
    Set<TableUse> leftUses = uses(scope, left.bindingsFrom(), right.bindingsFrom());
    Set<TableUse> rightUses = uses(scope, right.bindingsFrom(), scope.bindings.size());
    if (node.get("condition").isObject()) {
      scope.conditions.addAll(expressions.sources(node.get("condition"), scope));
      equalities(node.get("condition"), scope, holds(type, leftUses, rightUses));
    }
    List<String> using = using(node, kind, scope, left, right);
    for (String column : using) {
      merge(column, type, scope, left, right);
    }
    if ("ASOF".equals(kind)) {
      found.cross("asof join", rightUses, asof(scope, rightUses, leftUses));
    }
    if ("POSITIONAL".equals(kind)) {
      found.cross("positional join", Flows.union(leftUses, rightUses), Set.of());
    }
    if ("SEMI".equals(type) || "ANTI".equals(type)) {
      pairs(leftUses, rightUses, scope);
      dropRight(scope, right);
      return;
    }
    if ("LEFT".equals(type) || "FULL".equals(type)) {
      nullable(scope, right.bindingsFrom(), scope.bindings.size());
    }
    if ("RIGHT".equals(type) || "FULL".equals(type)) {
      nullable(scope, left.bindingsFrom(), right.bindingsFrom());
    }
  }

  /** Whether an equality in the condition holds wherever rows of the two uses meet. */
  private static BiPredicate<TableUse, TableUse> holds(
      String type, Set<TableUse> left, Set<TableUse> right) {
    return switch (type) {
      case "INNER" -> (one, two) -> true;
      case "LEFT", "SEMI", "ANTI" -> (one, two) -> right.contains(one) || right.contains(two);
      case "RIGHT" -> (one, two) -> left.contains(one) || left.contains(two);
      default -> (one, two) -> left.contains(one) != left.contains(two);
    };
  }

  private static Set<UseColumn> asof(
      LineageScope scope, Set<TableUse> rightUses, Set<TableUse> leftUses) {
    Set<UseColumn> within = new LinkedHashSet<>();
    for (Set<UseColumn> one : scope.equalities.classes()) {
      boolean meets = one.stream().anyMatch(column -> leftUses.contains(column.use()));
      one.stream().filter(column -> meets && rightUses.contains(column.use())).forEach(within::add);
    }
    return within;
  }

  private static Set<TableUse> uses(LineageScope scope, int start, int end) {
    Set<TableUse> uses = new LinkedHashSet<>();
    scope.bindings.subList(start, end).forEach(binding -> uses.addAll(binding.rows().uses()));
    return uses;
  }

  private static void nullable(LineageScope scope, int start, int end) {
    for (int index = start; index < end; index++) {
      Binding before = scope.bindings.get(index);
      Binding after = before.asNullable();
      scope.bindings.set(index, after);
      scope.shown.replaceAll(shown ->
          shown.binding() == before ? new Shown(after, shown.column().asNullable()) : shown);
    }
  }

  private static void dropRight(LineageScope scope, Side right) {
    List<Binding> dropped = scope.bindings.subList(right.bindingsFrom(), scope.bindings.size());
    dropped.forEach(binding -> scope.conditions.addAll(binding.rows().conditions()));
    dropped.clear();
    scope.shown.subList(right.shownFrom(), scope.shown.size()).clear();
  }

  private static List<String> using(
      JsonNode node, String kind, LineageScope scope, Side left, Side right) {
    if (!"NATURAL".equals(kind)) {
      return names(node, "using_columns");
    }
    Set<String> ofLeft = new LinkedHashSet<>();
    scope
        .shown
        .subList(left.shownFrom(), right.shownFrom())
        .forEach(shown -> ofLeft.add(shown.column().name()));
    List<String> common = new ArrayList<>();
    for (Shown shown : scope.shown.subList(right.shownFrom(), scope.shown.size())) {
      if (ofLeft.contains(shown.column().name())) {
        common.add(shown.column().name());
      }
    }
    return common;
  }

  /** Makes one column of those of that name on both sides. */
  private void merge(String written, String type, LineageScope scope, Side left, Side right) {
    String name = Names.fold(written);
    int ofLeft = indexOf(name, scope, left.shownFrom(), right.shownFrom());
    int ofRight = indexOf(name, scope, right.shownFrom(), scope.shown.size());
    if (ofLeft < 0 || ofRight < 0) {
      scope.conditions.addAll(scope.everything());
      return;
    }
    FlowColumn one = scope.shown.get(ofLeft).column();
    FlowColumn two = scope.shown.get(ofRight).column();
    scope.conditions.addAll(one.sources());
    scope.conditions.addAll(two.sources());
    if (!one.equal().isEmpty() && !two.equal().isEmpty()) {
      scope.equalities.add(Flows.union(one.equal(), two.equal()));
    }
    Set<UseColumn> sources = Flows.union(one.sources(), two.sources());
    FlowColumn merged =
        switch (type) {
          case "RIGHT" -> new FlowColumn(name, sources, two.origin(), two.equal(), two.nullable());
          case "FULL" -> FlowColumn.computed(name, sources);
          default -> new FlowColumn(name, sources, one.origin(), one.equal(), one.nullable());
        };
    Binding binding = scope.shown.get(ofLeft).binding();
    scope.shown.remove(ofRight);
    scope.shown.set(ofLeft, new Shown("RIGHT".equals(type) ? MERGED : binding, merged));
  }

  /** The binding of a merged column whose own one becomes nullable without it. */
  private static final Binding MERGED = new Binding(List.of(), Rows.of(List.of(), true));

  private static int indexOf(String name, LineageScope scope, int start, int end) {
    for (int index = start; index < end; index++) {
      if (scope.shown.get(index).column().name().equals(name)) {
        return index;
      }
    }
    return -1;
  }

  /** Notes which columns a condition makes equal: its equalities that are joined by AND. */
  void equalities(JsonNode condition, LineageScope scope, BiPredicate<TableUse, TableUse> holds) {
    if ("CONJUNCTION_AND".equals(condition.path("type").asText())) {
      condition.get("children").forEach(child -> equalities(child, scope, holds));
      return;
    }
    boolean ofColumns =
        "COMPARE_EQUAL".equals(condition.path("type").asText())
            && condition.at("/left").has("column_names")
            && condition.at("/right").has("column_names");
    if (!ofColumns) {
      return;
    }
    Set<UseColumn> left = expressions.column(condition.get("left"), scope).equal();
    Set<UseColumn> right = expressions.column(condition.get("right"), scope).equal();
    boolean all =
        !left.isEmpty()
            && !right.isEmpty()
            && left.stream()
                .allMatch(one -> right.stream().allMatch(two -> holds.test(one.use(), two.use())));
    if (all) {
      scope.equalities.add(Flows.union(left, right));
    }
  }

  /** Notes that rows of everything joined here meet. */
  void pairs(LineageScope scope) {
    for (int left = 0; left < scope.bindings.size(); left++) {
      for (int right = left + 1; right < scope.bindings.size(); right++) {
        pairs(
            scope.bindings.get(left).rows().uses(), scope.bindings.get(right).rows().uses(), scope);
      }
    }
  }

  private void pairs(Set<TableUse> left, Set<TableUse> right, LineageScope scope) {
    for (TableUse one : left) {
      right.forEach(two -> found.pair(one, two, scope.equalities));
    }
  }

  /** Follows a PIVOT or UNPIVOT without its names: what it makes depends on all that it reads. */
  private void pivot(JsonNode node, LineageScope scope) {
    LineageScope inner = scope.inner(scope.ctes);
    from(node.get("source"), inner);
    pairs(inner);
    Set<UseColumn> all = new LinkedHashSet<>(inner.everything());
    all.addAll(inner.conditions);
    boolean unpivot = !node.get("unpivot_names").isEmpty();
    List<FlowColumn> columns = new ArrayList<>();
    Set<UseColumn> within = new LinkedHashSet<>();
    Set<String> groups = new LinkedHashSet<>();
    names(node, "groups").forEach(group -> groups.add(Names.fold(group)));
    for (Shown shown : inner.shown) {
      FlowColumn column = shown.column();
      boolean kept = unpivot || groups.contains(column.name());
      columns.add(kept ? column : FlowColumn.computed(column.name(), all));
      if (!unpivot && kept) {
        within.addAll(column.equal());
      }
    }
    names(node, "unpivot_names").forEach(name -> columns.add(computed(name, all)));
    for (JsonNode pivot : node.get("pivots")) {
      names(pivot, "unpivot_names").forEach(name -> columns.add(computed(name, all)));
    }
    if (!unpivot) {
      queries.cross("pivot", inner, within);
    }
    columns.add(FlowColumn.computed("", all));
    bind(node, new Rows(columns, inner.uses(), all, Set.of(), false), scope);
  }

  private static FlowColumn computed(String name, Set<UseColumn> sources) {
    return FlowColumn.computed(Names.fold(name), sources);
  }
}
