package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.ExpressionWalk.Scope;
import java.util.Map;

/** Verifies queries: their WITH, clauses and set operations; part of one {@link Walk}. */
final class QueryWalk {

  /** Kinds of query that write or describe, and come through the parser as parts of a SELECT. */
  private static final Map<String, String> WRITING =
      Map.of(
          "COPY_QUERY_NODE", "COPY",
          "DELETE_QUERY_NODE", "DELETE",
          "INSERT_QUERY_NODE", "INSERT",
          "MERGE_QUERY_NODE", "MERGE",
          "UPDATE_QUERY_NODE", "UPDATE");

  private final Walk walk;
  private final ExpressionWalk expressions;
  private final TableWalk tables;

  QueryWalk(Walk walk) {
    this.walk = walk;
    this.expressions = new ExpressionWalk(walk, this);
    this.tables = new TableWalk(walk, this, expressions);
  }

  /** Verifies the parser's whole answer and renames its parameters. */
  void root(JsonNode answer) {
    JsonNode statements = answer.path("statements");
    if (answer.size() != 2 || statements.size() != 1) {
      throw walk.refuse(
          Refusal.of("A text of %d statements".formatted(statements.size()))
              .instead("send exactly one"),
          null);
    }
    JsonNode statement = statements.get(0);
    walk.checkShape("statement", statement, null);
    if (walk.takesQueries()) {
      query(statement.get("node"), CteScope.NONE);
    } else {
      oneExpression(statement.get("node"));
    }
    renumber((ObjectNode) statement);
  }

  /** Verifies that {@code SELECT (…)} is one expression and nothing else. */
  private void oneExpression(JsonNode node) {
    if (!"SELECT_NODE".equals(node.path("type").asText())) {
      throw walk.refuse(Refusal.of("Something else than one expression"), null);
    }
    walk.checkShape("SELECT_NODE", node, null);
    boolean bare =
        node.get("select_list").size() == 1
            && node.get("modifiers").isEmpty()
            && node.at("/cte_map/map").isEmpty()
            && "EMPTY".equals(node.at("/from_table/type").asText())
            && node.at("/from_table/sample").isNull()
            && node.get("where_clause").isNull()
            && node.get("group_expressions").isEmpty()
            && node.get("group_sets").isEmpty()
            && "STANDARD_HANDLING".equals(node.get("aggregate_handling").textValue())
            && node.get("having").isNull()
            && node.get("qualify").isNull()
            && node.get("sample").isNull()
            && node.at("/select_list/0/alias").asText().isEmpty();
    if (!bare) {
      throw walk.refuse(Refusal.of("Something else than one expression"), null);
    }
    expressions.expression(node.get("select_list").get(0), Scope.of(CteScope.NONE));
  }

  private void renumber(ObjectNode statement) {
    if (walk.isCanonical()) {
      return;
    }
    ArrayNode map = statement.putArray("named_param_map");
    walk.parameters.forEach(
        (name, number) -> map.addObject().put("key", number.toString()).put("value", number));
  }

  void query(JsonNode node, CteScope outer) {
    walk.enter(node);
    String kind = node.path("type").asText();
    switch (kind) {
      case "SELECT_NODE" -> select(node, outer);
      case "SET_OPERATION_NODE" -> setOperation(node, outer);
      default -> throw refuseKind(kind);
    }
    walk.leave();
  }

  private EngineException refuseKind(String kind) {
    String writing = WRITING.get(kind);
    return walk.refuse(
        writing == null
            ? Refusal.of("The query " + Walk.describe(kind))
            : Refusal.of(writing + " in a query").instead("statements only read"),
        null);
  }

  private void select(JsonNode node, CteScope outer) {
    walk.checkShape("SELECT_NODE", node, null);
    CteScope ctes = with(node.get("cte_map"), outer);
    Scope scope = Scope.of(ctes);
    expressions.all(node.get("select_list"), scope);
    tables.table(node.get("from_table"), ctes);
    expressions.optional(node.get("where_clause"), scope);
    expressions.all(node.get("group_expressions"), scope);
    groupingSets(node);
    expressions.optional(node.get("having"), scope);
    expressions.optional(node.get("qualify"), scope);
    sample(node.get("sample"));
    modifiers(node.get("modifiers"), scope);
  }

