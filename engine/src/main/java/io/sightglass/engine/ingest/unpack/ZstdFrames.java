package io.sightglass.engine.ingest.unpack;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The text of a zstd archive, all frames of it. Used by one thread; the caller closes it.
 *
 * <p>The library's own stream takes a frame whose first bytes alone are there for the end. The
 * memory of a frame is bounded by the library: one that asks for more than 128 MB is refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
final class ZstdFrames extends InputStream {

  private static final int BUFFER_BYTES = 1 << 17;

  private final InputStream in;
  private final ZstdDecompressCtx frames = new ZstdDecompressCtx();
  private final byte[] read = new byte[BUFFER_BYTES];
  private final ByteBuffer packed = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
  private final ByteBuffer text = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
  private boolean isInFrame;

  /** The decoder has filled all the room that it had, and may hold more. */
  private boolean mayHoldMore;

  ZstdFrames(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!text.hasRemaining()) {
      if (!packed.hasRemaining() && !mayHoldMore && !fill()) {
        if (isInFrame) {
          throw new EOFException();
        }
        return -1;
      }
      decode();
    }
    int count = Math.min(length, text.remaining());
    text.get(target, offset, count);
    return count;
  }

  private void decode() {
    text.clear();
    try {
      isInFrame = !frames.decompressDirectByteBufferStream(text, packed);
    } catch (ZstdException damaged) {
      throw new BrokenFileException(FileFault.MALFORMED, "The archive is damaged or is no zstd");
    }
    mayHoldMore = isInFrame && !text.hasRemaining();
    text.flip();
  }

  /** False at the end of the stored bytes. */
  private boolean fill() throws IOException {
    int count = in.read(read, 0, read.length);
    packed.clear();
    packed.put(read, 0, Math.max(count, 0)).flip();
    return count > 0;
  }

  @Override
  public void close() throws IOException {
    frames.close();
    in.close();
  }
}
