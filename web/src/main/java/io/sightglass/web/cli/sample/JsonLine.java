package io.sightglass.web.cli.sample;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Builds one JSON object on one line; what is null is left out. Not thread-safe. */
final class JsonLine {

  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT);

  private final StringBuilder text = new StringBuilder(256).append('{');

  JsonLine add(String name, @Nullable String value) {
    if (value != null) {
      name(name).append('"');
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        switch (c) {
          case '"' -> text.append("\\\"");
          case '\\' -> text.append("\\\\");
          case '\n' -> text.append("\\n");
          default -> text.append(c);
        }
      }
      text.append('"');
    }
    return this;
  }

  /** A number or a truth value. */
  JsonLine addPlain(String name, @Nullable Object value) {
    if (value != null) {
      name(name).append(value);
    }
    return this;
  }

  JsonLine add(String name, @Nullable Instant value) {
    return add(name, value == null ? null : text(value));
  }

  static String text(Instant value) {
    return MILLIS.format(value.atOffset(ZoneOffset.UTC));
  }

  private StringBuilder name(String name) {
    if (text.length() > 1) {
      text.append(',');
    }
    return text.append('"').append(name).append("\":");
  }

  /** The object. */
  String line() {
    return text.append('}').toString();
  }

  /** An object like {@code line} but for the value of a field, which is {@code json} now. */
  static String with(String line, String field, String json) {
    return Pattern.compile("\"" + field + "\":(\"(?:[^\"\\\\]|\\\\.)*\"|[^,}]*)")
        .matcher(line)
        .replaceFirst(Matcher.quoteReplacement("\"" + field + "\":" + json));
  }
}
