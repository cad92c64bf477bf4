package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads literals out of trees. */
public final class Literals {

  private static final Set<String> INTEGER_TYPES =
      Set.of("tinyint", "smallint", "integer", "int", "int4", "bigint", "int8", "long");

  private Literals() {}

  /** The text of a literal as written; empty: the node is none. */
  static Optional<String> text(JsonNode node, String kind) {
    JsonNode literal = node.path("literal");
    return "CONSTANT".equals(node.path("class").asText())
            && kind.equals(literal.path("kind").asText())
        ? Optional.of(literal.path("text").asText())
        : Optional.empty();
  }

  static Optional<String> string(JsonNode node) {
    return text(node, "STRING");
  }

  /** The value of an integer literal, also one that is cast to an integer type. */
  public static OptionalLong integer(JsonNode node) {
    if ("CAST".equals(node.path("class").asText())
        && INTEGER_TYPES.contains(Names.fold(node.path("type_expr").path("type_name").asText()))) {
      return integer(node.path("child"));
    }
    Optional<String> text = text(node, "INTEGER");
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text.get().replace("_", "")));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
