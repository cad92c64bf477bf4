package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.ExpressionWalk.Scope;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.util.List;
import java.util.Set;

/** Verifies what stands in FROM and resolves the names there; part of one {@link Walk}. */
final class TableWalk {

  private static final Set<String> ENGINE_SCHEMAS = Set.of("information_schema", "pg_catalog");

  private static final List<String> ENGINE_PREFIXES =
      List.of("duckdb_", "pg_", "pragma_", "sqlite_");

  private final Walk walk;
  private final QueryWalk queries;
  private final ExpressionWalk expressions;
  private final FunctionWalk functions;

  TableWalk(Walk walk, QueryWalk queries, ExpressionWalk expressions) {
    this.walk = walk;
    this.queries = queries;
    this.expressions = expressions;
    this.functions = new FunctionWalk(walk, expressions);
  }

  void table(JsonNode node, CteScope ctes) {
    walk.enter(node);
    String kind = node.path("type").asText();
    refuseBefore(kind, node);
    walk.checkShape("SUBQUERY".equals(kind) ? "SUBQUERY table" : kind, node, node);
    queries.sample(node.get("sample"));
    switch (kind) {
      case "BASE_TABLE" -> {
        walk.countTable(node);
        named((ObjectNode) node, ctes);
      }
      case "EMPTY" -> {}
      case "EXPRESSION_LIST" -> {
        for (JsonNode row : node.get("values")) {
          expressions.all(row, Scope.of(ctes));
        }
      }
      case "JOIN" -> {
        table(node.get("left"), ctes);
        table(node.get("right"), ctes);
        expressions.optional(node.get("condition"), Scope.of(ctes));
      }
      case "PIVOT" -> pivot(node, ctes);
      case "SUBQUERY" -> {
        walk.checkShape("subquery", node.get("subquery"), node);
        walk.enterSubquery(node);
        queries.query(node.at("/subquery/node"), ctes);
        walk.leaveSubquery();
      }
      case "TABLE_FUNCTION" -> {
        walk.countTable(node);
        functions.table(node.get("function"), node, ctes);
      }
      default -> throw walk.refuse(Refusal.of(Walk.describe(kind) + " in FROM"), node);
    }
    walk.leave();
  }

  /** Refuses by name what the shape would only call unknown. */
  private void refuseBefore(String kind, JsonNode node) {
    if ("SHOW_REF".equals(kind)) {
      throw walk.refuse(
          Refusal.of("SHOW, DESCRIBE or SUMMARIZE")
              .instead("query catalog.tables and catalog.columns"),
          node);
    }
    if (node.path("at_clause").isObject()) {
      throw walk.refuse(
          Refusal.of("AT after a table").instead("send \"asOf\" with the request"), node);
    }
  }

  private void pivot(JsonNode node, CteScope ctes) {
    Scope scope = Scope.of(ctes);
    table(node.get("source"), ctes);
    expressions.all(node.get("aggregates"), scope);
    for (JsonNode pivot : node.get("pivots")) {
      walk.checkShape("pivot", pivot, node);
      expressions.all(pivot.get("pivot_expressions"), scope);
      for (JsonNode entry : pivot.get("entries")) {
        walk.checkShape("pivot entry", entry, node);
        expressions.expression(entry.get("star_expr"), scope);
      }
    }
  }

  private void named(ObjectNode node, CteScope ctes) {
    List<String> path = path(node);
    if (path.size() == 1 && ctes.contains(path.getFirst())) {
      return;
    }
    if (walk.verified != null) {
      if (!walk.verified.tables.contains(path)) {
        throw unknown(path, List.of(), node);
      }
      walk.tables.add(path);
      return;
    }
    switch (path.size() > 3 ? new Resolution.Unknown(List.of()) : walk.names.resolve(path)) {
      case Resolution.Found found -> {
        walk.views.add(found.view());
        walk.tables.add(List.copyOf(found.target()));
        Trees.target(node, found.target());
      }
      case Resolution.Unknown unknown -> throw unknown(path, unknown.suggestions(), node);
      case Resolution.Ambiguous ambiguous -> {
        List<String> candidates =
            ambiguous.candidates().stream().map(QualifiedName::toString).toList();
        throw new EngineException(
                ErrorCode.AMBIGUOUS_NAME,
                "\"%s\" may mean %s; write one of them"
                    .formatted(Names.echo(path), String.join(" or ", candidates)))
            .suggesting(candidates)
            .at(walk.position(node));
      }
      case Resolution.MissingAttribute missing ->
          throw new EngineException(
                  ErrorCode.MISSING_ATTRIBUTE,
                  "\"%s\" needs the attribute \"%s\" for the role %s, and the token has none"
                      .formatted(Names.echo(path), missing.attribute(), missing.role()))
              .at(walk.position(node));
    }
  }

  private List<String> path(JsonNode node) {
    walk.checkShape("qualified name", node.get("qualified_name"), node);
    List<String> path = ExpressionWalk.texts(node.get("qualified_name").get("path"));
    List<String> parts =
        List.of(
            node.get("catalog_name").textValue(),
            node.get("schema_name").textValue(),
            node.get("table_name").textValue());
    List<String> filled = parts.stream().filter(part -> !part.isEmpty()).toList();
    if (path.isEmpty() || (path.size() <= 3 && !path.equals(filled))) {
      throw walk.refuse(Refusal.of("This name of a table"), node);
    }
    return path;
  }

  private EngineException unknown(List<String> path, List<String> suggestions, JsonNode node) {
    String name = Names.fold(path.getLast());
    boolean engines =
        path.stream().anyMatch(part -> ENGINE_SCHEMAS.contains(Names.fold(part)))
            || ENGINE_PREFIXES.stream().anyMatch(name::startsWith);
    if (engines) {
      return walk.refuse(
          Refusal.of("\"%s\"".formatted(Names.echo(path)))
              .instead("query catalog.tables and catalog.columns"),
          node);
    }
    boolean file = path.size() == 1 && !Names.isPlain(path.getFirst());
    return new EngineException(
            ErrorCode.UNKNOWN_NAME,
            "There is no view \"%s\" that you may read; %s"
                .formatted(
                    Names.echo(path),
                    file
                        ? "files are not readable by name, and catalog.tables lists the views"
                        : "catalog.tables lists them"))
        .suggesting(suggestions)
        .at(walk.position(node));
  }
}
