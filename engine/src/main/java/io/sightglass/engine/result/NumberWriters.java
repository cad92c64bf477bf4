package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.arrow.vector.ValueVector;

/** Writers of booleans and numbers. */
final class NumberWriters {

  private NumberWriters() {}

  static final class Booleans extends ValueWriter.Bare {
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};

    private byte[] bits = new byte[0];

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      bits = bytes(vector.getDataBuffer(), (vector.getValueCount() + 7) / 8, bits);
    }

    @Override
    void write(int row, TextBuffer out) {
      out.put((bits[row >> 3] & (1 << (row & 7))) != 0 ? TRUE : FALSE);
    }
  }

  /** Integers of up to 64 bits. */
  static final class Integers extends ValueWriter.Bare {
    private final int width;
    private final boolean signed;
    private long[] values = new long[0];

    Integers(int width, boolean signed) {
      this.width = width;
      this.signed = signed;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      int count = vector.getValueCount();
      if (width == 8) {
        values = longs(vector.getDataBuffer(), count, values);
        return;
      }
      if (values.length < count) {
        values = new long[Math.max(count, values.length * 2)];
      }
      MemorySegment data = segment(vector.getDataBuffer());
      long mask = signed ? -1 : (1L << (8 * width)) - 1;
      for (int row = 0; row < count; row++) {
        long value =
            switch (width) {
              case 1 -> data.get(ValueLayout.JAVA_BYTE, row);
              case 2 -> data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * row);
              default -> data.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * row);
            };
        values[row] = value & mask;
      }
    }

    @Override
    void write(int row, TextBuffer out) {
      if (signed) {
        out.putLong(values[row]);
      } else {
        out.putUnsigned(values[row]);
      }
    }
  }

  /** Floating point numbers in their shortest text; what is not finite is a text in JSON. */
  static final class Floats extends ValueWriter {
    private final boolean single;
    private long[] doubles = new long[0];
    private int[] floats = new int[0];

    Floats(boolean single) {
      this.single = single;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      if (single) {
        floats = ints(vector.getDataBuffer(), vector.getValueCount(), floats);
      } else {
        doubles = longs(vector.getDataBuffer(), vector.getValueCount(), doubles);
      }
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
      return single ? Float.intBitsToFloat(floats[row]) : Double.longBitsToDouble(doubles[row]);
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
    private long[] halves = new long[0];

    Decimals(int scale, boolean signed) {
      this.scale = scale;
      this.signed = signed;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      halves = longs(vector.getDataBuffer(), 2 * vector.getValueCount(), halves);
    }

    @Override
    void write(int row, TextBuffer out) {
      long low = halves[2 * row];
      long high = halves[2 * row + 1];
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
