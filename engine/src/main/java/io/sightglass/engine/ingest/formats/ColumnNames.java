package io.sightglass.engine.ingest.formats;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Names of a source's columns as people may be shown them: short, few, of visible characters,
 * without the digits of a number that could be somebody's and without e-mail addresses. Stateless.
 *
 * <p>A file from outside says what they are, and sometimes they are values.
 */
final class ColumnNames {

  private static final int MAX_NAMES = 100;
  private static final int MAX_LENGTH = 64;
  private static final int SUSPICIOUS_DIGITS = 6;

  private ColumnNames() {}

  /** Each once, in their order; {@code …} at the end of a longer list. */
  static List<String> shown(List<String> names) {
    Set<String> shown = new LinkedHashSet<>();
    for (String name : names) {
      if (shown.size() == MAX_NAMES) {
        shown.add("…");
        break;
      }
      shown.add(shown(name));
    }
    return new ArrayList<>(shown);
  }

  private static String shown(String name) {
    if (name.isBlank()) {
      return "(unnamed)";
    }
    if (name.contains("@")) {
      return "(an address)";
    }
    boolean isNumber =
        name.codePoints().filter(Character::isDigit).limit(SUSPICIOUS_DIGITS).count()
            == SUSPICIOUS_DIGITS;
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .limit(MAX_LENGTH)
        .map(point ->
            isNumber && Character.isDigit(point) ? '#' : isVisible(point) ? point : '\uFFFD')
        .forEach(text::appendCodePoint);
    return name.codePointCount(0, name.length()) > MAX_LENGTH ? text + "…" : text.toString();
  }

  private static boolean isVisible(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
