package io.sightglass.engine.views;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says a filter in words, for people who review a policy and read no SQL. Stateless; what it has no
 * words for stays as it is.
 */
final class FilterWords {

  private static final Pattern PART =
      Pattern.compile(
          "list_contains\\(\\s*attribute_list\\('(?<list>[^']*)'\\)\\s*,\\s*(?<in>[\\w.]+)\\s*\\)"
              + "|attribute\\('(?<one>[^']*)'\\)|attribute_list\\('(?<all>[^']*)'\\)"
              + "|(?<text>'(?:[^']|'')*')"
              + "|(?<words>\\bIS\\s+NOT\\s+NULL\\b|\\bIS\\s+NULL\\b|\\bNOT\\s+IN\\b|\\bIN\\b|\\bAND\\b"
              + "|\\bOR\\b|\\bNOT\\b|<>|!=|>=|<=|=|>|<)",
          Pattern.CASE_INSENSITIVE);

  private static final Map<String, String> WORDS = words();

  private FilterWords() {}

  /** The filter in words, on one line. */
  static String of(String filter) {
    String line = filter.strip().replaceAll("\\s+", " ");
    StringBuilder said = new StringBuilder();
    Matcher part = PART.matcher(line);
    while (part.find()) {
      part.appendReplacement(said, Matcher.quoteReplacement(said(part)));
    }
    return part.appendTail(said).toString().replaceAll(" {2,}", " ").strip();
  }

  private static String said(Matcher part) {
    if (part.group("list") != null) {
      return "%s is one of the caller's %s".formatted(part.group("in"), part.group("list"));
    }
    if (part.group("one") != null) {
      return "the caller's " + part.group("one");
    }
    if (part.group("all") != null) {
      return "the caller's list of " + part.group("all");
    }
    String words = part.group("words");
    if (words == null) {
      return part.group();
    }
    String key = words.toUpperCase(Locale.ROOT).replaceAll("\\s+", " ");
    return " " + WORDS.getOrDefault(key, words) + " ";
  }

  private static Map<String, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("IS NOT NULL", "is known");
    words.put("IS NULL", "is not known");
    words.put("NOT IN", "is none of");
    words.put("IN", "is one of");
    words.put("AND", "and");
    words.put("OR", "or");
    words.put("NOT", "not");
    words.put("<>", "is not");
    words.put("!=", "is not");
    words.put("=", "is");
    words.put(">=", "is at least");
    words.put("<=", "is at most");
    words.put(">", "is above");
    words.put("<", "is below");
    return words;
  }
}
