package io.sightglass.engine.result;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A piece of an answer. Whoever takes it calls {@link #release} exactly once when the bytes have
 * left, from any thread.
 *
 * @param buffers to be sent in this order; direct or heap, never to be written
 * @param size their bytes together
 * @param onRelease gives the memory back to its owner
 */
public record Chunk(List<ByteBuffer> buffers, long size, Runnable onRelease) {

  public void release() {
    onRelease.run();
  }
}
