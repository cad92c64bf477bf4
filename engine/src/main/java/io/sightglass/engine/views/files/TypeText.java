package io.sightglass.engine.views.files;

import io.sightglass.engine.Spelling;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the text of a column's type: {@code BIGINT}, {@code DECIMAL(12, 2)}, {@code VARCHAR[]},
 * {@code STRUCT(a DATE, b VARCHAR[])}. Upper and lower case are the same. Not thread-safe.
 */
public final class TypeText {

  /** What a type may be, in words. */
  public static final String ALLOWED =
      "BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ, UUID,"
          + " lists T[] and STRUCT(a T, …) of these";

  private static final Map<String, String> OTHER_NAMES =
      Map.ofEntries(
          Map.entry("INT", "INTEGER"),
          Map.entry("LONG", "BIGINT"),
          Map.entry("SMALLINT", "INTEGER"),
          Map.entry("BOOL", "BOOLEAN"),
          Map.entry("FLOAT", "DOUBLE"),
          Map.entry("REAL", "DOUBLE"),
          Map.entry("NUMERIC", "DECIMAL(18, 2)"),
          Map.entry("DECIMAL", "DECIMAL(18, 2)"),
          Map.entry("STRING", "VARCHAR"),
          Map.entry("TEXT", "VARCHAR"),
          Map.entry("CHAR", "VARCHAR"),
          Map.entry("DATETIME", "TIMESTAMP"));
  private static final int MOST_NESTED = 16;

  private final String text;
  private int at;

  private TypeText(String text) {
    this.text = text;
  }

  /** The type that the text names; empty when it names none. */
  public static Optional<ColumnType> find(String text) {
    TypeText reading = new TypeText(text);
    try {
      ColumnType type = reading.type(0);
      reading.skipBlanks();
      return reading.at == text.length() ? Optional.of(type) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The type that a text which names none may have meant. */
  static Optional<String> findMeant(String text) {
    String word = text.strip().toUpperCase(Locale.ROOT).replaceFirst("\\(.*", "").strip();
    String other = OTHER_NAMES.get(word);
    return other != null
        ? Optional.of(other)
        : Spelling.findLikest(word, Arrays.stream(Scalar.values()).map(Scalar::name).toList());
  }

  private ColumnType type(int depth) {
    if (depth > MOST_NESTED) {
      throw new IllegalArgumentException("Nested too deep");
    }
    String word = word().toUpperCase(Locale.ROOT);
    ColumnType type =
        switch (word) {
          case "DECIMAL" -> decimal();
          case "STRUCT" -> struct(depth);
          default -> Scalar.valueOf(word);
        };
    while (accept("[")) {
      expect("]");
      type = new ColumnType.ListOf(type);
      if (++depth > MOST_NESTED) {
        throw new IllegalArgumentException("Nested too deep");
      }
    }
    return type;
  }

  private ColumnType decimal() {
    expect("(");
    int precision = Integer.parseInt(word());
    expect(",");
    int scale = Integer.parseInt(word());
    expect(")");
    return new ColumnType.Decimal(precision, scale);
  }

  private ColumnType struct(int depth) {
    List<ColumnType.Field> fields = new ArrayList<>();
    Set<String> names = new HashSet<>();
    expect("(");
    do {
      String name = word();
      if (Character.isDigit(name.charAt(0)) || !names.add(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("Field: " + name);
      }
      fields.add(new ColumnType.Field(name, type(depth + 1)));
    } while (accept(","));
    expect(")");
    return new ColumnType.Struct(fields);
  }

  private String word() {
    skipBlanks();
    int start = at;
    while (at < text.length() && isWordPart(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw new IllegalArgumentException("No word at " + at);
    }
    return text.substring(start, at);
  }

  private static boolean isWordPart(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private boolean accept(String sign) {
    skipBlanks();
    boolean found = text.startsWith(sign, at);
    at += found ? sign.length() : 0;
    return found;
  }

  private void expect(String sign) {
    if (!accept(sign)) {
      throw new IllegalArgumentException("No %s at %d".formatted(sign, at));
    }
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }
}
