package io.sightglass.engine.views.files;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.NamedQuery.Parameter;
import io.sightglass.engine.views.ParameterText;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads one parameter of a named query: a scalar or a list of scalars, with what it may be. */
final class ParameterReader {

  /** What a parameter may not be called: the address of a query has these for itself. */
  private static final Set<String> RESERVED =
      new TreeSet<>(Set.of("sql", "format", "schema", "limit", "as_of"));

  private static final String TYPES =
      "BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ, UUID,"
          + " and lists T[] of these";

  private final Mistakes mistakes;

  ParameterReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  Parameter read(YamlValue.Entry entry) {
    if (!QualifiedName.isPart(entry.key()) || RESERVED.contains(entry.key())) {
      mistakes.add(
          entry.place(),
          MistakeCode.BAD_NAME,
          "parameter \"%s\"".formatted(entry.key()),
          "[a-z][a-z0-9_]*, but none of " + String.join(", ", RESERVED));
    }
    YamlMapping mapping = entry.value().mapping("type", "default", "min", "max", "description");
    if (mapping == null) {
      return new Parameter(entry.key(), ColumnType.Scalar.VARCHAR, null, null, null, null);
    }
    ColumnType type = type(mapping);
    ColumnType element = type instanceof ColumnType.ListOf list ? list.element() : type;
    String min = bound(mapping, "min", element);
    String max = bound(mapping, "max", element);
    if (min != null && max != null && element != null && compare(min, max, element) > 0) {
      mistakes.add(
          mapping.placeOf("min"),
          MistakeCode.CONFLICT,
          "min %s above max %s".formatted(min, max),
          "min at most max");
    }
    String fallback =
        mapping
            .find("default")
            .map(value -> type == null ? null : fallback(value, type, min, max))
            .orElse(null);
    return new Parameter(
        entry.key(),
        type == null ? ColumnType.Scalar.VARCHAR : type,
        fallback,
        min,
        max,
        mapping.text("description"));
  }

  private @Nullable ColumnType type(YamlMapping mapping) {
    YamlValue value = mapping.require("type");
    String text = value == null ? null : value.text();
    if (value == null || text == null) {
      return null;
    }
    Optional<ColumnType> type = TypeText.find(text).filter(ParameterReader::isAllowed);
    if (type.isEmpty()) {
      String meant = TypeText.findMeant(text).map("; did you mean \"%s\"?"::formatted).orElse("");
      mistakes.add(value.place(), MistakeCode.WRONG_VALUE, value.seen(), TYPES + meant);
    }
    return type.orElse(null);
  }

  private static boolean isAllowed(ColumnType type) {
    return switch (type) {
      case ColumnType.Scalar scalar -> true;
      case ColumnType.Decimal decimal -> true;
      case ColumnType.ListOf list ->
          !(list.element() instanceof ColumnType.ListOf) && isAllowed(list.element());
      case ColumnType.Struct struct -> false;
    };
  }

  private static @Nullable String bound(
      YamlMapping mapping, String key, @Nullable ColumnType type) {
    return mapping.find(key).map(value -> type == null ? null : valueOf(value, type)).orElse(null);
  }

  /** The text of a value of that type; null, and noted, when it is none. */
  private static @Nullable String valueOf(YamlValue value, ColumnType type) {
    String text = value.scalar();
    if (text == null || ParameterText.find(text, type).isPresent()) {
      return text;
    }
    return value.badValue("a value of type " + type.sql());
  }

  /** A list's default is kept as a JSON array of texts. */
  private @Nullable String fallback(
      YamlValue value, ColumnType type, @Nullable String min, @Nullable String max) {
    if (!(type instanceof ColumnType.ListOf list)) {
      return within(value, type, min, max);
    }
    ArrayNode array = new ObjectMapper().createArrayNode();
    for (YamlValue item : value.oneOrList()) {
      String text = within(item, list.element(), min, max);
      if (text == null) {
        return null;
      }
      array.add(text);
    }
    return array.toString();
  }

  private @Nullable String within(
      YamlValue value, ColumnType type, @Nullable String min, @Nullable String max) {
    String text = valueOf(value, type);
    if (text == null) {
      return null;
    }
    boolean small = min != null && compare(text, min, type) < 0;
    boolean large = max != null && compare(text, max, type) > 0;
    if (small || large) {
      mistakes.add(
          value.place(),
          MistakeCode.CONFLICT,
          value.seen(),
          small ? "at least min, which is " + min : "at most max, which is " + max);
    }
    return text;
  }

  @SuppressWarnings("unchecked")
  private static int compare(String one, String other, ColumnType type) {
    return ((Comparable<Object>) ParameterText.find(one, type).orElseThrow())
        .compareTo(ParameterText.find(other, type).orElseThrow());
  }
}
