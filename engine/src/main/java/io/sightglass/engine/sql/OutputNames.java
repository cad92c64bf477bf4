package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Keeps the names that DuckDB gives to columns without one. It takes the expression's text, and
 * where the guard rewrites the expression, so would that text change: names would tell the
 * catalogue of a policy, and differ between callers.
 */
final class OutputNames {

  private final UnaryOperator<JsonNode> copyOfSelect;
  private final Function<JsonNode, String> render;

  /**
   * Names by rendering.
   *
   * @param copyOfSelect gives a tree of {@code SELECT <expression>}
   * @param render the SQL of a tree
   */
  OutputNames(UnaryOperator<JsonNode> copyOfSelect, Function<JsonNode, String> render) {
    this.copyOfSelect = copyOfSelect;
    this.render = render;
  }

  /** Names the columns of a query whose text will change, before it does. */
  void keep(JsonNode query) {
    for (JsonNode item : query.path("select_list")) {
      boolean named = !item.path("alias").asText().isEmpty();
      boolean plain = item.path("class").asText().matches("COLUMN_REF|STAR|CONSTANT");
      if (!named && !plain && changes(item)) {
        String text = render.apply(copyOfSelect.apply(item)).substring("SELECT ".length());
        ((ObjectNode) item).put("alias", text);
      }
    }
    for (String part : List.of("children", "left", "right", "from_table", "source")) {
      JsonNode below = query.path(part);
      if (below instanceof ArrayNode) {
        below.forEach(this::keep);
      } else {
        keepIn(below);
      }
    }
    query.at("/cte_map/map").forEach(entry -> keepIn(entry.at("/value/query_node")));
  }

  private void keepIn(JsonNode node) {
    if (node.isObject()) {
      keep(node.has("subquery") ? node.at("/subquery/node") : node);
    }
  }

  /** Whether the guard may rewrite something in an expression. */
  private static boolean changes(JsonNode node) {
    String kind = node.path("class").asText();
    if ("SUBQUERY".equals(kind)
        || "OPERATOR_UNPACK".equals(node.path("type").asText())
        || "SINGLE_ARROW".equals(node.path("syntax_type").asText())
        || ("FUNCTION".equals(kind) && !node.path("schema").asText().isEmpty())) {
      return true;
    }
    for (JsonNode child : node) {
      if (child.isContainerNode() && changes(child)) {
        return true;
      }
    }
    return false;
  }
}
