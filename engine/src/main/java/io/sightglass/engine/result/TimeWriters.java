package io.sightglass.engine.result;

import java.util.Arrays;
import org.apache.arrow.vector.ValueVector;

/** Writers of dates and times in ISO 8601; the year 0 is 1 BC, years past 9999 have a sign. */
final class TimeWriters {

  private static final long SECONDS_OF_DAY = 86_400;

  private TimeWriters() {}

  /** Days since 1970. */
  static final class Dates extends ValueWriter.Quoted {
    private final DateTexts texts = new DateTexts();
    private int[] values = new int[0];

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      values = ints(vector.getDataBuffer(), vector.getValueCount(), values);
    }

    @Override
    void write(int row, TextBuffer out) {
      int days = values[row];
      if (days == Integer.MAX_VALUE) {
        out.putAscii("infinity");
      } else if (days == -Integer.MAX_VALUE) {
        out.putAscii("-infinity");
      } else {
        texts.write(days, out);
      }
    }
  }

  /** A writer over 64-bit values. */
  abstract static class Longs extends ValueWriter.Quoted {
    protected long[] values = new long[0];

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      values = longs(vector.getDataBuffer(), vector.getValueCount(), values);
    }
  }

  /** Time since midnight. */
  static final class Times extends Longs {
    private final long unitsOfSecond;
    private final int digits;

    Times(int digits) {
      this.digits = digits;
      this.unitsOfSecond = powerOfTen(digits);
    }

    @Override
    void write(int row, TextBuffer out) {
      long units = values[row];
      writeTime(units / unitsOfSecond, units % unitsOfSecond, digits, out);
    }
  }

  /** Time since 1970, with {@code Z} where it is an instant. */
  static final class Timestamps extends Longs {
    private final DateTexts texts = new DateTexts();
    private final long unitsOfSecond;
    private final int digits;
    private final boolean instant;

    Timestamps(int digits, boolean instant) {
      this.digits = digits;
      this.unitsOfSecond = powerOfTen(digits);
      this.instant = instant;
    }

    @Override
    void write(int row, TextBuffer out) {
      long units = values[row];
      if (units == Long.MAX_VALUE) {
        out.putAscii("infinity");
        return;
      }
      if (units == -Long.MAX_VALUE) {
        out.putAscii("-infinity");
        return;
      }
      long seconds = Math.floorDiv(units, unitsOfSecond);
      long days = Math.floorDiv(seconds, SECONDS_OF_DAY);
      texts.write(days, out);
      out.put('T');
      writeTime(seconds - days * SECONDS_OF_DAY, units - seconds * unitsOfSecond, digits, out);
      if (instant) {
        out.put('Z');
      }
    }
  }

  /** Dates written lately: a column has few, and each costs a dozen divisions. */
  private static final class DateTexts {
    private static final int LENGTH = 10;
    private static final int REMEMBERED = 1024;

    private final long[] days = new long[REMEMBERED];
    private final byte[] texts = new byte[REMEMBERED * LENGTH];

    DateTexts() {
      Arrays.fill(days, Long.MIN_VALUE);
    }

    void write(long epochDay, TextBuffer out) {
      int slot = (int) epochDay & (REMEMBERED - 1);
      if (days[slot] == epochDay) {
        out.put(texts, slot * LENGTH, LENGTH);
        return;
      }
      int from = out.size();
      writeDate(epochDay, out);
      if (out.size() - from == LENGTH) {
        System.arraycopy(out.bytes(), from, texts, slot * LENGTH, LENGTH);
        days[slot] = epochDay;
      }
    }
  }

  private static long powerOfTen(int exponent) {
    long power = 1;
    for (int count = 0; count < exponent; count++) {
      power *= 10;
    }
    return power;
  }

  private static void writeTime(long seconds, long fraction, int digits, TextBuffer out) {
    out.putPair((int) (seconds / 3600));
    out.put(':');
    out.putPair((int) (seconds / 60 % 60));
    out.put(':');
    out.putPair((int) (seconds % 60));
    long rest = fraction;
    int shown = digits;
    if (rest == 0) {
      return;
    }
    // Groups of three digits, as every reader takes them.
    while (shown > 3 && rest % 1000 == 0) {
      rest /= 1000;
      shown -= 3;
    }
    out.put('.');
    out.putPadded(rest, shown);
  }

  /**
   * The date of a day, by the algorithm of Howard Hinnant, "chrono-Compatible Low-Level Date
   * Algorithms", civil_from_days.
   */
  static void writeDate(long epochDay, TextBuffer out) {
    long shifted = epochDay + 719_468;
    long era = Math.floorDiv(shifted, 146_097);
    long dayOfEra = shifted - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long monthFromMarch = (5 * dayOfYear + 2) / 153;
    int day = (int) (dayOfYear - (153 * monthFromMarch + 2) / 5 + 1);
    int month = (int) (monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9);
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    writeYear(year, out);
    out.put('-');
    out.putPair(month);
    out.put('-');
    out.putPair(day);
  }

  private static void writeYear(long year, TextBuffer out) {
    if (year >= 0 && year <= 9999) {
      out.putPair((int) year / 100);
      out.putPair((int) year % 100);
    } else {
      out.put(year < 0 ? '-' : '+');
      long magnitude = Math.abs(year);
      if (magnitude < 10_000) {
        out.putPadded(magnitude, 4);
      } else {
        out.putUnsigned(magnitude);
      }
    }
  }
}
