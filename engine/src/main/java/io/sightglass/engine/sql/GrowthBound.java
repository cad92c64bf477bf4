package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how large values may become and refuses more than 1 MB, before anything runs: what a
 * function builds in one call lies outside the engine's memory limit, and doubling a text thirty
 * times takes one line.
 *
 * <p>Sizes follow columns through subqueries and common table expressions; a recursive one is
 * followed for some rounds, so that what doubles shows and what only adds passes. Used once.
 */
final class GrowthBound {

  static final double MAX_BYTES = 1 << 20;

  /** Rounds of a recursion that are followed: doubling reaches the bound in twenty. */
  private static final int MAX_ROUNDS = 32;

  /** Calls of one lambda, nested ones multiplied, for one row: a cancel does not reach them. */
  private static final double MAX_CALLS = 100_000;

  /** Nodes that are looked at, over all rounds. */
  private static final int MAX_STEPS = 400_000;

  private final Walk walk;
  private final GrowthExpressions expressions;
  private int steps;

  GrowthBound(Walk walk) {
    this.walk = walk;
    this.expressions = new GrowthExpressions(this);
  }

  /** Checks the parser's whole answer. */
  void check(JsonNode answer) {
    query(answer.at("/statements/0/node"), new SizeScope(null, Map.of()));
  }

  /** Counts a step and refuses a size that is too large. */
  ValueSize bounded(ValueSize size, JsonNode node) {
    steps++;
    if (steps > MAX_STEPS) {
      throw walk.refuse(
          Refusal.of("Nesting of recursive queries that cannot be followed")
              .instead("write fewer levels of WITH RECURSIVE"),
          node);
    }
    if (size.largest() > MAX_BYTES) {
      throw walk.refuse(
          Refusal.of("A value that may grow to %s".formatted(inWords(size.largest())))
              .instead("build at most 1 MB; aggregate rows, or concatenate fewer texts"),
          node);
    }
    return size;
  }

  private static String inWords(double bytes) {
    return bytes < 1e9
        ? "%.0f MB".formatted(Math.ceil(bytes / 1e6))
        : bytes < 1e15 ? "%.0f GB".formatted(Math.ceil(bytes / 1e9)) : "more than a thousand TB";
  }

  /** Refuses lambdas in lambdas that are called too often. */
  void checkCalls(double calls, JsonNode node) {
    if (calls > MAX_CALLS) {
      throw walk.refuse(
          Refusal.of("A lambda that may be called %.0f times for a row".formatted(calls))
              .instead("unnest the list and join or group its rows"),
          node);
    }
  }

  Relation query(JsonNode node, SizeScope outer) {
    return switch (node.path("type").asText()) {
      case "SELECT_NODE" -> select(node, outer);
      case "SET_OPERATION_NODE" -> {
        SizeScope scope = with(node.at("/cte_map/map"), outer);
        Relation all = null;
        for (JsonNode child : node.get("children")) {
          Relation one = query(child, scope);
          all = all == null ? one : combined(node, all, one);
        }
        modifiers(node, scope);
        yield all == null ? Relation.ofView("") : all;
      }
      case "RECURSIVE_CTE_NODE" -> recursive(node, outer, List.of());
      default -> Relation.ofView("");
    };
  }

  private static Relation combined(JsonNode node, Relation left, Relation right) {
    return "UNION_BY_NAME".equals(node.path("setop_type").asText())
        ? new Relation("", left.named(), null, left.largest()).union(right)
        : left.union(right);
  }

  private SizeScope with(JsonNode map, SizeScope outer) {
    SizeScope scope = outer;
    for (JsonNode entry : map) {
      JsonNode cte = entry.get("value");
      List<String> aliases = ExpressionWalk.texts(cte.get("aliases"));
      JsonNode body = cte.get("query_node");
      String name = Names.fold(entry.get("key").textValue());
      Relation relation =
          "RECURSIVE_CTE_NODE".equals(body.path("type").asText())
              ? recursive(body, scope, aliases)
              : query(body, scope).as(name, aliases);
      Map<String, Relation> ctes = new HashMap<>(scope.ctes());
      ctes.put(name, relation.as(name, List.of()));
      scope = new SizeScope(scope, ctes);
    }
    return scope;
  }

