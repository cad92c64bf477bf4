package io.sightglass.web.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object in a request's body, read strictly: what is misspelt, named twice, of another
 * type or no storable text is {@code INVALID_REQUEST}, and no message quotes a value. Immutable.
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
    String allowed = names(List.of(fields));
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
    refuseUnknown(read, "", new LinkedHashSet<>(List.of(fields)));
    read.properties().forEach(field -> refuseUnstorable(field.getKey(), field.getValue()));
    return new JsonBody(read);
  }

  /** A field whatever it is; a missing node when it is absent. */
  JsonNode get(String name) {
    JsonNode value = object.get(name);
    return value == null ? MissingNode.getInstance() : value;
  }

  /** Null when it is absent or null. */
  @Nullable String text(String name) {
    return text(object, name);
  }

  /** None when it is absent or null. */
  Set<String> texts(String name) {
    Set<String> texts = new TreeSet<>();
    JsonNode values = get(name);
    if (values.isMissingNode() || values.isNull()) {
      return texts;
    }
    boolean isList = values.isArray();
    for (JsonNode value : values) {
      isList &= value.isTextual();
      texts.add(value.asText());
    }
    if (!isList) {
      throw invalid("%s: not a list of texts; allowed: a list of texts".formatted(name));
    }
    return texts;
  }

  /** A field of an object that is a text; null when it is absent or null. */
  static @Nullable String text(JsonNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw invalid("%s: not a text; allowed: a text".formatted(name));
    }
    return value.textValue();
  }

  /** No database keeps such a text as it is. */
  private static void refuseUnstorable(String name, JsonNode value) {
    if (value.isTextual()) {
      requireStorable(name, value.textValue());
    }
    value
        .properties()
        .forEach(field -> {
          requireStorable(name, field.getKey());
          refuseUnstorable(name, field.getValue());
        });
    if (value.isArray()) {
      value.forEach(item -> refuseUnstorable(name, item));
    }
  }

  private static void requireStorable(String name, String text) {
    if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw invalid(
          "%s: holds U+0000 or half of a surrogate pair; allowed: all other characters"
              .formatted(name));
    }
  }

  /**
   * Holds that an object has no other fields.
   *
   * @param prefix of the fields' names in messages
   */
  static void refuseUnknown(JsonNode object, String prefix, Set<String> known) {
    object
        .fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            throw invalid("%s%s: unknown; allowed: %s".formatted(prefix, name, names(known)));
          }
        });
  }

  private static String names(Collection<String> fields) {
    return fields.isEmpty() ? "no field" : String.join(", ", fields);
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }
}
