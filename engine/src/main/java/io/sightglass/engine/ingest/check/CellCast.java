package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.TextFormat;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The SQL that turns the text of a cell into a column's value: NULL where it does not convert.
 * Stateless.
 *
 * <p>Stricter than the engine's own casts, which take {@code 1.5} for the integer 2, {@code 1_000}
 * for a thousand and {@code infinity} for a day. Blanks around a value that is no text are allowed.
 */
public final class CellCast {

  private static final String DIGITS = "[0-9]+";
  private static final String DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
  private static final String TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?";

  /** Of hours and minutes as there are in the world; the engine takes any two digits. */
  private static final String OFFSET = "[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?";

  private static final String ZONE = "(Z|" + OFFSET + ")";

  /** More digits before or behind the point than any DECIMAL can have. */
  private static final int MOST_DIGITS = 60;

  /** Days or weeks of a year, by their number. */
  private static final Pattern COUNTED = Pattern.compile("%-?[jUWV]");

  /** What two digits for a year would be read as; nothing real is dated before it. */
  private static final String FIRST_YEAR = "'1000-01-01'";

  private CellCast() {}

  /**
   * The value of {@code cell}, an expression of type VARCHAR that is best a column, since it
   * appears several times.
   */
  public static String value(Column column, String cell) {
    TextFormat format = column.text();
    return switch (column.type()) {
      case Scalar scalar ->
          switch (scalar) {
            case VARCHAR -> cell;
            case BOOLEAN -> bool(format, cell);
            case INTEGER, BIGINT -> integer(format, cell, scalar.sql());
            case DOUBLE -> number(format, cell, "DOUBLE");
            case DATE -> format.formats().isEmpty() ? isoDate(cell) : parsed(format, cell, scalar);
            case TIMESTAMP, TIMESTAMPTZ ->
                format.formats().isEmpty()
                    ? isoTimestamp(format, cell, scalar)
                    : parsed(format, cell, scalar);
            case UUID -> "TRY_CAST(trim(%s) AS UUID)".formatted(cell);
          };
      case ColumnType.Decimal decimal -> number(format, cell, decimal.sql());
      case ColumnType.ListOf list -> NestedCast.value(column, cell);
      case ColumnType.Struct struct -> NestedCast.value(column, cell);
    };
  }

  private static String bool(TextFormat format, String cell) {
    if (format.trueText().isEmpty() && format.falseText().isEmpty()) {
      return "CASE lower(trim(%s)) WHEN 'true' THEN true WHEN 'false' THEN false END"
          .formatted(cell);
    }
    return "CASE WHEN %s THEN true WHEN %s THEN false END"
        .formatted(
            isOneOf(cell, format.trueText(), "true"), isOneOf(cell, format.falseText(), "false"));
  }

  private static String isOneOf(String cell, List<String> texts, String otherwise) {
    List<String> allowed = texts.isEmpty() ? List.of(otherwise) : texts;
    return "(%1$s IN (%2$s) OR trim(%1$s) IN (%2$s))"
        .formatted(cell, String.join(", ", allowed.stream().map(value -> text(value)).toList()));
  }

  private static String integer(TextFormat format, String cell, String type) {
    String cast = "TRY_CAST(%s AS %s)".formatted(cell, type);
    Character thousands = format.thousands();
    if (thousands == null) {
      // Most integers are written as the engine writes them; only others need the slow look.
      return "CASE WHEN CAST(%1$s AS VARCHAR) = %2$s THEN %1$s WHEN regexp_full_match(%2$s, %3$s) THEN %1$s END"
          .formatted(cast, cell, text(" *[+-]?" + DIGITS + " *"));
    }
    return "CASE WHEN regexp_full_match(%s, %s) THEN TRY_CAST(replace(%s, %s, '') AS %s) END"
        .formatted(
            cell,
            text(" *[+-]?(" + DIGITS + "|[0-9]{1,3}(" + literal(thousands) + "[0-9]{3})+) *"),
            cell,
            text(String.valueOf(thousands)),
            type);
  }

  private static String number(TextFormat format, String cell, String type) {
    Character thousands = format.thousands();
    String grouped =
        thousands == null ? DIGITS : DIGITS + "|[0-9]{1,3}(" + literal(thousands) + "[0-9]{3})+";
    String point = literal(format.decimal());
    String shape =
        " *[+-]?((%s)(%s[0-9]*)?|%s[0-9]+)([eE][+-]?[0-9]+)? *".formatted(grouped, point, point);
    String plain = cell;
    if (thousands != null) {
      plain = "replace(%s, %s, '')".formatted(plain, text(String.valueOf(thousands)));
    }
    if (format.decimal() != '.') {
      plain = "replace(%s, %s, '.')".formatted(plain, text(String.valueOf(format.decimal())));
    }
    String cast = "TRY_CAST(%s AS %s)".formatted(plain, type);
    if (type.equals("DOUBLE")) {
      // A number that a DOUBLE cannot hold would be infinity.
      return "CASE WHEN regexp_full_match(%s, %s) AND isfinite(%s) THEN %s END"
          .formatted(cell, text(shape), cast, cast);
    }
    return "CASE WHEN NOT regexp_full_match(%s, %s) THEN NULL WHEN contains(lower(%s), 'e') THEN TRY_CAST(%s AS %s) ELSE %s END"
        .formatted(cell, text(shape), cell, withoutExponent(plain), type, cast);
  }

