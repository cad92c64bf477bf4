package io.sightglass.web.api.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.sightglass.engine.result.Chunk;
import java.nio.ByteBuffer;

/** Wraps a chunk's own memory for the network, and gives it back when the bytes have left. */
final class ReleasingBuffer extends CompositeByteBuf {

  private final Chunk chunk;

  private ReleasingBuffer(ByteBufAllocator allocator, Chunk chunk) {
    super(allocator, true, Math.max(1, chunk.buffers().size()) + 1);
    this.chunk = chunk;
  }

  static ByteBuf of(ByteBufAllocator allocator, Chunk chunk) {
    ReleasingBuffer all = new ReleasingBuffer(allocator, chunk);
    for (ByteBuffer part : chunk.buffers()) {
      all.addComponent(true, Unpooled.wrappedBuffer(part));
    }
    return all;
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    chunk.release();
  }
}
