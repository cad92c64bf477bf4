package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.arrow.vector.ValueVector;

/** Writers of booleans and numbers. */
final class NumberWriters {

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private NumberWriters() {}

  /** A writer of values that have no quotes. */
  abstract static class FixedBare extends ValueWriter.Bare {
    protected MemorySegment data = MemorySegment.NULL;

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      data = segment(vector.getDataBuffer());
    }
  }

  static final class Booleans extends FixedBare {
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};

    @Override
    void write(int row, TextBuffer out) {
      boolean value = (data.get(ValueLayout.JAVA_BYTE, row >> 3) & (1 << (row & 7))) != 0;
      out.put(value ? TRUE : FALSE);
    }
  }

  /** Integers of up to 64 bits. */
  static final class Integers extends FixedBare {
    private final int width;
    private final boolean signed;

    Integers(int width, boolean signed) {
      this.width = width;
      this.signed = signed;
    }

    @Override
    void write(int row, TextBuffer out) {
      long value =
          switch (width) {
            case 1 -> data.get(ValueLayout.JAVA_BYTE, row);
            case 2 -> data.get(SHORT, 2L * row);
            case 4 -> data.get(INT, 4L * row);
            default -> data.get(LONG, 8L * row);
          };
      if (signed) {
        out.putLong(value);
      } else {
        out.putUnsigned(width == 8 ? value : value & ((1L << (8 * width)) - 1));
      }
    }
  }

  /** Floating point numbers in their shortest text; what is not finite is a text in JSON. */
  static final class Floats extends ValueWriter {
    private final boolean single;
    private MemorySegment data = MemorySegment.NULL;

    Floats(boolean single) {
      this.single = single;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      data = segment(vector.getDataBuffer());
    }

    @Override
    void writeJson(int row, TextBuffer out) {
      double value = value(row);
      if (Double.isFinite(value)) {
        write(value, out);
      } else {
        out.put('"');
        write(value, out);
        out.put('"');
      }
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      write(value(row), out);
    }

    private double value(int row) {
      return single
          ? data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row)
          : data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * row);
    }

    private void write(double value, TextBuffer out) {
      if (single) {
        out.putAscii(Float.toString((float) value));
      } else if (!writeShort(value, out)) {
        out.putAscii(Double.toString(value));
      }
    }

    /**
     * Most numbers that people keep have few decimals. Of at most 15 digits no two decimals are the
     * same double, so one that gives the double back is its shortest text.
     */
    private static boolean writeShort(double value, TextBuffer out) {
      double magnitude = Math.abs(value);
      if (!(magnitude < 1e9 && magnitude >= 1e-3)) {
        return false;
      }
      long scaled = Math.round(magnitude * 1e6);
      if (scaled / 1e6 != magnitude) {
        return false;
      }
      if (value < 0) {
        out.put('-');
      }
      long whole = scaled / 1_000_000;
      int fraction = (int) (scaled - whole * 1_000_000);
      int digits = 6;
      while (digits > 1 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
      }
      out.putUnsigned(whole);
      out.put('.');
      out.putPadded(fraction, digits);
      return true;
    }
  }

  /** Decimals and 128-bit integers, exact: texts in JSON. */
  static final class Decimals extends ValueWriter.Quoted {
    private final int scale;
    private final boolean signed;
    private MemorySegment data = MemorySegment.NULL;

    Decimals(int scale, boolean signed) {
      this.scale = scale;
      this.signed = signed;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      data = segment(vector.getDataBuffer());
    }

    @Override
    void write(int row, TextBuffer out) {
      long low = data.get(LONG, 16L * row);
      long high = data.get(LONG, 16L * row + 8);
      boolean fits = signed ? high == low >> 63 && low != Long.MIN_VALUE : high == 0 && low >= 0;
      if (fits) {
        writeLong(low, out);
      } else {
        writeBig(high, low, out);
      }
    }

    private void writeLong(long value, TextBuffer out) {
      long magnitude = Math.abs(value);
      if (value < 0) {
        out.put('-');
      }
      if (scale == 0) {
        out.putUnsigned(magnitude);
      } else if (scale > 18) {
        out.put('0');
        out.put('.');
        out.putPadded(magnitude, scale);
      } else {
        long power = POWERS[scale];
        out.putUnsigned(magnitude / power);
        out.put('.');
        out.putPadded(magnitude % power, scale);
      }
    }

    private void writeBig(long high, long low, TextBuffer out) {
      BigInteger unsignedLow = new BigInteger(Long.toUnsignedString(low));
      BigInteger top =
          signed ? BigInteger.valueOf(high) : new BigInteger(Long.toUnsignedString(high));
      BigInteger value = top.shiftLeft(64).add(unsignedLow);
      out.putAscii(new BigDecimal(value, scale).toPlainString());
    }

    private static final long[] POWERS = new long[19];

    static {
      POWERS[0] = 1;
      for (int index = 1; index < POWERS.length; index++) {
        POWERS[index] = POWERS[index - 1] * 10;
      }
    }
  }
}
