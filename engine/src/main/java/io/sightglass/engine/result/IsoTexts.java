package io.sightglass.engine.result;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** DuckDB's texts of intervals and times with a zone, in ISO 8601. */
final class IsoTexts {

  private static final Pattern PART = Pattern.compile("(-?\\d+) (year|month|day)s?");
  private static final Pattern TIME = Pattern.compile("(-?)(\\d+):(\\d\\d):(\\d\\d)(\\.\\d+)?");

  private IsoTexts() {}

  /** {@code 1 year 2 months -3 days 04:05:06.7} is {@code P1Y2M-3DT4H5M6.7S}. */
  static String interval(String text) {
    StringBuilder iso = new StringBuilder("P");
    Matcher part = PART.matcher(text);
    while (part.find()) {
      iso.append(part.group(1)).append(Character.toUpperCase(part.group(2).charAt(0)));
    }
    Matcher time = TIME.matcher(text);
    if (time.find()) {
      StringBuilder clock = new StringBuilder();
      String sign = time.group(1);
      appendPart(clock, sign, time.group(2), 'H');
      appendPart(clock, sign, time.group(3), 'M');
      String fraction = time.group(5) == null ? "" : time.group(5);
      if (!fraction.isEmpty() || !time.group(4).equals("00")) {
        clock
            .append(sign)
            .append(Integer.parseInt(time.group(4)))
            .append(fraction.replaceAll("0+$", ""))
            .append('S');
      }
      if (!clock.isEmpty()) {
        iso.append('T').append(clock);
      }
    }
    return iso.length() == 1 ? "PT0S" : iso.toString();
  }

  private static void appendPart(StringBuilder iso, String sign, String digits, char unit) {
    long value = Long.parseLong(digits);
    if (value != 0) {
      iso.append(sign).append(value).append(unit);
    }
  }

  /** {@code 01:02:03+01} is {@code 01:02:03+01:00}; UTC is {@code Z}. */
  static String timeWithZone(String text) {
    int zone = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
    if (zone < 0) {
      return text;
    }
    String offset = text.substring(zone);
    String time = text.substring(0, zone);
    if (offset.equals("+00") || offset.equals("-00")) {
      return time + "Z";
    }
    return time + (offset.length() == 3 ? offset + ":00" : offset);
  }
}
