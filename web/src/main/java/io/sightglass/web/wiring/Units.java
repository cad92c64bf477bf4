package io.sightglass.web.wiring;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads durations such as {@code 90s}, {@code 5 minutes} and sizes such as {@code 4 GB}. */
public final class Units {

  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15})\\s*([a-zA-Z]+)");

  private static final Map<String, Duration> TIMES =
      Map.ofEntries(
          Map.entry("ms", Duration.ofMillis(1)),
          Map.entry("s", Duration.ofSeconds(1)),
          Map.entry("second", Duration.ofSeconds(1)),
          Map.entry("m", Duration.ofMinutes(1)),
          Map.entry("min", Duration.ofMinutes(1)),
          Map.entry("minute", Duration.ofMinutes(1)),
          Map.entry("h", Duration.ofHours(1)),
          Map.entry("hour", Duration.ofHours(1)),
          Map.entry("d", Duration.ofDays(1)),
          Map.entry("day", Duration.ofDays(1)));

  private static final Map<String, Long> SIZES =
      Map.of(
          "b", 1L, "kb", 1_000L, "mb", 1_000_000L, "gb", 1_000_000_000L, "tb", 1_000_000_000_000L);

  private Units() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static Duration duration(String text) {
    Matcher amount = AMOUNT.matcher(text.strip());
    if (amount.matches()) {
      String unit = amount.group(2).toLowerCase(Locale.ROOT);
      Duration one = TIMES.get(unit);
      if (one == null && unit.endsWith("s")) {
        one = TIMES.get(unit.substring(0, unit.length() - 1));
      }
      if (one != null) {
        return one.multipliedBy(Long.parseLong(amount.group(1)));
      }
    }
    throw new IllegalArgumentException(
        "duration \"%s\"; allowed: a number and s, m, h or d, such as 90s or 5m".formatted(text));
  }

  /**
   * Reads a size in bytes.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static long bytes(String text) {
    Matcher amount = AMOUNT.matcher(text.strip());
    Long one = amount.matches() ? SIZES.get(amount.group(2).toLowerCase(Locale.ROOT)) : null;
    if (one == null) {
      throw new IllegalArgumentException(
          "size \"%s\"; allowed: a number and KB, MB, GB or TB, such as 4 GB".formatted(text));
    }
    return Math.multiplyExact(Long.parseLong(amount.group(1)), one);
  }
}
