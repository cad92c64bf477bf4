package io.sightglass.engine.views.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds where in an author's text something stands that was found in its canonical text. Stateless.
 */
final class SqlLines {

  private static final Pattern COMMENT =
      Pattern.compile("'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);

  private SqlLines() {}

  /**
   * The line of a word, from 0 for the first of {@code written}; that of its first word when the
   * word is not found there.
   *
   * @param offset of the word in the canonical text, in bytes; negative: not known
   */
  static int lineOf(String written, String canonical, String word, int offset) {
    String text = withoutComments(written);
    List<Integer> places = places(text, word);
    if (places.isEmpty()) {
      return lineAt(text, text.length() - text.stripLeading().length());
    }
    int before = offset < 0 ? 0 : places(wordsAt(canonical, 0, offset), word).size();
    return lineAt(text, places.get(Math.min(before, places.size() - 1)));
  }

  /** The words of the canonical text at a place; empty when there is no such place. */
  static String wordsAt(String canonical, int offset, int length) {
    byte[] bytes = canonical.getBytes(StandardCharsets.UTF_8);
    return offset < 0 || length < 0 || offset + length > bytes.length
        ? ""
        : new String(bytes, offset, length, StandardCharsets.UTF_8);
  }

  /** The text with other words at a place. */
  static String replaced(String canonical, int offset, int length, String words) {
    byte[] bytes = canonical.getBytes(StandardCharsets.UTF_8);
    int end = offset + length;
    return new String(bytes, 0, offset, StandardCharsets.UTF_8)
        + words
        + new String(bytes, end, bytes.length - end, StandardCharsets.UTF_8);
  }

  private static List<Integer> places(String text, String word) {
    List<Integer> places = new ArrayList<>();
    if (word.isEmpty()) {
      return places;
    }
    Matcher matcher =
        Pattern.compile(
                "(?<![\\p{L}\\p{N}_])"
                    + Pattern.quote(word.toLowerCase(Locale.ROOT))
                    + "(?![\\p{L}\\p{N}_])")
            .matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      places.add(matcher.start());
    }
    return places;
  }

  /** Comments blanked, everything else where it stood. */
  private static String withoutComments(String text) {
    return COMMENT
        .matcher(text)
        .replaceAll(found ->
            Matcher.quoteReplacement(
                found.group().startsWith("-") || found.group().startsWith("/")
                    ? found.group().replaceAll("[^\n]", " ")
                    : found.group()));
  }

  private static int lineAt(String text, int index) {
    return (int) text.substring(0, index).chars().filter(c -> c == '\n').count();
  }
}
