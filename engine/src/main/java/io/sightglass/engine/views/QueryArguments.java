package io.sightglass.engine.views;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.sql.ListValue;
import io.sightglass.engine.views.NamedQuery.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns the texts of an address into typed values for a named query. Stateless. */
public final class QueryArguments {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_ELEMENTS = 1_000;

  private QueryArguments() {}

  /**
   * The value of every parameter, by name; a default where no text is given.
   *
   * @param texts by parameter; a list has one text an element, or one JSON array of texts
   * @throws EngineException {@code WRONG_PARAMETER}: unknown, missing, of another type, too small
   *     or too large
   */
  public static Map<String, Object> bind(NamedQuery query, Map<String, List<String>> texts) {
    List<String> names = query.parameters().stream().map(Parameter::name).toList();
    for (String given : texts.keySet()) {
      if (!names.contains(given)) {
        throw wrong(
                "Parameter %s: not one of %s; allowed: %s"
                    .formatted(
                        given, query.name(), names.isEmpty() ? "none" : String.join(", ", names)))
            .suggesting(Spelling.likes(given, names));
      }
    }
    Map<String, Object> values = new LinkedHashMap<>();
    for (Parameter parameter : query.parameters()) {
      values.put(parameter.name(), value(query, parameter, texts.get(parameter.name())));
    }
    return values;
  }

  private static Object value(NamedQuery query, Parameter parameter, @Nullable List<String> given) {
    String fallback = parameter.defaultText();
    List<String> texts = given != null ? given : fallback == null ? List.of() : List.of(fallback);
    if (texts.isEmpty()) {
      throw wrong(
          "Parameter %s: missing; %s needs a value of type %s"
              .formatted(parameter.name(), query.name(), parameter.type().sql()));
    }
    return parameter.type() instanceof ColumnType.ListOf list
        ? listOf(parameter, list, texts)
        : single(parameter, parameter.type(), texts);
  }

  private static Object single(Parameter parameter, ColumnType type, List<String> texts) {
    if (texts.size() > 1) {
      throw wrong(
          "Parameter %s: given %d times; allowed: once".formatted(parameter.name(), texts.size()));
    }
    return element(parameter, type, texts.getFirst());
  }

  private static ListValue listOf(Parameter parameter, ColumnType.ListOf list, List<String> texts) {
    List<String> elements =
        texts.size() == 1 && texts.getFirst().startsWith("[")
            ? elements(texts.getFirst()).orElse(texts)
            : texts;
    if (elements.size() > MOST_ELEMENTS) {
      throw wrong(
          "Parameter %s: %d values; allowed: %d"
              .formatted(parameter.name(), elements.size(), MOST_ELEMENTS));
    }
    return new ListValue(
        list.element().sql(),
        elements.stream().map(text -> element(parameter, list.element(), text)).toList());
  }

  /** The elements of a JSON array of texts, numbers and booleans; empty when it is none. */
  static Optional<List<String>> elements(String text) {
    try {
      JsonNode array = JSON.readTree(text);
      List<String> elements = new ArrayList<>();
      for (JsonNode element : array) {
        if (!element.isValueNode() || element.isNull()) {
          return Optional.empty();
        }
        elements.add(element.asText());
      }
      return array.isArray() ? Optional.of(elements) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static Object element(Parameter parameter, ColumnType type, String text) {
    Comparable<?> value =
        ParameterText.find(text, type)
            .orElseThrow(() ->
                wrong(
                    "Parameter %s: \"%s\"; allowed: a value of type %s"
                        .formatted(parameter.name(), shortened(text), type.sql())));
    String min = parameter.min();
    if (min != null && compare(value, min, type) < 0) {
      throw wrong(
          "Parameter %s: %s; allowed: at least %s"
              .formatted(parameter.name(), shortened(text), min));
    }
    String max = parameter.max();
    if (max != null && compare(value, max, type) > 0) {
      throw wrong(
          "Parameter %s: %s; allowed: at most %s"
              .formatted(parameter.name(), shortened(text), max));
    }
    return value;
  }

  @SuppressWarnings("unchecked")
  private static int compare(Comparable<?> value, String bound, ColumnType type) {
    return ((Comparable<Object>) value).compareTo(ParameterText.find(bound, type).orElseThrow());
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  private static EngineException wrong(String detail) {
    return new EngineException(ErrorCode.WRONG_PARAMETER, detail);
  }
}
