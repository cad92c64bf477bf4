package io.sightglass.engine.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.sql.Echo;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Which states of its tables a statement reads; whose policy counts is never part of it. */
public sealed interface AsOf {

  /** Of each table the newest. */
  record Newest() implements AsOf {}

  /** Of each table the last that was committed not after {@code instant}. */
  record At(Instant instant) implements AsOf {}

  /**
   * Of the tables named the snapshots given, of the others the newest.
   *
   * @param ids of snapshots, by the names that answers give to tables; in lower case
   */
  record Snapshots(Map<String, Long> ids) implements AsOf {

    public Snapshots {
      ids = Map.copyOf(ids);
    }
  }

  /** Of each table the newest. */
  static AsOf newest() {
    return new Newest();
  }

  /**
   * Reads {@code asOf} of a request: an instant with its zone, or an object of snapshots by table.
   * Ids may be texts too, for clients whose numbers do not hold them.
   *
   * @throws EngineException {@code INVALID_REQUEST} for anything else
   */
  static AsOf of(JsonNode json) {
    return switch (json.getNodeType()) {
      case NULL, MISSING -> newest();
      case STRING -> at(json.textValue());
      case OBJECT -> snapshots(json);
      case NUMBER, BOOLEAN, ARRAY, BINARY, POJO -> throw invalid(json.toString());
    };
  }

  private static AsOf at(String text) {
    try {
      return new At(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      throw invalid("\"" + text + "\"");
    }
  }

  private static AsOf snapshots(JsonNode json) {
    Map<String, Long> ids = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String name = entry.getKey().toLowerCase(Locale.ROOT);
      if (ids.put(name, id(name, entry.getValue())) != null) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST,
            "asOf: \"%s\" is given twice; allowed: once".formatted(Echo.of(name)));
      }
    }
    if (ids.isEmpty()) {
      throw invalid("{}");
    }
    return new Snapshots(ids);
  }

  private static Long id(String name, JsonNode value) {
    String text = value.isTextual() ? value.textValue() : value.toString();
    if (text.matches("0*[1-9][0-9]{0,18}")) {
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException e) {
        // Nineteen digits, and too large all the same.
      }
    }
    throw new EngineException(
        ErrorCode.INVALID_REQUEST,
        "asOf: \"%s\": %s; allowed: a snapshotId as answers give it"
            .formatted(Echo.of(name), Echo.of(value.toString())));
  }

  private static EngineException invalid(String seen) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "asOf: %s; allowed: an instant with its zone, such as 2026-03-01T12:00:00Z, or {\"schema.name\": snapshotId} as answers name tables"
            .formatted(Echo.of(seen)));
  }
}
