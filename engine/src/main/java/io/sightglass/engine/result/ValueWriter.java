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

  private static final MemorySegment NOTHING = MemorySegment.NULL;

  private MemorySegment validity = NOTHING;
  private boolean nulls;

  /** Points it at the vector of the batch that comes. */
  void bind(ValueVector vector) {
    nulls = vector.getNullCount() > 0;
    validity = nulls ? segment(vector.getValidityBuffer()) : NOTHING;
  }

  // The batch keeps the memory for as long as it is bound here.
  @SuppressWarnings("restricted")
  static MemorySegment segment(ArrowBuf buffer) {
    return MemorySegment.ofAddress(buffer.memoryAddress()).reinterpret(buffer.capacity());
  }

  boolean isNull(int row) {
    return nulls && (validity.get(ValueLayout.JAVA_BYTE, row >> 3) & (1 << (row & 7))) == 0;
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
