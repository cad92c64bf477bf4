package io.sightglass.engine.result;

import io.sightglass.engine.duckdb.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The SQL that writes a value in a plain type: a cast, but for intervals and times with a zone,
 * wherever in the value they stand, which become the ISO 8601 text that JSON has too.
 */
final class PlainValues {

  private PlainValues() {}

  /**
   * The value in another type.
   *
   * @param value an expression, which may be repeated
   * @param wanted as {@link PlainTypes} makes it of {@code type}
   */
  static String cast(String value, ValueType type, ValueType wanted) {
    return cast(value, type, wanted, 0);
  }

  /** {@code depth} of lambdas around it, whose parameters have names of their own. */
  private static String cast(String value, ValueType type, ValueType wanted, int depth) {
    if (findIso(type).isEmpty()) {
      return "CAST(%s AS %s)".formatted(value, wanted.sql());
    }
    return switch (type) {
      case ValueType.Plain plain -> findIso(plain, value).orElseThrow();
      case ValueType.ListOf list -> {
        String element = "e" + depth;
        ValueType.ListOf into = (ValueType.ListOf) wanted;
        String cast = cast(element, list.element(), into.element(), depth + 1);
        String elements = "CAST(%s AS %s[])".formatted(value, list.element().sql());
        yield "list_transform(%s, lambda %s: %s)".formatted(elements, element, cast);
      }
      case ValueType.Struct struct -> struct(value, struct, (ValueType.Struct) wanted, depth);
      case ValueType.MapOf map -> map(value, map, (ValueType.MapOf) wanted, depth);
    };
  }

  private static String struct(
      String value, ValueType.Struct struct, ValueType.Struct wanted, int depth) {
    List<String> fields = new ArrayList<>();
    for (int index = 0; index < struct.fields().size(); index++) {
      ValueType.Field field = struct.fields().get(index);
      String place = struct.named() ? Quoted.text(field.name()) : Integer.toString(index + 1);
      String cast =
          cast(
              "struct_extract(%s, %s)".formatted(value, place),
              field.type(),
              wanted.fields().get(index).type(),
              depth);
      fields.add(struct.named() ? Quoted.name(field.name()) + " := " + cast : cast);
    }
    return "CASE WHEN %s IS NOT NULL THEN %s(%s) END"
        .formatted(value, struct.named() ? "struct_pack" : "row", String.join(", ", fields));
  }

  private static String map(String value, ValueType.MapOf map, ValueType.MapOf wanted, int depth) {
    String entry = "e" + depth;
    return "CASE WHEN %s IS NOT NULL THEN map_from_entries(list_transform(map_entries(%s), lambda %s: struct_pack(key := %s, value := %s))) END"
        .formatted(
            value,
            value,
            entry,
            cast("struct_extract(%s, 'key')".formatted(entry), map.key(), wanted.key(), depth + 1),
            cast(
                "struct_extract(%s, 'value')".formatted(entry),
                map.value(),
                wanted.value(),
                depth + 1));
  }

  /** A type within it that a cast would not write in ISO 8601. */
  private static Optional<ValueType> findIso(ValueType type) {
    return switch (type) {
      case ValueType.Plain plain -> findIso(plain, "").map(text -> plain);
      case ValueType.ListOf list -> findIso(list.element());
      case ValueType.Struct struct ->
          struct.fields().stream()
              .map(field -> findIso(field.type()))
              .flatMap(Optional::stream)
              .findFirst();
      case ValueType.MapOf map -> findIso(map.key()).or(() -> findIso(map.value()));
    };
  }

  private static Optional<String> findIso(ValueType.Plain type, String value) {
    return switch (type.name()) {
      case "INTERVAL" -> Optional.of(interval(value));
      case "TIME WITH TIME ZONE" -> Optional.of(timeWithZone(value));
      default -> Optional.empty();
    };
  }

  /** {@code 1 year 2 months -3 days 04:05:06.7} is {@code P1Y2M-3DT4H5M6.7S}, nothing PT0S. */
  private static String interval(String value) {
    String micros = "datepart('microsecond', %s)".formatted(value);
    String seconds =
        """
        CASE WHEN %1$s <> 0 THEN CASE WHEN %1$s < 0 THEN '-' ELSE '' END \
        || abs(%1$s) // 1000000 \
        || CASE WHEN %1$s %% 1000000 <> 0 \
        THEN '.' || rtrim(lpad(CAST(abs(%1$s) %% 1000000 AS VARCHAR), 6, '0'), '0') ELSE '' END \
        || 'S' ELSE '' END\
        """
            .formatted(micros);
    String date = part(value, "year", 'Y') + part(value, "month", 'M') + part(value, "day", 'D');
    String time = part(value, "hour", 'H') + part(value, "minute", 'M') + seconds;
    return """
    CASE WHEN %s IS NOT NULL THEN \
    coalesce('P' || nullif(%scoalesce('T' || nullif(%s, ''), ''), ''), 'PT0S') END\
    """
        .formatted(value, date, time);
  }

  /** One part and what joins it to the next. */
  private static String part(String value, String unit, char letter) {
    return "CASE WHEN datepart('%1$s', %2$s) <> 0 THEN datepart('%1$s', %2$s) || '%3$s' ELSE '' END || "
        .formatted(unit, value, letter);
  }

  /** {@code 01:02:03+01} is {@code 01:02:03+01:00}; UTC is {@code Z}. */
  private static String timeWithZone(String value) {
    return "regexp_replace(regexp_replace(CAST(%s AS VARCHAR), '[+-]00$', 'Z'), '([+-][0-9][0-9])$', '\\1:00')"
        .formatted(value);
  }
}