  /**
   * Follows a recursion until its columns grow no more, or long enough to see that they only add.
   */
  private Relation recursive(JsonNode node, SizeScope outer, List<String> aliases) {
    SizeScope scope = with(node.at("/cte_map/map"), outer);
    String name = Names.fold(node.get("cte_name").textValue());
    Relation known = query(node.get("left"), scope).as(name, aliases);
    for (int round = 0; round < MAX_ROUNDS; round++) {
      Map<String, Relation> ctes = new HashMap<>(scope.ctes());
      ctes.put(name, known);
      Relation next =
          known.union(query(node.get("right"), new SizeScope(scope, ctes))).as(name, aliases);
      if (next.equals(known)) {
        break;
      }
      known = next;
    }
    return known;
  }

  private Relation select(JsonNode node, SizeScope outer) {
    SizeScope scope = new SizeScope(with(node.at("/cte_map/map"), outer));
    table(node.get("from_table"), scope);
    Map<String, ValueSize> named = new LinkedHashMap<>();
    List<ValueSize> ordered = new ArrayList<>();
    ValueSize other = null;
    boolean known = true;
    for (JsonNode item : node.get("select_list")) {
      if (Trees.containsStar(item)) {
        known &= star(item, scope, named, ordered);
        other = larger(other, scope.other());
        continue;
      }
      ValueSize size = expressions.size(item, scope);
      ordered.add(size);
      String name = name(item);
      if (name.isEmpty()) {
        other = larger(other, size);
      } else {
        named.merge(name, size, ValueSize::max);
        scope.addAlias(name, size);
      }
    }
    for (String part : List.of("where_clause", "having", "qualify")) {
      expressions.sizeIfAny(node.get(part), scope);
    }
    node.get("group_expressions").forEach(group -> expressions.size(group, scope));
    modifiers(node, scope);
    return new Relation("", named, known ? ordered : null, other);
  }

  private static @Nullable ValueSize larger(@Nullable ValueSize one, @Nullable ValueSize two) {
    return one == null ? two : two == null ? one : one.max(two);
  }

  private static String name(JsonNode item) {
    String alias = item.path("alias").asText();
    JsonNode path = item.path("column_names");
    return Names.fold(
        !alias.isEmpty() || path.isEmpty() ? alias : path.get(path.size() - 1).textValue());
  }

  /** Adds what {@code *} or {@code f(COLUMNS(*))} gives; whether the order is still known. */
  private boolean star(
      JsonNode item, SizeScope scope, Map<String, ValueSize> named, List<ValueSize> ordered) {
    ValueSize size = expressions.size(item, scope);
    boolean plain = "STAR".equals(item.path("class").asText()) && !item.path("columns").asBoolean();
    boolean whole =
        plain
            && item.get("exclude_list").isEmpty()
            && item.get("qualified_exclude_list").isEmpty()
            && item.get("replace_list").isEmpty();
    boolean known = whole;
    for (Relation relation : scope.relations()) {
      relation
          .named()
          .forEach((name, own) -> named.merge(name, plain ? own : size, ValueSize::max));
      known &= relation.ordered() != null;
      if (relation.ordered() != null) {
        ordered.addAll(relation.ordered());
      }
    }
    for (JsonNode replacement : item.path("replace_list")) {
      String name = Names.fold(replacement.get("key").textValue());
      named.merge(name, expressions.size(replacement.get("value"), scope), ValueSize::max);
    }
    for (JsonNode renaming : item.path("rename_list")) {
      ValueSize renamed = scope.column(List.of(renaming.at("/key/column").textValue()));
      named.merge(Names.fold(renaming.get("value").textValue()), renamed, ValueSize::max);
    }
    if (!item.path("alias").asText().isEmpty()) {
      named.merge(Names.fold(item.get("alias").textValue()), size, ValueSize::max);
    }
    return known && item.path("relation_name").asText().isEmpty();
  }

