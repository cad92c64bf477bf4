package io.sightglass.web.clients;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Decompresses pages of Parquet files by zstd, as parquet-hadoop does it with a whole Hadoop on the
 * class path.
 */
final class ZstdPages implements CompressionCodecFactory {

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("Nothing is written here");
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return switch (codec) {
      case UNCOMPRESSED -> new Pages(false);
      case ZSTD -> new Pages(true);
      case SNAPPY, GZIP, LZO, BROTLI, LZ4, LZ4_RAW ->
          throw new IllegalArgumentException("Codec: %s; allowed: ZSTD".formatted(codec));
    };
  }

  @Override
  public void release() {
    // There is nothing to release.
  }

  private record Pages(boolean compressed) implements BytesInputDecompressor {

    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      if (!compressed) {
        return bytes;
      }
      ByteArrayOutputStream in = new ByteArrayOutputStream();
      bytes.writeAllTo(in);
      return BytesInput.from(Zstd.decompress(in.toByteArray(), size));
    }

    @Override
    public void decompress(
        ByteBuffer input, int compressedSize, ByteBuffer output, int decompressedSize)
        throws IOException {
      byte[] in = new byte[compressedSize];
      input.get(in);
      output.put(compressed ? Zstd.decompress(in, decompressedSize) : in);
    }

    @Override
    public void release() {
      // There is nothing to release.
    }
  }
}