  private void groupingSets(JsonNode node) {
    for (JsonNode set : node.get("group_sets")) {
      for (JsonNode index : set) {
        if (!index.isInt() || index.intValue() >= node.get("group_expressions").size()) {
          throw walk.refuse(Refusal.of("This GROUP BY"), null);
        }
      }
    }
  }

  private void setOperation(JsonNode node, CteScope outer) {
    walk.checkShape("SET_OPERATION_NODE", node, null);
    CteScope ctes = with(node.get("cte_map"), outer);
    for (JsonNode child : node.get("children")) {
      query(child, ctes);
    }
    modifiers(node.get("modifiers"), Scope.of(ctes));
  }

  /** Verifies a WITH clause; what the names in the query beside it may mean. */
  private CteScope with(JsonNode map, CteScope outer) {
    walk.checkShape("cte_map", map, null);
    CteScope scope = outer;
    for (JsonNode entry : map.get("map")) {
      walk.checkShape("cte entry", entry, null);
      String name = entry.get("key").textValue();
      if (!Names.isPlain(name)) {
        throw walk.refuse(
            Refusal.of("The name \"%s\" of a common table expression".formatted(Names.echo(name)))
                .instead("use letters, digits and _"),
            null);
      }
      JsonNode cte = entry.get("value");
      walk.checkShape("cte", cte, null);
      walk.countCte(cte);
      body(name, cte.get("query_node"), scope);
      scope = scope.with(name);
      expressions.all(cte.get("key_targets"), Scope.of(scope));
      expressions.all(cte.get("payload_aggregates"), Scope.of(scope));
    }
    return scope;
  }

  private void body(String name, JsonNode node, CteScope scope) {
    if (!"RECURSIVE_CTE_NODE".equals(node.path("type").asText())) {
      query(node, scope);
      return;
    }
    walk.enter(node);
    walk.checkShape("RECURSIVE_CTE_NODE", node, null);
    if (!Names.fold(node.get("cte_name").textValue()).equals(Names.fold(name))) {
      throw walk.refuse(Refusal.of("A recursive query of another name"), null);
    }
    CteScope inner = with(node.get("cte_map"), scope);
    query(node.get("left"), inner);
    query(node.get("right"), inner.with(name));
    expressions.all(node.get("key_targets"), Scope.of(inner));
    modifiers(node.get("modifiers"), Scope.of(inner));
    walk.leave();
  }

  private void modifiers(JsonNode modifiers, Scope scope) {
    for (JsonNode modifier : modifiers) {
      String kind = modifier.path("type").asText();
      walk.checkShape(kind.isEmpty() ? "modifier" : kind, modifier, null);
      switch (kind) {
        case "ORDER_MODIFIER" -> orders(modifier.get("orders"), scope);
        case "DISTINCT_MODIFIER" -> expressions.all(modifier.get("distinct_on_targets"), scope);
        case "LIMIT_MODIFIER" -> {
          expressions.optional(modifier.get("limit"), scope);
          expressions.optional(modifier.get("offset"), scope);
        }
        default -> throw walk.refuse(Refusal.of("The clause " + Walk.describe(kind)), null);
      }
    }
  }

  private void orders(JsonNode orders, Scope scope) {
    for (JsonNode order : orders) {
      walk.checkShape("order", order, null);
      expressions.expression(order.get("expression"), scope);
    }
  }

  /** Verifies a sample; without a seed the statement differs from run to run. */
  void sample(JsonNode sample) {
    if (sample.isNull()) {
      return;
    }
    walk.checkShape("sample", sample, null);
    walk.checkShape("sample size", sample.get("sample_size"), null);
    walk.checkShape("sample size type", sample.at("/sample_size/type"), null);
    if (!sample.get("repeatable").booleanValue()) {
      walk.repeatable = false;
    }
  }
}
