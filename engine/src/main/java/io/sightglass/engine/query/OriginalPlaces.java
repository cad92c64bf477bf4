package io.sightglass.engine.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.Position;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * Where the parts of a canonical text stood in the text that its author wrote. The two have trees
 * of one shape, whose nodes know their places.
 */
final class OriginalPlaces {

  private static final String PLACE = "query_location";

  private final Map<Long, Long> byCanonical = new HashMap<>();
  private final String canonical;
  private final String original;

  /**
   * Pairs the places of two texts.
   *
   * @param canonicalTree of {@code json_serialize_sql}
   * @param originalTree the same of {@code original}
   */
  OriginalPlaces(String canonical, JsonNode canonicalTree, String original, JsonNode originalTree) {
    this.canonical = canonical;
    this.original = original;
    pair(canonicalTree, originalTree);
  }

  private void pair(JsonNode one, JsonNode other) {
    if (one.getNodeType() != other.getNodeType() || one.size() != other.size()) {
      return;
    }
    if (one.has(PLACE) && other.has(PLACE)) {
      byCanonical.putIfAbsent(one.get(PLACE).asLong(), other.get(PLACE).asLong());
    }
    if (one.isObject()) {
      one.properties().forEach(entry -> pair(entry.getValue(), other.path(entry.getKey())));
    } else {
      Iterator<JsonNode> others = other.iterator();
      one.forEach(child -> pair(child, others.next()));
    }
  }

  /** The place in the author's text; empty when no part begins there. */
  Optional<Position> find(Position inCanonical) {
    Long place = byCanonical.get(offset(inCanonical));
    return place == null ? Optional.empty() : Optional.of(Position.ofByte(original, place));
  }

  /** The engine counts bytes. */
  private long offset(Position position) {
    String[] lines = canonical.split("\n", -1);
    long offset = 0;
    for (int line = 0; line < position.line() - 1 && line < lines.length; line++) {
      offset += bytes(lines[line]) + 1;
    }
    String line = lines[Math.min(position.line(), lines.length) - 1];
    int characters = Math.min(position.column() - 1, line.codePointCount(0, line.length()));
    return offset + bytes(line.substring(0, line.offsetByCodePoints(0, characters)));
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
