package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Turns SQL text into a tree and back; looks up no name and runs nothing. Thread-safe.
 *
 * <p>The tree is DuckDB's, as {@code json_serialize_sql} writes it. It is a parser, not a filter:
 * data-modifying expressions may come through, and the guard refuses them.
 */
public interface SqlParser {

  /** A text and its tree. */
  record Parsed(String text, JsonNode tree) {}

  /**
   * The whole answer of {@code json_serialize_sql}: {@code statements[]} with {@code node} and
   * {@code named_param_map}.
   *
   * @throws io.sightglass.engine.EngineException {@code SYNTAX_ERROR} with a position, {@code
   *     NOT_ALLOWED} when the text is a statement that has no tree (not a SELECT)
   */
  JsonNode parse(String sql);

  /** The SQL of a tree that {@link #parse} gave, possibly changed since. */
  String render(JsonNode tree);

  /** The SQL of a tree, together with the tree that this SQL has in turn. */
  default Parsed renderAndParse(JsonNode tree) {
    String text = render(tree);
    return new Parsed(text, parse(text));
  }
}
