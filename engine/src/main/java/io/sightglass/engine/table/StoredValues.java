package io.sightglass.engine.table;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/** Values as Iceberg keeps them, from their text as DuckDB or ISO 8601 writes it. */
final class StoredValues {

  private static final Pattern DATE =
      Pattern.compile("(\\+?\\d{4,7})-(\\d{2})-(\\d{2})(?<bc> \\(BC\\))?");

  /** DuckDB puts the era behind the time: {@code 0044-03-15 (BC) 12:00:00}. */
  private static final Pattern TIMESTAMP =
      Pattern.compile(
          "(?<date>\\+?\\d{4,7}-\\d{2}-\\d{2}( \\(BC\\))?)(?:[ T](?<time>\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,6})?)?))?"
              + "(?<bc> \\(BC\\))?(?<zone>Z|[+-]\\d{2}(?::?\\d{2})?)?(?<bc2> \\(BC\\))?");

  private StoredValues() {}

  /**
   * The value in Iceberg's representation: days and microseconds since 1970 as Integer and Long.
   * Null for a text that is not one of the type, or that cannot be told exactly.
   */
  static @Nullable Object parse(Type type, String text) {
    try {
      return switch (type.typeId()) {
        case BOOLEAN -> bool(text);
        case INTEGER -> new BigDecimal(text).intValueExact();
        case LONG -> new BigDecimal(text).longValueExact();
        case STRING -> text;
        case DATE -> date(text);
        case TIMESTAMP -> timestamp(text, ((Types.TimestampType) type).shouldAdjustToUTC());
        case DECIMAL -> {
          Types.DecimalType decimal = (Types.DecimalType) type;
          yield new BigDecimal(text).setScale(decimal.scale(), RoundingMode.UNNECESSARY);
        }
        case FLOAT,
            DOUBLE,
            TIME,
            TIMESTAMP_NANO,
            UUID,
            FIXED,
            BINARY,
            STRUCT,
            LIST,
            MAP,
            VARIANT,
            GEOMETRY,
            GEOGRAPHY,
            UNKNOWN ->
            null;
      };
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private static @Nullable Boolean bool(String text) {
    return switch (text) {
      case "true", "t", "1" -> true;
      case "false", "f", "0" -> false;
      default -> null;
    };
  }

  private static @Nullable Integer date(String text) {
    return switch (text) {
      case "infinity" -> Integer.MAX_VALUE;
      case "-infinity" -> -Integer.MAX_VALUE;
      default -> {
        LocalDate date = localDate(text);
        yield date == null ? null : Math.toIntExact(date.toEpochDay());
      }
    };
  }

  private static @Nullable LocalDate localDate(String text) {
    Matcher matcher = DATE.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    int year = Integer.parseInt(matcher.group(1));
    return LocalDate.of(
        matcher.group("bc") == null ? year : 1 - year,
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  private static @Nullable Long timestamp(String text, boolean instant) {
    if (text.equals("infinity")) {
      return Long.MAX_VALUE;
    }
    if (text.equals("-infinity")) {
      return -Long.MAX_VALUE;
    }
    Matcher matcher = TIMESTAMP.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    String zone = matcher.group("zone");
    if (instant != (zone != null)) {
      return null; // what it means would depend on a time zone
    }
    boolean era = matcher.group("bc") != null || matcher.group("bc2") != null;
    LocalDate date = localDate(matcher.group("date") + (era ? " (BC)" : ""));
    if (date == null) {
      return null;
    }
    String time = matcher.group("time");
    LocalTime ofDay = time == null ? LocalTime.MIDNIGHT : LocalTime.parse(time);
    long offsetSeconds = zone == null ? 0 : ZoneOffset.of(zone).getTotalSeconds();
    long micros =
        Math.addExact(
            Math.multiplyExact(date.toEpochDay(), 86_400_000_000L), ofDay.toNanoOfDay() / 1_000);
    return Math.subtractExact(micros, offsetSeconds * 1_000_000L);
  }
}
