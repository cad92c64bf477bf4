package io.sightglass.web.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object in a request's body, read strictly: what is misspelt, named twice or of another
 * type is {@code INVALID_REQUEST}, and no message quotes a value. Immutable.
 */
final class JsonBody {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final JsonNode object;

  private JsonBody(JsonNode object) {
    this.object = object;
  }

  /**
   * Reads a body.
   *
   * @param body null or blank: an object without fields
   * @param fields that it may have
   */
  static JsonBody of(@Nullable String body, String... fields) {
    String allowed = String.join(", ", fields);
    JsonNode read;
    try {
      read = JSON.readTree(body == null || body.isBlank() ? "{}" : body);
    } catch (JsonProcessingException notJson) {
      throw invalid(
          "Body: no JSON, or a name twice in one object; allowed: an object with %s"
              .formatted(allowed));
    }
    if (!read.isObject()) {
      throw invalid("Body: no JSON object; allowed: an object with %s".formatted(allowed));
    }
    for (String name : (Iterable<String>) read::fieldNames) {
      if (!List.of(fields).contains(name)) {
        throw invalid("%s: unknown; allowed: %s".formatted(name, allowed));
      }
    }
    return new JsonBody(read);
  }

  /** A field whatever it is; a missing node when it is absent. */
  JsonNode get(String name) {
    JsonNode value = object.get(name);
    return value == null ? MissingNode.getInstance() : value;
  }

  /** Null when it is absent or null. */
  @Nullable String text(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw invalid("%s: %s; allowed: a text".formatted(name, kind(value)));
    }
    return value.asText();
  }

  /** None when it is absent or null. */
  Set<String> texts(String name) {
    JsonNode values = get(name);
    Set<String> texts = new TreeSet<>();
    if (values.isMissingNode() || values.isNull()) {
      return texts;
    }
    if (!values.isArray()) {
      throw invalid("%s: %s; allowed: a list of texts".formatted(name, kind(values)));
    }
    for (JsonNode value : values) {
      if (!value.isTextual()) {
        throw invalid("%s: holds %s; allowed: texts".formatted(name, kind(value)));
      }
      texts.add(value.asText());
    }
    return texts;
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case STRING -> "a text";
      case BINARY, MISSING, POJO -> "nothing";
    };
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }
}
