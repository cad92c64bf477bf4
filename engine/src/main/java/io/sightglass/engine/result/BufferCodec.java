package io.sightglass.engine.result;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;

/**
 * Compresses the buffers of an Arrow stream: Arrow's own LZ4 takes seconds for a megabyte. It only
 * writes.
 */
final class BufferCodec extends AbstractCompressionCodec {

  private static final int LEVEL = 1;

  private final ArrowCompression compression;

  BufferCodec(ArrowCompression compression) {
    this.compression = compression;
  }

  @Override
  protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf plain) {
    return switch (compression) {
      case ZSTD -> zstd(allocator, plain);
      case LZ4 -> lz4(allocator, plain);
    };
  }

  private static ArrowBuf zstd(BufferAllocator allocator, ArrowBuf plain) {
    long header = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
    long most = Zstd.compressBound(plain.writerIndex());
    ArrowBuf packed = allocator.buffer(header + most);
    long length =
        Zstd.compressUnsafe(
            packed.memoryAddress() + header,
            most,
            plain.memoryAddress(),
            plain.writerIndex(),
            LEVEL);
    if (Zstd.isError(length)) {
      packed.close();
      throw new IllegalStateException("zstd: " + Zstd.getErrorName(length));
    }
    packed.writerIndex(header + length);
    return packed;
  }

  private static ArrowBuf lz4(BufferAllocator allocator, ArrowBuf plain) {
    byte[] bytes = new byte[Math.toIntExact(plain.writerIndex())];
    plain.getBytes(0, bytes);
    ByteArrayOutputStream frame = new ByteArrayOutputStream(bytes.length / 2 + 64);
    try (LZ4FrameOutputStream out = new LZ4FrameOutputStream(frame)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long header = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
    ArrowBuf packed = allocator.buffer(header + frame.size());
    packed.setBytes(header, frame.toByteArray());
    packed.writerIndex(header + frame.size());
    return packed;
  }

  @Override
  protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf packed) {
    throw new UnsupportedOperationException("This side only writes");
  }

  @Override
  public CompressionUtil.CodecType getCodecType() {
    return switch (compression) {
      case ZSTD -> CompressionUtil.CodecType.ZSTD;
      case LZ4 -> CompressionUtil.CodecType.LZ4_FRAME;
    };
  }
}
