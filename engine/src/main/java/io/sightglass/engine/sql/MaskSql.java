package io.sightglass.engine.sql;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Mask;

/**
 * The SQL of every mask, in one place: the same text hides a value at rest and in a view.
 * Stateless.
 *
 * <p>NULL stays NULL under every mask. The given expression appears more than once in the text, so
 * it should be a column.
 */
public final class MaskSql {

  /** What a hidden text becomes. */
  public static final String REDACTED = "[redacted]";

  private static final String LETTER_OR_DIGIT = "[\\p{L}\\p{N}]";

  /** ASCII with five letters or digits or more, four of them at the end. */
  private static final String FIVE_ASCII =
      "[\\x00-\\x7f]*[A-Za-z0-9][\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]*[A-Za-z0-9]{4}";

  /** What stands between the digits of one number: blanks, dashes, dots, brackets, slashes. */
  private static final String GAP = "[\\s\\p{Z}\\p{Pd}.()/_]{0,3}";

  /**
   * Identifiers inside a text, whole with the letters and digits that touch them: e-mail addresses;
   * nine digits or more, however grouped (SSN, phone, account and card numbers); seven digits
   * grouped as a local phone number; numbers of six digits or more.
   */
  private static final String IDENTIFIER =
      String.join(
          "|",
          "[^\\s\\p{Z}@<>()\\[\\],;:\"]+@[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)*",
          "[\\p{L}_]*\\+?\\(?\\p{Nd}(?:" + GAP + "\\p{Nd}){8,}[\\p{L}\\p{N}_]*",
          "[\\p{L}\\p{N}_]*\\p{Nd}{6,}[\\p{L}\\p{N}_]*",
          "\\b\\p{Nd}{3}[\\s\\p{Z}\\p{Pd}.]\\p{Nd}{4}\\b");

  private MaskSql() {}

  /**
   * The value as it is kept at rest, of type {@link Mask#storedType}; text masks see the canonical
   * text of the value, which is the typed value as VARCHAR.
   *
   * @throws IllegalArgumentException for {@link Mask#PSEUDONYM}, which SQL cannot compute, and for
   *     {@link Mask#YEAR} of what is no date
   */
  public static String masked(Mask mask, String expression, ColumnType type) {
    return switch (mask) {
      case PSEUDONYM -> throw new IllegalArgumentException("PSEUDONYM is keyed: not a SQL mask");
      case LAST4 -> last4(text(expression));
      case PREFIX3 -> prefix3(text(expression));
      case REDACT -> redact(expression);
      case SCRUB -> scrub(text(expression));
      case YEAR -> "CAST(date_trunc('year', %s) AS DATE)".formatted(dated(expression, type.sql()));
      case NULL -> "CAST(NULL AS %s)".formatted(type.sql());
    };
  }

  /**
   * The value as a view shows it to a role: keeps the column's type.
   *
   * @param type DuckDB's name of the column's type
   * @throws IllegalArgumentException where {@link #keepsType} is false
   */
  public static String maskedInView(Mask mask, String expression, String type) {
    if (!keepsType(mask, type)) {
      throw new IllegalArgumentException("Mask %s of a %s".formatted(mask, type));
    }
    return switch (mask) {
      case PSEUDONYM -> throw new IllegalArgumentException("PSEUDONYM is for values at rest only");
      case LAST4 -> last4(expression);
      case PREFIX3 -> prefix3(expression);
      case REDACT -> redact(expression);
      case SCRUB -> scrub(expression);
      case YEAR -> "CAST(date_trunc('year', %s) AS %s)".formatted(expression, type);
      case NULL -> "CAST(NULL AS %s)".formatted(type);
    };
  }

  /**
   * Whether a role's mask can keep the type of a view's column: text masks are for text, {@code
   * year} for dates and timestamps, {@code null} for all, {@code pseudonym} for none.
   *
   * @param type DuckDB's name of the column's type
   */
  public static boolean keepsType(Mask mask, String type) {
    return switch (mask) {
      case PSEUDONYM -> false;
      case LAST4, PREFIX3, REDACT, SCRUB -> type.equals("VARCHAR");
      case YEAR -> isDated(type);
      case NULL -> true;
    };
  }

  private static boolean isDated(String type) {
    return type.equals("DATE")
        || type.equals("TIMESTAMP")
        || type.equals("TIMESTAMPTZ")
        || type.equals("TIMESTAMP WITH TIME ZONE");
  }

  private static String dated(String expression, String type) {
    if (!isDated(type)) {
      throw new IllegalArgumentException("Mask YEAR of a " + type);
    }
    return expression;
  }

  private static String text(String expression) {
    return "CAST(%s AS VARCHAR)".formatted(expression);
  }

  private static String last4(String text) {
    // Most identifiers are ASCII and end with four letters or digits: theirs is the quick way.
    return "(CASE WHEN regexp_full_match(%1$s, '%2$s') THEN regexp_replace(left(%1$s, -4), '[A-Za-z0-9]', '*', 'g') || right(%1$s, 4) ELSE %3$s END)"
        .formatted(text, FIVE_ASCII, last4OfAny(text));
  }

  private static String last4OfAny(String text) {
    // The tail begins at the fourth letter or digit from the end; there is none without a fifth.
    String unit = LETTER_OR_DIGIT + "[^\\p{L}\\p{N}]*";
    String tail = "regexp_extract(%s, '%s((?:%s){4})$', 1)".formatted(text, unit, unit);
    String head = "left(%1$s, length(%1$s) - length(%2$s))".formatted(text, tail);
    return "(regexp_replace(%s, '%s\\p{M}*', '*', 'g') || %s)"
        .formatted(head, LETTER_OR_DIGIT, tail);
  }

  private static String prefix3(String text) {
    return "(left(%1$s, 3) || repeat('*', greatest(length(%1$s) - 3, 0)))".formatted(text);
  }

  private static String redact(String expression) {
    return "CASE WHEN %s IS NOT NULL THEN '%s' END".formatted(expression, REDACTED);
  }

  private static String scrub(String text) {
    return "regexp_replace(%s, '%s', '%s', 'g')".formatted(text, IDENTIFIER, REDACTED);
  }
}
