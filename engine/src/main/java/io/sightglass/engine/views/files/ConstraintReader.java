package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.views.MistakeCode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads what the values of a column must satisfy, or what a parameter of a query may be. */
final class ConstraintReader {

  private final Mistakes mistakes;

  ConstraintReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  Column.Constraints read(YamlMapping mapping, @Nullable ColumnType type) {
    Boolean required = mapping.find("required").map(YamlValue::flag).orElse(false);
    List<String> allowed =
        mapping
            .find("allowed")
            .map(value -> {
              List<YamlValue> items = value.list();
              return items == null
                  ? List.<String>of()
                  : items.stream()
                      .map(item -> valueOf(item, type))
                      .<String>mapMulti((text, next) -> {
                        if (text != null) {
                          next.accept(text);
                        }
                      })
                      .toList();
            })
            .orElse(List.of());
    Range range = range(mapping, type);
    return new Column.Constraints(
        required, mapping.text("pattern"), allowed, range.min(), range.max());
  }

  /** The texts of {@code min} and {@code max}; null where they are absent. */
  record Range(@Nullable String min, @Nullable String max) {}

  Range range(YamlMapping mapping, @Nullable ColumnType type) {
    String min = mapping.find("min").map(value -> valueOf(value, type)).orElse(null);
    String max = mapping.find("max").map(value -> valueOf(value, type)).orElse(null);
    if (min != null && max != null && type != null && compare(min, max, type) > 0) {
      mistakes.add(
          mapping.placeOf("min"),
          MistakeCode.CONFLICT,
          "min %s above max %s".formatted(min, max),
          "min at most max");
    }
    return new Range(min, max);
  }

  /** The text of a value of that type; null, and noted, when it is none. */
  @Nullable String valueOf(YamlValue value, @Nullable ColumnType type) {
    String text = value.scalar();
    if (text == null || type == null) {
      return text;
    }
    return isValue(text, type) ? text : value.badValue("a value of type " + type.sql());
  }

  private static boolean isValue(String text, ColumnType type) {
    try {
      read(text, type);
      return true;
    } catch (IllegalArgumentException | DateTimeException e) {
      return false;
    }
  }

  @SuppressWarnings("unchecked")
  private static int compare(String min, String max, ColumnType type) {
    return ((Comparable<Object>) read(min, type)).compareTo(read(max, type));
  }

  private static Object read(String text, ColumnType type) {
    return switch (type) {
      case Scalar scalar -> scalarOf(text, scalar);
      case ColumnType.Decimal decimal -> new BigDecimal(text);
      case ColumnType.ListOf list -> text;
      case ColumnType.Struct struct -> text;
    };
  }

  private static Object scalarOf(String text, Scalar type) {
    return switch (type) {
      case BOOLEAN -> {
        if (!text.equals("true") && !text.equals("false")) {
          throw new IllegalArgumentException(text);
        }
        yield Boolean.valueOf(text);
      }
      case INTEGER -> Integer.valueOf(text);
      case BIGINT -> new BigInteger(text).longValueExact();
      case DOUBLE -> new BigDecimal(text);
      case VARCHAR -> text;
      case DATE -> LocalDate.parse(text);
      case TIMESTAMP -> dateTime(text);
      case TIMESTAMPTZ ->
          text.matches(".*([zZ]|[+-]\\d\\d(:?\\d\\d)?)") && text.length() > 10
              ? OffsetDateTime.parse(iso(text)).toLocalDateTime().toString()
              : dateTime(text).toString();
      case UUID -> UUID.fromString(text).toString();
    };
  }

  private static LocalDateTime dateTime(String text) {
    return text.length() == 10
        ? LocalDate.parse(text).atStartOfDay()
        : LocalDateTime.parse(iso(text));
  }

  private static String iso(String text) {
    return text.strip().replace(' ', 'T');
  }
}
