package io.sightglass.engine.sql.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.sql.ExpressionWalk;
import io.sightglass.engine.sql.FunctionWalk;
import io.sightglass.engine.sql.Literals;
import io.sightglass.engine.sql.Names;
import io.sightglass.engine.sql.Trees;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.Flows.Link;
import io.sightglass.engine.sql.lineage.Flows.Rows;
import io.sightglass.engine.sql.lineage.Flows.TableUse;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import io.sightglass.engine.sql.lineage.LineageScope.Binding;
import io.sightglass.engine.sql.lineage.LineageScope.Shown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Follows the columns of queries; part of one {@link LineageReader#read}. */
final class LineageQuery {

  /** Rounds of a recursion; its columns are no more, and each round brings one's sources along. */
  private static final int MAX_ROUNDS = 50;

  private final Lineages found;
  private final LineageExpression expressions;
  private final LineageFrom from;

  LineageQuery(Lineages found) {
    this.found = found;
    this.expressions = new LineageExpression(this, found);
    this.from = new LineageFrom(this, expressions, found);
  }

  Rows query(JsonNode node, LineageScope outer) {
    return switch (node.path("type").asText()) {
      case "SET_OPERATION_NODE" -> setOperation(node, outer);
      case "RECURSIVE_CTE_NODE" -> recursive(node, outer, List.of());
      default -> select(node, outer);
    };
  }

  /**
   * Rows of everything here meet, all of which agree in the columns given and in the fixed ones.
   */
  void cross(String construct, LineageScope scope, Set<UseColumn> within) {
    Set<UseColumn> agreed = new LinkedHashSet<>(scope.equalities.with(within));
    links(scope).forEach(link -> agreed.add(link.inner()));
    found.cross(construct, scope.uses(), agreed);
  }

  private Map<String, Rows> with(JsonNode node, LineageScope outer) {
    Map<String, Rows> ctes = new HashMap<>(outer.ctes);
    for (JsonNode entry : node.at("/cte_map/map")) {
      JsonNode cte = entry.get("value");
      LineageScope scope = outer.inner(Map.copyOf(ctes));
      JsonNode body = cte.get("query_node");
      List<String> aliases = ExpressionWalk.texts(cte.get("aliases"));
      Rows rows =
          "RECURSIVE_CTE_NODE".equals(body.path("type").asText())
              ? recursive(body, scope, aliases)
              : query(body, scope).as(aliases);
      ctes.put(Names.fold(entry.get("key").textValue()), rows);
    }
    return Map.copyOf(ctes);
  }

  /** What a recursive query gives: followed until nothing is added. */
  private Rows recursive(JsonNode node, LineageScope outer, List<String> aliases) {
    LineageScope scope = outer.inner(with(node, outer));
    String name = Names.fold(node.get("cte_name").textValue());
    Rows left = query(node.get("left"), scope).as(aliases);
    Rows rows = left;
    boolean settled = false;
    for (int round = 0; round < MAX_ROUNDS && !settled; round++) {
      Map<String, Rows> ctes = new HashMap<>(scope.ctes);
      ctes.put(
          name, new Rows(rows.columns(), Set.of(), rows.conditions(), Set.of(), rows.complete()));
      Rows next = union(left, query(node.get("right"), scope.inner(ctes)));
      settled = sources(next).equals(sources(rows));
      rows = next;
    }
    found.cross("recursion", rows.uses(), Set.of());
    return settled ? rows : mixed(rows);
  }

  /** What is known of each column, whichever use of a table it comes from. */
  private static List<Object> sources(Rows rows) {
    List<Object> sources = new ArrayList<>();
    sources.add(Lineages.sources(rows.conditions()));
    for (FlowColumn column : rows.columns()) {
      sources.add(Lineages.sources(column.sources()));
      sources.add(Lineages.sources(column.origin()));
    }
    return sources;
  }

  private static Rows mixed(Rows rows) {
    Set<UseColumn> all = rows.everything();
    List<FlowColumn> columns =
        rows.columns().stream().map(column -> FlowColumn.computed(column.name(), all)).toList();
    return new Rows(columns, rows.uses(), all, rows.links(), rows.complete());
  }

  private Rows setOperation(JsonNode node, LineageScope outer) {
    LineageScope scope = outer.inner(with(node, outer));
    String kind = node.get("setop_type").textValue();
    List<Rows> branches = new ArrayList<>();
    node.get("children").forEach(child -> branches.add(query(child, scope)));
    Rows rows = branches.getFirst();
    for (Rows branch : branches.subList(1, branches.size())) {
      rows = "UNION_BY_NAME".equals(kind) ? unionByName(rows, branch) : union(rows, branch);
    }
    boolean exact = !node.get("setop_all").booleanValue() || !kind.startsWith("UNION");
    if (exact) {
      Set<UseColumn> within = new LinkedHashSet<>();
      rows.columns().forEach(column -> within.addAll(column.equal()));
      found.cross(Names.fold(kind).replace('_', ' '), rows.uses(), within);
      Set<UseColumn> conditions = new LinkedHashSet<>(rows.conditions());
      rows.columns().forEach(column -> conditions.addAll(column.sources()));
      rows = new Rows(rows.columns(), rows.uses(), conditions, rows.links(), rows.complete());
    }
    LineageScope result = scope.inner(scope.ctes);
    result.bindings.add(new Binding(List.of(), rows));
    Binding only = result.bindings.getFirst();
    rows.columns().forEach(column -> result.shown.add(new Shown(only, column)));
    modifiers(node, result, rows.columns());
    return new Rows(
        rows.columns(),
        rows.uses(),
        Flows.union(rows.conditions(), result.conditions),
        rows.links(),
        rows.complete());
  }

  private static Rows union(Rows left, Rows right) {
    boolean complete =
        left.complete() && right.complete() && left.columns().size() == right.columns().size();
    List<FlowColumn> columns = new ArrayList<>();
    if (complete) {
      for (int index = 0; index < left.columns().size(); index++) {
        columns.add(left.columns().get(index).or(right.columns().get(index)));
      }
    } else {
      Set<UseColumn> all = Flows.union(left.everything(), right.everything());
      left.columns().forEach(column -> columns.add(FlowColumn.computed(column.name(), all)));
      columns.add(FlowColumn.computed("", all));
    }
    return combined(left, right, columns, complete);
  }

  private static Rows unionByName(Rows left, Rows right) {
    List<FlowColumn> columns = new ArrayList<>();
    for (FlowColumn column : left.columns()) {
      columns.add(
          find(right, column.name())
              .map(column::or)
              .orElse(FlowColumn.computed(column.name(), column.sources())));
    }
    for (FlowColumn column : right.columns()) {
      if (find(left, column.name()).isEmpty()) {
        columns.add(FlowColumn.computed(column.name(), column.sources()));
      }
    }
    return combined(left, right, columns, left.complete() && right.complete());
  }

  private static Optional<FlowColumn> find(Rows rows, String name) {
    return rows.columns().stream()
        .filter(column -> !name.isEmpty() && column.name().equals(name))
        .findFirst();
  }

  private static Rows combined(Rows left, Rows right, List<FlowColumn> columns, boolean complete) {
    return new Rows(
        columns,
        Flows.union(left.uses(), right.uses()),
        Flows.union(left.conditions(), right.conditions()),
        Flows.union(left.links(), right.links()),
        complete);
  }

  private Rows select(JsonNode node, LineageScope outer) {
    LineageScope scope = outer.inner(with(node, outer));
    from.from(node.get("from_table"), scope);
    for (Binding binding : scope.bindings) {
      scope.conditions.addAll(binding.rows().conditions());
      binding
          .rows()
          .links()
          .forEach(link -> scope.equalities.add(Set.of(link.inner(), link.outer())));
    }
    if (node.get("where_clause").isObject()) {
      from.equalities(node.get("where_clause"), scope, (left, right) -> true);
    }
    from.pairs(scope);
    List<FlowColumn> columns = new ArrayList<>();
    boolean complete = true;
    for (JsonNode item : node.get("select_list")) {
      complete &= items(item, scope, columns);
    }
    grouping(node, scope, columns);
    for (String part : List.of("where_clause", "having", "qualify")) {
      if (node.get(part).isObject()) {
        scope.conditions.addAll(expressions.sources(node.get(part), scope));
      }
    }
    if (node.get("sample").isObject()) {
      cross("sample", scope, Set.of());
    }
    modifiers(node, scope, columns);
    List<FlowColumn> linked =
        columns.stream().map(c -> c.withEqual(scope.equalities.with(c.equal()))).toList();
    return new Rows(linked, scope.uses(), Set.copyOf(scope.conditions), links(scope), complete);
  }

  /** Equalities between what is joined here and what is around it. */
  private static Set<Link> links(LineageScope scope) {
    Set<Link> links = new LinkedHashSet<>();
    Set<TableUse> inside = scope.uses();
    for (Set<UseColumn> one : scope.equalities.classes()) {
      for (UseColumn inner : one) {
        for (UseColumn outer : one) {
          if (inside.contains(inner.use()) && !inside.contains(outer.use())) {
            links.add(new Link(inner, outer));
          }
        }
      }
    }
    return links;
  }

  /** Adds the columns of one item; whether these are all. */
  private boolean items(JsonNode item, LineageScope scope, List<FlowColumn> columns) {
    boolean star = "STAR".equals(item.path("class").asText());
    if (star && item.get("expr").isNull() && !item.get("columns").booleanValue()) {
      return LineageStar.expand(item, scope, expressions, columns);
    }
    if (Trees.containsStar(item)) {
      Set<UseColumn> sources = expressions.sources(item, scope);
      scope.shown.forEach(
          shown -> columns.add(FlowColumn.computed(shown.column().name(), sources)));
      columns.add(FlowColumn.computed(Names.fold(item.path("alias").asText()), sources));
      return false;
    }
    FlowColumn column = expressions.column(item, scope);
    columns.add(column);
    if (!item.path("alias").asText().isEmpty()) {
      scope.aliases.merge(column.name(), column, FlowColumn::or);
    }
    boolean several = Trees.calls(item, FunctionWalk.UNNESTING);
    if (several) {
      scope.conditions.addAll(column.sources());
    }
    return !several;
  }

  private void grouping(JsonNode node, LineageScope scope, List<FlowColumn> columns) {
    boolean all = "FORCE_AGGREGATES".equals(node.get("aggregate_handling").textValue());
    boolean grouped = all || !node.get("group_expressions").isEmpty();
    boolean aggregated = grouped || !node.get("group_sets").isEmpty();
    for (String part : List.of("select_list", "having", "qualify", "modifiers")) {
      aggregated |= Trees.aggregates(node.get(part));
    }
    if (!aggregated) {
      return;
    }
    Set<UseColumn> within = new LinkedHashSet<>();
    if (all) {
      int index = 0;
      for (JsonNode item : node.get("select_list")) {
        boolean plain = "COLUMN_REF".equals(item.path("class").asText());
        if (plain && index < columns.size() && node.get("select_list").size() == columns.size()) {
          within.addAll(columns.get(index).equal());
        }
        index++;
      }
    }
    JsonNode groups = node.get("group_expressions");
    for (int index = 0; index < groups.size(); index++) {
      FlowColumn key = groupKey(groups.get(index), node, scope, columns);
      scope.conditions.addAll(key.sources());
      if (isInEverySet(index, node.get("group_sets"))) {
        within.addAll(key.equal());
      }
    }
    if (all) {
      columns.forEach(column -> scope.conditions.addAll(column.sources()));
    }
    cross("aggregate", scope, within);
    if (node.get("group_sets").size() > 1) {
      columns.replaceAll(FlowColumn::asNullable);
    }
  }

  /** What is grouped by: an expression, or an output column by its position. */
  private FlowColumn groupKey(
      JsonNode group, JsonNode node, LineageScope scope, List<FlowColumn> columns) {
    OptionalLong position = Literals.integer(group);
    boolean known =
        position.isPresent()
            && position.getAsLong() >= 1
            && position.getAsLong() <= columns.size()
            && columns.size() == node.get("select_list").size();
    if (known) {
      return columns.get((int) position.getAsLong() - 1);
    }
    return position.isPresent()
        ? FlowColumn.computed("", scope.everything())
        : expressions.column(group, scope);
  }

  private static boolean isInEverySet(int index, JsonNode sets) {
    for (JsonNode set : sets) {
      boolean in = false;
      for (JsonNode member : set) {
        in |= member.intValue() == index;
      }
      if (!in) {
        return false;
      }
    }
    return true;
  }

  private void modifiers(JsonNode node, LineageScope scope, List<FlowColumn> columns) {
    for (JsonNode modifier : node.get("modifiers")) {
      switch (modifier.get("type").textValue()) {
        case "ORDER_MODIFIER" -> {
          for (JsonNode order : modifier.get("orders")) {
            scope.conditions.addAll(ordered(order.get("expression"), scope, columns));
          }
        }
        case "DISTINCT_MODIFIER" -> distinct(modifier, scope, columns);
        default -> {
          for (String part : List.of("limit", "offset")) {
            if (modifier.get(part).isObject()) {
              scope.conditions.addAll(expressions.sources(modifier.get(part), scope));
            }
          }
          cross("limit", scope, Set.of());
        }
      }
    }
  }

  /** An order by position, or by all, is one by the outputs. */
  private Set<UseColumn> ordered(JsonNode order, LineageScope scope, List<FlowColumn> columns) {
    Set<UseColumn> sources = new LinkedHashSet<>(expressions.sources(order, scope));
    if (Literals.integer(order).isPresent() || Trees.containsStar(order)) {
      columns.forEach(column -> sources.addAll(column.sources()));
    }
    return sources;
  }

  private void distinct(JsonNode modifier, LineageScope scope, List<FlowColumn> columns) {
    List<FlowColumn> targets = new ArrayList<>();
    modifier
        .get("distinct_on_targets")
        .forEach(target -> targets.add(expressions.column(target, scope)));
    Set<UseColumn> within = new LinkedHashSet<>();
    for (FlowColumn target : targets.isEmpty() ? columns : targets) {
      within.addAll(target.equal());
      scope.conditions.addAll(target.sources());
    }
    cross("distinct", scope, within);
  }
}
