package io.sightglass.engine.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Values for the parameters of a statement, by name; positional ones are named {@code 1}, {@code
 * 2}, … Immutable.
 *
 * <p>A value is null, a Boolean, a number, a text, a date or time of {@code java.time}, a UUID, or
 * a {@link io.sightglass.engine.sql.ListValue}: numbers are exact.
 *
 * @param mayBeUnused whether a statement may leave some of them out, as a named query may
 */
public record Parameters(Map<String, @Nullable Object> values, boolean mayBeUnused) {

  public static final Parameters NONE = new Parameters(Map.of());

  /** DuckDB's widest decimal; what has more digits is not exact in any type of it. */
  private static final int MOST_DIGITS = 38;

  public Parameters {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Values that a statement must use, every one. */
  public Parameters(Map<String, @Nullable Object> values) {
    this(values, false);
  }

  /** Typed values of a named query's parameters. */
  public static Parameters ofQuery(Map<String, Object> values) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(values);
    return new Parameters(copy, true);
  }

  /**
   * Reads {@code parameters} of a request: an array, an object, or nothing.
   *
   * @throws EngineException {@code WRONG_PARAMETER} for a value that is neither null, boolean,
   *     number nor text
   */
  public static Parameters of(@Nullable JsonNode json) {
    if (json == null || json.isNull() || json.isMissingNode()) {
      return NONE;
    }
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    if (json.isArray()) {
      for (int index = 0; index < json.size(); index++) {
        String name = String.valueOf(index + 1);
        values.put(name, value(name, json.get(index)));
      }
    } else if (json.isObject()) {
      json.properties()
          .forEach(
              entry -> values.put(key(entry.getKey()), value(entry.getKey(), entry.getValue())));
    } else {
      throw new EngineException(
          ErrorCode.WRONG_PARAMETER,
          "Parameters: a single value; allowed: an array of values, or an object of them by name");
    }
    return new Parameters(values);
  }

  /** Texts by name, as a link gives them: {@code p.name=…}. */
  public static Parameters ofTexts(Map<String, String> texts) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    texts.forEach((name, text) -> values.put(key(name), text));
    return new Parameters(values);
  }

  /** DuckDB folds the case of parameters' names. */
  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static @Nullable Object value(String name, JsonNode json) {
    return switch (json.getNodeType()) {
      case NULL -> null;
      case BOOLEAN -> json.booleanValue();
      case STRING -> json.textValue();
      case NUMBER -> number(json);
      case ARRAY, OBJECT, BINARY, MISSING, POJO ->
          throw new EngineException(
              ErrorCode.WRONG_PARAMETER,
              "Parameter %s: a list or an object; allowed: null, a boolean, a number or a text"
                  .formatted(name));
    };
  }

  private static Object number(JsonNode json) {
    BigDecimal value = json.decimalValue();
    if (json.isIntegralNumber()) {
      BigInteger integer = value.toBigInteger();
      return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
    }
    boolean fits = value.scale() >= 0 && Math.max(value.precision(), value.scale()) <= MOST_DIGITS;
    return fits ? (Object) value : (Object) value.doubleValue();
  }

  /**
   * The values in the order in which a statement uses them.
   *
   * @param names those of the statement, in order
   * @throws EngineException {@code WRONG_PARAMETER} when one is missing or one too many
   */
  List<@Nullable Object> inOrder(List<String> names) {
    List<@Nullable Object> ordered = new ArrayList<>();
    for (String name : names) {
      String key = key(name);
      if (!values.containsKey(key)) {
        throw new EngineException(
            ErrorCode.WRONG_PARAMETER,
            "Parameter $%s has no value; given: %s".formatted(name, describe(values.keySet())));
      }
      ordered.add(values.get(key));
    }
    List<String> used = names.stream().map(Parameters::key).toList();
    Optional<String> unused =
        values.keySet().stream().filter(name -> !used.contains(name)).findFirst();
    if (unused.isPresent() && !mayBeUnused) {
      throw new EngineException(
          ErrorCode.WRONG_PARAMETER,
          "Parameter %s is not in the statement; allowed: %s"
              .formatted(unused.get(), describe(names)));
    }
    return ordered;
  }

  private static String describe(Iterable<String> names) {
    String all = String.join(", ", names);
    return all.isEmpty() ? "none" : all;
  }
}
