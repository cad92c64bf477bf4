package io.sightglass.engine.result;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.apache.arrow.vector.ValueVector;

/** Writers of texts and bytes. */
final class StringWriters {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private StringWriters() {}

  /** A writer over values of any length. */
  abstract static class Variable extends ValueWriter {
    protected MemorySegment offsets = MemorySegment.NULL;
    protected MemorySegment data = MemorySegment.NULL;

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      offsets = segment(vector.getOffsetBuffer());
      data = segment(vector.getDataBuffer());
    }

    final int start(int row) {
      return offsets.get(INT, 4L * row);
    }

    final int end(int row) {
      return offsets.get(INT, 4L * row + 4);
    }
  }

  static final class Texts extends Variable {

    @Override
    void writeJson(int row, TextBuffer out) {
      int start = start(row);
      int length = end(row) - start;
      out.reserve(length + 2);
      out.put('"');
      int from = out.size();
      out.put(data, start, length);
      // Copied as it is first: most texts have nothing to escape.
      byte[] bytes = out.bytes();
      for (int at = from; at < from + length; at++) {
        if (needsEscape(bytes[at])) {
          escape(start, length, at - from, from, out);
          break;
        }
      }
      out.put('"');
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      int start = start(row);
      int length = end(row) - start;
      int from = out.size();
      out.put(data, start, length);
      if (length == 0 || csvNeedsQuotes(out.bytes(), from, length)) {
        quoteCsv(out, from);
      }
    }

    private void escape(int start, int length, int clean, int from, TextBuffer out) {
      out.cutTo(from + clean);
      for (int at = clean; at < length; at++) {
        byte value = data.get(ValueLayout.JAVA_BYTE, (long) start + at);
        if (needsEscape(value)) {
          putEscaped(value, out);
        } else {
          out.put((char) (value & 0xff));
        }
      }
    }
  }

  private static boolean needsEscape(byte value) {
    return (value >= 0 && value < 0x20) || value == '"' || value == '\\';
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
      byte value = bytes[at];
      if (value == '"' || value == ',' || value == '\n' || value == '\r') {
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
      int start = start(row);
      byte[] value = new byte[end(row) - start];
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, start, value, 0, value.length);
      return Base64.getEncoder().encode(value);
    }
  }

  /** Texts of the engine that hold nothing to escape, made into ISO 8601. */
  static final class Isos extends Variable {

    /** How a text of the engine becomes one of ISO 8601. */
    @FunctionalInterface
    interface Rewriting {
      String toIso(String text);
    }

    private final Rewriting rewriting;

    Isos(Rewriting rewriting) {
      this.rewriting = rewriting;
    }

    @Override
    void writeJson(int row, TextBuffer out) {
      out.put('"');
      writeCsv(row, out);
      out.put('"');
    }

    @Override
    void writeCsv(int row, TextBuffer out) {
      int start = start(row);
      byte[] value = new byte[end(row) - start];
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, start, value, 0, value.length);
      out.putAscii(rewriting.toIso(new String(value, StandardCharsets.US_ASCII)));
    }
  }
}
