package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.apache.arrow.vector.ValueVector;

/** Writers of texts and bytes. */
final class StringWriters {

  /** Up to here the bytes of a column are copied once, beyond value by value. */
  private static final int COPIED_BYTES = 8 * 1024 * 1024;

  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private StringWriters() {}

  /** A writer over values of any length. */
  abstract static class Variable extends ValueWriter {
    private int[] offsets = new int[0];
    private byte[] copied = new byte[0];
    private boolean isCopied;
    private MemorySegment data = MemorySegment.NULL;

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      offsets = offsets(vector, offsets);
      int end = vector.getValueCount() == 0 ? 0 : offsets[vector.getValueCount()];
      isCopied = end <= COPIED_BYTES;
      if (isCopied) {
        copied = bytes(vector.getDataBuffer(), end, copied);
      } else {
        data = segment(vector.getDataBuffer());
      }
    }

    final int length(int row) {
      return offsets[row + 1] - offsets[row];
    }

    final void copy(int row, TextBuffer out) {
      int start = offsets[row];
      int length = offsets[row + 1] - start;
      if (isCopied) {
        out.put(copied, start, length);
      } else {
        out.put(data, start, length);
      }
    }

    final byte[] value(int row) {
      TextBuffer value = new TextBuffer(length(row));
      copy(row, value);
      return Arrays.copyOf(value.bytes(), value.size());
    }
  }

  static final class Texts extends Variable {

    @Override
    void writeJson(int row, TextBuffer out) {
      int length = length(row);
      out.reserve(length + 2);
      out.put('"');
      int from = out.size();
      copy(row, out);
      // Copied as it is first: most texts have nothing to escape.
      byte[] bytes = out.bytes();
      for (int at = from; at < from + length; at++) {
        if (needsEscape(bytes[at])) {
          escape(at, out);
          break;
        }
      }
      out.put('"');
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      int length = length(row);
      int from = out.size();
      copy(row, out);
      if (length == 0 || csvNeedsQuotes(out.bytes(), from, length)) {
        quoteCsv(out, from);
      }
    }

    private static void escape(int from, TextBuffer out) {
      byte[] rest = Arrays.copyOfRange(out.bytes(), from, out.size());
      out.cutTo(from);
      for (byte value : rest) {
        if (needsEscape(value)) {
          putEscaped(value, out);
        } else {
          out.put((char) (value & 0xff));
        }
      }
    }
  }

  private static final boolean[] ESCAPED = new boolean[256];
  private static final boolean[] QUOTED = new boolean[256];

  static {
    Arrays.fill(ESCAPED, 0, 0x20, true);
    ESCAPED['"'] = true;
    ESCAPED['\\'] = true;
    for (char c : new char[] {'"', ',', '\n', '\r'}) {
      QUOTED[c] = true;
    }
  }

  private static boolean needsEscape(byte value) {
    return ESCAPED[value & 0xff];
  }

  private static void putEscaped(byte value, TextBuffer out) {
    out.put('\\');
    switch (value) {
      case '"', '\\' -> out.put((char) value);
      case '\n' -> out.put('n');
      case '\r' -> out.put('r');
      case '\t' -> out.put('t');
      default -> {
        out.putAscii("u00");
        out.put((char) HEX[value >> 4]);
        out.put((char) HEX[value & 15]);
      }
    }
  }

  /** A text of our own as a JSON string. */
  static void writeJson(String text, TextBuffer out) {
    out.put('"');
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      if (needsEscape(value)) {
        putEscaped(value, out);
      } else {
        out.put((char) (value & 0xff));
      }
    }
    out.put('"');
  }

  /** Whether a field of RFC 4180 must stand in quotes. */
  static boolean csvNeedsQuotes(byte[] bytes, int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (QUOTED[bytes[at] & 0xff]) {
        return true;
      }
    }
    return false;
  }

  /** Puts what stands from {@code from} on into quotes, and doubles those inside. */
  static void quoteCsv(TextBuffer out, int from) {
    byte[] field = Arrays.copyOfRange(out.bytes(), from, out.size());
    out.cutTo(from);
    out.put('"');
    for (byte value : field) {
      if (value == '"') {
        out.put('"');
      }
      out.put((char) (value & 0xff));
    }
    out.put('"');
  }

  /** Bytes in base64. */
  static final class Blobs extends Variable {

    @Override
    void writeJson(int row, TextBuffer out) {
      out.put('"');
      out.put(encoded(row));
      out.put('"');
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      byte[] encoded = encoded(row);
      if (encoded.length == 0) {
        out.putAscii("\"\"");
      } else {
        out.put(encoded);
      }
    }

    private byte[] encoded(int row) {
      return Base64.getEncoder().encode(value(row));
    }
  }
}