  private void modifiers(JsonNode node, SizeScope scope) {
    for (JsonNode modifier : node.get("modifiers")) {
      for (JsonNode order : modifier.path("orders")) {
        expressions.size(order.get("expression"), scope);
      }
      modifier.path("distinct_on_targets").forEach(target -> expressions.size(target, scope));
      expressions.sizeIfAny(modifier.path("limit"), scope);
      expressions.sizeIfAny(modifier.path("offset"), scope);
    }
  }

  /** Adds what stands in FROM to the scope. */
  private void table(JsonNode node, SizeScope scope) {
    String alias = Names.fold(node.path("alias").asText());
    List<String> names =
        node.has("column_name_alias")
            ? ExpressionWalk.texts(node.get("column_name_alias"))
            : List.of();
    switch (node.path("type").asText()) {
      case "BASE_TABLE" -> {
        String name = Names.fold(node.get("table_name").textValue());
        boolean bare = node.get("schema_name").textValue().isEmpty();
        Relation cte = bare ? scope.cte(name) : null;
        scope.add((cte == null ? Relation.ofView(name) : cte).as(alias, names));
      }
      case "EXPRESSION_LIST" -> scope.add(values(node, scope));
      case "JOIN" -> {
        table(node.get("left"), scope);
        table(node.get("right"), scope);
        expressions.sizeIfAny(node.get("condition"), scope);
      }
      case "PIVOT" -> pivot(node, scope, alias, names);
      case "SUBQUERY" -> scope.add(query(node.at("/subquery/node"), scope).as(alias, names));
      case "TABLE_FUNCTION" -> {
        JsonNode call = node.get("function");
        String function = Names.fold(call.get("function_name").textValue());
        ValueSize size = ValueSize.NUMBER;
        for (JsonNode argument : call.get("arguments")) {
          ValueSize given = expressions.size(argument.get("expression"), scope);
          size = "unnest".equals(function) ? size.max(given) : size;
        }
        scope.add(
            new Relation(alias.isEmpty() ? function : alias, Map.of(), null, size)
                .as(alias, names));
      }
      default -> {}
    }
  }

  private Relation values(JsonNode node, SizeScope scope) {
    List<ValueSize> columns = new ArrayList<>();
    for (JsonNode row : node.get("values")) {
      for (int index = 0; index < row.size(); index++) {
        ValueSize size = expressions.size(row.get(index), scope);
        if (index < columns.size()) {
          columns.set(index, columns.get(index).max(size));
        } else {
          columns.add(size);
        }
      }
    }
    Map<String, ValueSize> named = new LinkedHashMap<>();
    for (int index = 0; index < columns.size(); index++) {
      named.put("col" + index, columns.get(index));
    }
    return new Relation("", named, columns, null)
        .as(node.get("alias").textValue(), ExpressionWalk.texts(node.get("expected_names")));
  }

  private void pivot(JsonNode node, SizeScope scope, String alias, List<String> names) {
    SizeScope inner = new SizeScope(scope);
    table(node.get("source"), inner);
    ValueSize largest = ValueSize.NUMBER;
    for (Relation relation : inner.relations()) {
      largest = largest.max(relation.largest());
    }
    for (JsonNode aggregate : node.get("aggregates")) {
      largest = largest.max(expressions.size(aggregate, inner));
    }
    for (JsonNode pivot : node.get("pivots")) {
      for (JsonNode entry : pivot.get("entries")) {
        largest = largest.max(expressions.size(entry.get("star_expr"), inner));
      }
    }
    scope.add(new Relation(alias, Map.of(), null, largest).as(alias, names));
  }
}
