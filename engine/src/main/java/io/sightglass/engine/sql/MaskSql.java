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

  /** ASCII with five letters or digits or more, four of them at the end. */
  private static final String FIVE_ASCII =
      "[\\x00-\\x7f]*[A-Za-z0-9][\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]*[A-Za-z0-9]{4}";

  /**
   * The characters that the masks speak of, as parts of a character class. Patterns over all of
   * Unicode take the engine tens of milliseconds to compile, each time that a statement runs.
   */
  private enum Alphabet {
    UNICODE("\\p{L}", "\\p{N}", "\\p{Nd}", "\\p{M}", "\\s\\p{Z}", "\\p{Pd}"),
    ASCII("A-Za-z", "0-9", "0-9", "", "\\s", "\\-");

    private final String letterOrDigit;
    private final String mark;
    private final String identifier;

    Alphabet(String letter, String number, String digit, String mark, String blank, String dash) {
      letterOrDigit = "[" + letter + number + "]";
      this.mark = mark.isEmpty() ? "" : mark + "*";
      identifier = identifier(letter, number, "[" + digit + "]", blank, dash);
    }

    /**
     * Identifiers inside a text, whole with the letters and digits that touch them: e-mail
     * addresses; nine digits or more, however grouped (SSN, phone, account and card numbers); seven
     * digits grouped as a local phone number; numbers of six digits or more.
     */
    private static String identifier(
        String letter, String number, String digit, String blank, String dash) {
      String word = "[" + letter + number + "_]*";
      String label = "[" + letter + number + "_-]+";
      // What stands between the digits of one number: blanks, dashes, dots, brackets, slashes.
      String gap = "[" + blank + dash + ".()/_]{0,3}";
      return String.join(
          "|",
          "[^" + blank + "@<>()\\[\\],;:\"]+@" + label + "(?:\\." + label + ")*",
          "[" + letter + "_]*\\+?\\(?" + digit + "(?:" + gap + digit + "){8,}" + word,
          word + digit + "{6,}" + word,
          "\\b" + digit + "{3}[" + blank + dash + ".]" + digit + "{4}\\b");
    }
  }

  private MaskSql() {}

  /**
   * The value as it is kept at rest, of type {@link Mask#storedType}; text masks see the canonical
   * text of the value, which is the typed value as VARCHAR.
   *
   * @param ascii whether every such text is known to be ASCII, which gives the same and costs less
   * @throws IllegalArgumentException for {@link Mask#PSEUDONYM}, which SQL cannot compute, and for
   *     {@link Mask#YEAR} of what is no date
   */
  public static String masked(Mask mask, String expression, ColumnType type, boolean ascii) {
    Alphabet alphabet = ascii ? Alphabet.ASCII : Alphabet.UNICODE;
    return switch (mask) {
      case PSEUDONYM -> throw new IllegalArgumentException("PSEUDONYM is keyed: not a SQL mask");
      case LAST4 -> last4(text(expression), alphabet);
      case PREFIX3 -> prefix3(text(expression));
      case REDACT -> redact(expression);
      case SCRUB -> scrub(text(expression), alphabet);
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
      case LAST4 -> last4(expression, Alphabet.UNICODE);
      case PREFIX3 -> prefix3(expression);
      case REDACT -> redact(expression);
      case SCRUB -> scrub(expression, Alphabet.UNICODE);
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

  private static String last4(String text, Alphabet alphabet) {
    // Most identifiers are ASCII and end with four letters or digits: theirs is the quick way. Each
    // match costs, so that four are hidden at once where four stand together.
    String head = replaced("left(%s, -4)".formatted(text), "[A-Za-z0-9]{4}", "****");
    return "(CASE WHEN regexp_full_match(%1$s, '%2$s') THEN %3$s || right(%1$s, 4) ELSE %4$s END)"
        .formatted(
            text, FIVE_ASCII, replaced(head, "[A-Za-z0-9]", "*"), last4OfAny(text, alphabet));
  }

  private static String last4OfAny(String text, Alphabet alphabet) {
    // The tail begins at the fourth letter or digit from the end; there is none without a fifth.
    // With one letter in place of all, its pattern is short.
    String shape = replaced(text, alphabet.letterOrDigit, "a");
    String tail = "length(regexp_extract(%s, 'a[^a]*((?:a[^a]*){4})$', 1))".formatted(shape);
    String head = "left(%1$s, length(%1$s) - %2$s)".formatted(text, tail);
    return "(%s || right(%s, %s))"
        .formatted(replaced(head, alphabet.letterOrDigit + alphabet.mark, "*"), text, tail);
  }

  private static String replaced(String text, String pattern, String by) {
    return "regexp_replace(%s, '%s', '%s', 'g')".formatted(text, pattern, by);
  }

  private static String prefix3(String text) {
    return "(left(%1$s, 3) || repeat('*', greatest(length(%1$s) - 3, 0)))".formatted(text);
  }

  private static String redact(String expression) {
    return "CASE WHEN %s IS NOT NULL THEN '%s' END".formatted(expression, REDACTED);
  }

  private static String scrub(String text, Alphabet alphabet) {
    return replaced(text, alphabet.identifier, REDACTED);
  }
}
