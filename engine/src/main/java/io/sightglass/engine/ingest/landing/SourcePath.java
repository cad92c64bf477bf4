package io.sightglass.engine.ingest.landing;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of objects' keys: {@code %Y %m %d %H}, {@code *} and {@code ?} within one folder,
 * {@code **} across folders. Immutable.
 */
public final class SourcePath {

  /**
   * What a key says about time.
   *
   * @param date null when the pattern has no year
   * @param hour null when the pattern has none
   */
  public record Match(@Nullable LocalDate date, @Nullable Integer hour) {}

  private final Pattern pattern;
  private final String prefix;
  private final Set<String> fields = new LinkedHashSet<>();

  public SourcePath(String path) {
    this("", path);
  }

  /**
   * A pattern below one folder.
   *
   * @param folder taken as it is, whatever it holds; ends with a slash, or is empty
   */
  public SourcePath(String folder, String path) {
    StringBuilder regex = new StringBuilder(Pattern.quote(folder));
    int literal = path.length();
    for (int index = 0; index < path.length(); index++) {
      char next = path.charAt(index);
      int at = index;
      switch (next) {
        case '%' -> {
          index++;
          regex.append(field(path, index));
        }
        case '*' -> {
          if (path.startsWith("**/", index)) {
            regex.append("(?:.*/)?");
            index += 2;
          } else if (path.startsWith("**", index)) {
            regex.append(".*");
            index++;
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        default -> {
          regex.append(Pattern.quote(String.valueOf(next)));
          continue;
        }
      }
      literal = Math.min(literal, at);
    }
    pattern = Pattern.compile(regex.toString());
    prefix = folder + path.substring(0, literal);
  }

  private String field(String path, int index) {
    String name = index < path.length() ? path.substring(index, index + 1) : "";
    int digits =
        switch (name) {
          case "Y" -> 4;
          case "m", "d", "H" -> 2;
          default ->
              throw new IllegalArgumentException(
                  "Path: %%%s in \"%s\"; allowed: %%Y %%m %%d %%H".formatted(name, path));
        };
    // Named twice, it must say the same twice.
    return fields.add(name) ? "(?<%s>[0-9]{%d})".formatted(name, digits) : "\\k<" + name + ">";
  }

  /** Whether its keys name a day. */
  boolean isDated() {
    return fields.contains("Y");
  }

  /** What every key of the pattern begins with. */
  public String prefix() {
    return prefix;
  }

  /** Empty when the key is not of the pattern, or names a day that is none. */
  public Optional<Match> match(String key) {
    Matcher matcher = pattern.matcher(key);
    return matcher.matches() ? read(matcher) : Optional.empty();
  }

  /** The day or hour that does not exist, in a key that is otherwise of the pattern. */
  public Optional<String> findUnreal(String key) {
    Matcher matcher = pattern.matcher(key);
    return matcher.matches() && read(matcher).isEmpty()
        ? Optional.of(fields.stream().map(matcher::group).collect(Collectors.joining("-")))
        : Optional.empty();
  }

  private Optional<Match> read(Matcher matcher) {
    try {
      LocalDate date =
          fields.contains("Y")
              ? LocalDate.of(
                  number(matcher, "Y", 0), number(matcher, "m", 1), number(matcher, "d", 1))
              : null;
      Integer hour = fields.contains("H") ? number(matcher, "H", 0) : null;
      return hour != null && hour > 23 ? Optional.empty() : Optional.of(new Match(date, hour));
    } catch (DateTimeException noDate) {
      return Optional.empty();
    }
  }

  private int number(Matcher matcher, String field, int otherwise) {
    return fields.contains(field) ? Integer.parseInt(matcher.group(field)) : otherwise;
  }
}
