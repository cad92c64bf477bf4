package io.sightglass.engine.views.files;

import io.sightglass.engine.Spelling;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.views.MistakeCode;
import java.time.DateTimeException;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations, sizes, times and zones as the files of a pack write them. Stateless. */
final class Quantities {

  private static final Pattern COUNTED = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?) ?([A-Za-z]+)");
  private static final Pattern TIME = Pattern.compile("([01]\\d|2[0-3]):[0-5]\\d");
  private static final String DAILY = "daily ";
  private static final Map<String, Long> BYTES =
      Map.of(
          "B", 1L,
          "KB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "TB", 1_000_000_000_000L,
          "KiB", 1L << 10,
          "MiB", 1L << 20,
          "GiB", 1L << 30,
          "TiB", 1L << 40);

  private Quantities() {}

  /** Such as {@code 90 days} or {@code 7 years}. */
  static @Nullable Period duration(YamlValue value) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    Matcher matcher = COUNTED.matcher(text.strip());
    if (matcher.matches() && matcher.group(1).matches("[1-9]\\d{0,5}")) {
      int count = Integer.parseInt(matcher.group(1));
      Period period = period(count, matcher.group(2).toLowerCase(Locale.ROOT));
      if (period != null) {
        return period;
      }
    }
    return value.badValue("such as 90 days, 12 weeks, 6 months, 7 years");
  }

  private static @Nullable Period period(int count, String unit) {
    return switch (unit) {
      case "day", "days" -> Period.ofDays(count);
      case "week", "weeks" -> Period.ofWeeks(count);
      case "month", "months" -> Period.ofMonths(count);
      case "year", "years" -> Period.ofYears(count);
      default -> null;
    };
  }

  /** Such as {@code 4 GB}, in bytes. */
  static @Nullable Long size(YamlValue value) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    Matcher matcher = COUNTED.matcher(text.strip());
    Long unit = matcher.matches() ? BYTES.get(matcher.group(2)) : null;
    if (unit == null) {
      return value.badValue("a number with B, KB, MB, GB or TB, such as 4 GB");
    }
    return Math.round(Double.parseDouble(matcher.group(1)) * unit);
  }

  /** Such as {@code 06:00}. */
  static @Nullable LocalTime time(YamlValue value) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    return TIME.matcher(text).matches()
        ? LocalTime.parse(text)
        : value.badValue("a time of day, such as \"06:00\"");
  }

  /** Such as {@code UTC} or {@code America/New_York}. */
  static @Nullable ZoneId zone(YamlValue value, Mistakes mistakes) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      String meant =
          Spelling.findLikest(text, ZoneId.getAvailableZoneIds())
              .map("; did you mean \"%s\"?"::formatted)
              .orElse("");
      mistakes.add(
          value.place(),
          MistakeCode.WRONG_VALUE,
          value.seen(),
          "a time zone such as UTC or America/New_York" + meant);
      return null;
    }
  }

  /** Such as {@code daily 06:00}, or a mapping with {@code cron} and {@code zone}. */
  static @Nullable ScanTimes scan(YamlValue value, Mistakes mistakes) {
    if (!value.isMapping()) {
      String text = value.text();
      return text == null
          ? null
          : isDaily(text)
              ? ScanTimes.daily(LocalTime.parse(text.substring(DAILY.length())))
              : value.badValue("daily HH:MM, such as \"daily 05:00\", or {cron: …, zone: …}");
    }
    YamlMapping scan = value.mapping("cron", "zone");
    YamlValue cron = scan == null ? null : scan.require("cron");
    String fields = cron == null ? null : cron.text();
    ZoneId zone =
        scan == null
            ? null
            : scan.find("zone").map(one -> zone(one, mistakes)).orElse(ZoneOffset.UTC);
    if (cron == null || fields == null || zone == null) {
      return null;
    }
    try {
      return new ScanTimes(fields, zone);
    } catch (IllegalArgumentException e) {
      return cron.badValue(
          "five fields, minute hour day-of-month month day-of-week, such as */10 6-9 * * 1-5");
    }
  }

  /** Such as {@code daily 06:00}; checked, as it is written. */
  static @Nullable String daily(YamlValue value, String alsoAllowed) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    boolean good = text.equals(alsoAllowed) || isDaily(text);
    String also = alsoAllowed.isEmpty() ? "" : alsoAllowed + ", ";
    return good ? text : value.badValue(also + "daily HH:MM, such as \"daily 06:00\"");
  }

  private static boolean isDaily(String text) {
    return text.startsWith(DAILY) && TIME.matcher(text.substring(DAILY.length())).matches();
  }
}