  /**
   * The digits of a number with an exponent with the point where it belongs, for the engine loses
   * some of them and lets too large ones pass. NULL where it belongs too far out.
   */
  private static String withoutExponent(String number) {
    String parts =
        "regexp_extract(%s, '([+-]?)([0-9]*)[.]?([0-9]*)[eE]([+-]?[0-9]+)', ['sign', 'whole', 'part', 'exponent'])"
            .formatted(number);
    String zeros = "repeat('0', %d)".formatted(MOST_DIGITS);
    String digits = "%1$s || _n.whole || _n.part || %1$s".formatted(zeros);
    String point =
        "%d + CAST(length(_n.whole) AS INTEGER) + TRY_CAST(_n.exponent AS INTEGER)"
            .formatted(MOST_DIGITS);
    return "list_transform([%1$s], lambda _n: CASE WHEN TRY_CAST(_n.exponent AS INTEGER) BETWEEN -%2$d AND %2$d THEN _n.sign || left(%3$s, %4$s) || '.' || substr(%3$s, %4$s + 1) END)[1]"
        .formatted(parts, MOST_DIGITS, digits, point);
  }

  private static String isoDate(String cell) {
    return "CASE WHEN regexp_full_match(%1$s, %2$s) THEN TRY_CAST(%1$s AS DATE) END"
        .formatted(cell, text(" *" + DATE + " *"));
  }

  private static String isoTimestamp(TextFormat format, String cell, Scalar type) {
    String plain = " *" + DATE + "([T ]" + TIME + ")? *";
    String zoned = " *" + DATE + "[T ]" + TIME + ZONE + " *";
    String local = "TRY_CAST(trim(%s) AS TIMESTAMP)".formatted(cell);
    String instant = "TRY_CAST(trim(%s) AS TIMESTAMPTZ)".formatted(cell);
    return "CASE WHEN regexp_full_match(%s, %s) THEN %s WHEN regexp_full_match(%s, %s) THEN %s END"
        .formatted(
            cell,
            text(zoned),
            type == Scalar.TIMESTAMP ? inZone(instant, format.zone()) : instant,
            cell,
            text(plain),
            type == Scalar.TIMESTAMPTZ ? inZone(local, format.zone()) : local);
  }

  /**
   * One {@code try_strptime} per format: given a list, the engine applies the previous row's offset
   * to the next row without one.
   */
  private static String parsed(TextFormat format, String cell, Scalar type) {
    List<String> attempts = new ArrayList<>();
    for (String pattern : format.formats()) {
      boolean zoned = isZoned(pattern);
      String attempt = strptime(cell, pattern);
      if (pattern.endsWith("%z")) {
        attempt =
            "CASE WHEN suffix(%1$s, '+00:00') OR regexp_matches(%1$s, %2$s) THEN %3$s END"
                .formatted(cell, text(OFFSET + " *$"), attempt);
      }
      if (zoned != (type == Scalar.TIMESTAMPTZ)) {
        attempt = inZone(attempt, format.zone());
      }
      attempts.add(type == Scalar.DATE ? "CAST(%s AS DATE)".formatted(attempt) : attempt);
      if (pattern.endsWith("%z")) {
        // strptime's %z also means Z; the engine's does not.
        String utc = strptime("(left(rtrim(%s), -1) || '+0000')".formatted(cell), pattern);
        if (type != Scalar.TIMESTAMPTZ) {
          utc = inZone(utc, format.zone());
        }
        utc = type == Scalar.DATE ? "CAST(%s AS DATE)".formatted(utc) : utc;
        attempts.add("CASE WHEN suffix(rtrim(%s), 'Z') THEN %s END".formatted(cell, utc));
      }
    }
    // By any format the engine takes the word infinity, or epoch, for the first day of 1900.
    return "CASE WHEN regexp_matches(%s, '[0-9]') THEN coalesce(%s, NULL) END"
        .formatted(cell, String.join(", ", attempts));
  }

  private static String strptime(String cell, String pattern) {
    String parsed = "try_strptime(%s, %s)".formatted(cell, text(pattern));
    String year = pattern.contains("%G") ? "%G" : pattern.contains("%Y") ? "%Y" : "%y";
    // Behind the last day or week of a year the engine goes on counting into the next.
    return COUNTED.matcher(pattern).find() && pattern.contains(year) && !isZoned(pattern)
        ? "CASE WHEN contains(%s, strftime(%s, '%s')) THEN %s END"
            .formatted(cell, parsed, year, parsed)
        : parsed;
  }

  private static boolean isZoned(String pattern) {
    return pattern.contains("%z") || pattern.contains("%Z");
  }

  /** From local time to the instant, and back. */
  private static String inZone(String time, ZoneId zone) {
    return "(%s AT TIME ZONE %s)".formatted(time, zone(zone));
  }

  /** As the engine calls a zone. */
  static String zone(ZoneId zone) {
    return text(
        zone.equals(ZoneOffset.UTC)
            ? "UTC"
            : zone instanceof ZoneOffset ? "GMT" + zone.getId() : zone.getId());
  }

  /** Whether a parsed value is one that a person could have meant; over the value's column. */
  public static String isPlausible(Column column, String value) {
    return "%s >= CAST(%s AS %s)".formatted(value, FIRST_YEAR, column.type().sql());
  }

  /** Whether {@link #isPlausible} applies: formats may read two digits as a year. */
  public static boolean needsPlausibility(Column column) {
    return !column.text().formats().isEmpty()
        && (column.type() == Scalar.DATE
            || column.type() == Scalar.TIMESTAMP
            || column.type() == Scalar.TIMESTAMPTZ);
  }

  private static String literal(char value) {
    // RE2 takes a quoted text as Java does.
    return Pattern.quote(String.valueOf(value));
  }
}
