package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/** How much {@code regexp_replace} may lengthen a text. */
final class RegexGrowth {

  private RegexGrowth() {}

  static ValueSize replaced(List<ValueSize> sizes, JsonNode call) {
    ValueSize text = sizes.getFirst();
    String replacement = Literals.string(ArgumentBounds.argument(call, 2)).orElse("");
    double added = GrowthRules.bytes(ArgumentBounds.argument(call, 2));
    long references = replacement.chars().filter(c -> c == '\\').count();
    Optional<String> options = Literals.string(ArgumentBounds.argument(call, 3));
    boolean once =
        call.get("arguments").size() < 4 || options.filter(o -> !o.contains("g")).isPresent();
    double matches = once ? 1 : text.bytes() / shortest(ArgumentBounds.argument(call, 1)) + 1;
    double bytes = text.bytes() * (1 + references) + added * matches;
    return new ValueSize(bytes, text.elements(), text.kind());
  }

  /**
   * The least length of a match, as far as a plain pattern shows it; at least 1, since empty
   * matches are no more than characters.
   */
  private static int shortest(JsonNode pattern) {
    String regex = Literals.string(pattern).orElse("");
    int length = 0;
    int last = 0;
    for (int index = 0; index < regex.length(); index++) {
      char c = regex.charAt(index);
      switch (c) {
        case '|', '(', ')' -> {
          return 1;
        }
        case '*', '?' -> length -= last;
        case '+', '^', '$' -> last = 0;
        case '{' -> {
          int close = regex.indexOf('}', index);
          length += last * (least(regex, index, close) - 1);
          index = close < 0 ? regex.length() : close;
        }
        case '[' -> {
          int close = regex.indexOf(']', index + 2);
          index = close < 0 ? regex.length() : close;
          length++;
          last = 1;
        }
        case '\\' -> {
          boolean character = "dDwWsS.-+*?()[]{}/\\".indexOf(next(regex, index)) >= 0;
          index++;
          last = character ? 1 : 0;
          length += last;
        }
        default -> {
          length++;
          last = 1;
        }
      }
    }
    return Math.max(1, length);
  }

  private static char next(String regex, int index) {
    return index + 1 < regex.length() ? regex.charAt(index + 1) : ' ';
  }

  /** The smallest number of a {@code {n,m}}; 0 if it cannot be read. */
  private static int least(String regex, int open, int close) {
    StringBuilder digits = new StringBuilder();
    for (int index = open + 1; index < close && Character.isDigit(regex.charAt(index)); index++) {
      digits.append(regex.charAt(index));
    }
    return digits.isEmpty() || digits.length() > 3 ? 0 : Integer.parseInt(digits.toString());
  }
}
