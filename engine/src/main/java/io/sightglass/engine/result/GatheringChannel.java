package io.sightglass.engine.result;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** Collects what is written to it: large direct buffers as they are, the rest copied and joined. */
final class GatheringChannel implements WritableByteChannel {

  /** Below this, one more buffer costs more than a copy. */
  private static final int COPIED = 512;

  private final List<ByteBuffer> buffers = new ArrayList<>();
  private final ByteArrayOutputStream small = new ByteArrayOutputStream(COPIED);
  private long size;

  @Override
  public int write(ByteBuffer source) {
    int length = source.remaining();
    if (source.isDirect() && length >= COPIED) {
      flushSmall();
      buffers.add(source.slice());
      source.position(source.limit());
    } else {
      byte[] copy = new byte[length];
      source.get(copy);
      small.write(copy, 0, length);
    }
    size += length;
    return length;
  }

  private void flushSmall() {
    if (small.size() > 0) {
      buffers.add(ByteBuffer.wrap(small.toByteArray()));
      small.reset();
    }
  }

  /** Takes the last byte of what was written back out. */
  byte cutLast() {
    flushSmall();
    ByteBuffer last = buffers.getLast();
    byte cut = last.get(last.limit() - 1);
    last.limit(last.limit() - 1);
    if (!last.hasRemaining()) {
      buffers.removeLast();
    }
    size--;
    return cut;
  }

  /** All that was written, in order. */
  List<ByteBuffer> buffers() {
    flushSmall();
    return buffers;
  }

  long size() {
    return size;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    // There is nothing to close.
  }
}
