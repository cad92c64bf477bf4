package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of text in the making: grows, and is used again. Used by one thread at a time. */
final class TextBuffer {

  private static final byte[] PAIRS = new byte[200];

  static {
    for (int number = 0; number < 100; number++) {
      PAIRS[2 * number] = (byte) ('0' + number / 10);
      PAIRS[2 * number + 1] = (byte) ('0' + number % 10);
    }
  }

  private byte[] bytes;
  private int size;

  TextBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  int size() {
    return size;
  }

  byte[] bytes() {
    return bytes;
  }

  void clear() {
    size = 0;
  }

  /** Takes back everything after {@code length} bytes. */
  void cutTo(int length) {
    size = length;
  }

  void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
    }
  }

  void put(char ascii) {
    reserve(1);
    bytes[size++] = (byte) ascii;
  }

  void put(byte[] text) {
    reserve(text.length);
    System.arraycopy(text, 0, bytes, size, text.length);
    size += text.length;
  }

  void put(byte[] text, int from, int length) {
    reserve(length);
    System.arraycopy(text, from, bytes, size, length);
    size += length;
  }

  void put(MemorySegment text, long from, int length) {
    reserve(length);
    MemorySegment.copy(text, ValueLayout.JAVA_BYTE, from, bytes, size, length);
    size += length;
  }

  void putAscii(String text) {
    int length = text.length();
    reserve(length);
    for (int index = 0; index < length; index++) {
      bytes[size++] = (byte) text.charAt(index);
    }
  }

  void putText(String text) {
    put(text.getBytes(StandardCharsets.UTF_8));
  }

  void putLong(long value) {
    if (value >= 0) {
      putUnsigned(value);
    } else {
      put('-');
      // The smallest long is its own negative, and right when read without a sign.
      putUnsigned(-value);
    }
  }

  /** All 64 bits as a number. */
  void putUnsigned(long value) {
    reserve(20);
    if (value < 0) {
      long quotient = Long.divideUnsigned(value, 100);
      putUnsigned(quotient);
      putPair((int) (value - quotient * 100));
      return;
    }
    int digits = digits(value);
    int at = size + digits;
    long rest = value;
    while (rest >= 100) {
      long quotient = rest / 100;
      int pair = (int) (rest - quotient * 100) * 2;
      bytes[--at] = PAIRS[pair + 1];
      bytes[--at] = PAIRS[pair];
      rest = quotient;
    }
    if (rest >= 10) {
      bytes[--at] = PAIRS[(int) rest * 2 + 1];
      bytes[--at] = PAIRS[(int) rest * 2];
    } else {
      bytes[--at] = (byte) ('0' + rest);
    }
    size += digits;
  }

  /** A number below 100 with two digits. */
  void putPair(int value) {
    reserve(2);
    bytes[size++] = PAIRS[2 * value];
    bytes[size++] = PAIRS[2 * value + 1];
  }

  /** A number with exactly that many digits, zeros before it. */
  void putPadded(long value, int digits) {
    reserve(digits);
    long rest = value;
    for (int at = size + digits - 1; at >= size; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  private static int digits(long value) {
    int digits = 1;
    long bound = 10;
    while (digits < 19 && value >= bound) {
      digits++;
      bound *= 10;
    }
    return digits;
  }

  @Override
  public String toString() {
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }
}
