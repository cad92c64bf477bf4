package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ValueVector;

/**
 * Writes the values of one vector as text, straight from its memory. Bound to one batch after the
 * other; used by one thread at a time.
 */
abstract class ValueWriter {

  private byte[] validity = new byte[0];
  private boolean nulls;

  /**
   * Points it at the vector of the batch that comes. What has a fixed width is copied into arrays:
   * one copy of a column costs less than the checks of every single access.
   */
  void bind(ValueVector vector) {
    nulls = vector.getNullCount() > 0;
    if (nulls) {
      validity = bytes(vector.getValidityBuffer(), (vector.getValueCount() + 7) / 8, validity);
    }
  }

  // The batch keeps the memory for as long as it is bound here.
  @SuppressWarnings("restricted")
  static MemorySegment segment(ArrowBuf buffer) {
    return MemorySegment.ofAddress(buffer.memoryAddress()).reinterpret(buffer.capacity());
  }

  /** The first bytes of a buffer, in {@code spare} if it is large enough. */
  static byte[] bytes(ArrowBuf buffer, int count, byte[] spare) {
    byte[] bytes = spare.length >= count ? spare : new byte[Math.max(count, spare.length * 2)];
    MemorySegment.copy(segment(buffer), ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
    return bytes;
  }

  /** The first 32-bit values of a buffer, in {@code spare} if it is large enough. */
  static int[] ints(ArrowBuf buffer, int count, int[] spare) {
    int[] ints = spare.length >= count ? spare : new int[Math.max(count, spare.length * 2)];
    MemorySegment.copy(segment(buffer), ValueLayout.JAVA_INT_UNALIGNED, 0, ints, 0, count);
    return ints;
  }

  /** The first 64-bit values of a buffer, in {@code spare} if it is large enough. */
  static long[] longs(ArrowBuf buffer, int count, long[] spare) {
    long[] longs = spare.length >= count ? spare : new long[Math.max(count, spare.length * 2)];
    MemorySegment.copy(segment(buffer), ValueLayout.JAVA_LONG_UNALIGNED, 0, longs, 0, count);
    return longs;
  }

  /** Offsets of values of any length: one more than there are values, none for no values. */
  static int[] offsets(ValueVector vector, int[] spare) {
    int count = vector.getValueCount();
    return count == 0 ? spare : ints(vector.getOffsetBuffer(), count + 1, spare);
  }

  boolean isNull(int row) {
    return nulls && (validity[row >> 3] & (1 << (row & 7))) == 0;
  }

  /** The value of a row that is not null, as JSON. */
  abstract void writeJson(int row, TextBuffer out);

  /** The value of a row that is not null, as a field of CSV. */
  abstract void writeCsv(int row, TextBuffer out);

  /** Any value, as JSON. */
  final void writeJsonOrNull(int row, TextBuffer out) {
    if (isNull(row)) {
      out.put(NULL);
    } else {
      writeJson(row, out);
    }
  }

  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  /** Values whose text is the same in both and needs neither quotes nor escapes. */
  abstract static class Bare extends ValueWriter {

    abstract void write(int row, TextBuffer out);

    @Override
    void writeJson(int row, TextBuffer out) {
      write(row, out);
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      write(row, out);
    }
  }

  /** Values whose text is quoted in JSON, bare in CSV, and holds nothing to escape. */
  abstract static class Quoted extends ValueWriter {

    abstract void write(int row, TextBuffer out);

    @Override
    void writeJson(int row, TextBuffer out) {
      out.put('"');
      write(row, out);
      out.put('"');
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      write(row, out);
    }
  }
}
