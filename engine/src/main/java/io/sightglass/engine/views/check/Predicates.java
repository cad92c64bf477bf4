package io.sightglass.engine.views.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.sql.SqlParser;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Compares verified expressions over the columns of different views. Thread-safe. */
final class Predicates {

  private static final List<String> NO_MEANING =
      List.of("alias", "query_location", "query_location_length");

  private final SqlParser parser;

  Predicates(SqlParser parser) {
    this.parser = parser;
  }

  /**
   * The parts of an expression that AND connects, each in a form of its own that tells it from
   * every other.
   *
   * @param canonical a verified expression
   * @param columns what stands for a column
   */
  Set<String> conjuncts(String canonical, UnaryOperator<String> columns) {
    JsonNode statement = parser.parse("SELECT (" + canonical + ")").path("statements").path(0);
    Set<String> parts = new HashSet<>();
    split(statement.path("node").path("select_list").path(0), columns, parts);
    return parts;
  }

  private void split(JsonNode node, UnaryOperator<String> columns, Set<String> parts) {
    if (node.path("type").asText().equals("CONJUNCTION_AND")) {
      node.path("children").forEach(child -> split(child, columns, parts));
    } else {
      JsonNode copy = node.deepCopy();
      rename(copy, columns);
      parts.add(copy.toString());
    }
  }

  private static void rename(JsonNode node, UnaryOperator<String> columns) {
    if (node instanceof ObjectNode object) {
      object.remove(NO_MEANING);
      if (object.path("class").asText().equals("COLUMN_REF")) {
        JsonNode names = object.path("column_names");
        String column = names.path(names.size() - 1).asText().toLowerCase(Locale.ROOT);
        object.putArray("column_names").add(columns.apply(column));
        return;
      }
      object.forEach(child -> rename(child, columns));
    } else if (node instanceof ArrayNode array) {
      array.forEach(child -> rename(child, columns));
    }
  }
}
