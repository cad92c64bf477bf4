package io.sightglass.engine.result;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Clears the places of nulls. The Arrow format <a
 * href="https://arrow.apache.org/docs/format/Columnar.html#validity-bitmaps">leaves open</a> what
 * lies there, and the engine leaves what its memory held before, be it of another statement: a byte
 * of that must not leave the service.
 */
final class NullSlots {

  private static final int SLOTS_A_WORD = 64;
  private static final long ALL_VALID = -1;

  private NullSlots() {}

  /** Clears those of a vector and of all that is nested in it, in place. */
  static void clear(FieldVector vector) {
    if (vector instanceof BaseFixedWidthVector fixed && fixed.getTypeWidth() > 0) {
      clear(fixed);
    }
    vector.getChildrenFromFields().forEach(NullSlots::clear);
  }

  private static void clear(BaseFixedWidthVector vector) {
    int count = vector.getValueCount();
    int nulls = vector.getNullCount();
    int width = vector.getTypeWidth();
    ArrowBuf slots = vector.getDataBuffer();
    if (nulls == 0) {
      return;
    }
    if (nulls == count) {
      slots.setZero(0, (long) count * width);
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    int whole = count - count % SLOTS_A_WORD;
    for (int first = 0; first < whole; first += SLOTS_A_WORD) {
      if (validity.getLong(first / Byte.SIZE) != ALL_VALID) {
        clear(vector, first, first + SLOTS_A_WORD);
      }
    }
    clear(vector, whole, count);
  }

  private static void clear(BaseFixedWidthVector vector, int from, int to) {
    int width = vector.getTypeWidth();
    for (int index = from; index < to; index++) {
      if (vector.isNull(index)) {
        vector.getDataBuffer().setZero((long) index * width, width);
      }
    }
  }
}
