package io.sightglass.web.api;

import com.github.luben.zstd.ZstdOutputStream;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.result.Chunk;
import io.sightglass.engine.result.ResultFormat;
import io.sightglass.engine.result.ResultStream;
import io.sightglass.web.api.Negotiation.ContentCoding;
import io.sightglass.web.api.stream.ByteSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a statement's answer, compressed where the client asked for it. {@code Repr-Digest}
 * is over the bytes as they are sent, content coding included, as RFC 9530 has it.
 */
final class ResultSource implements ByteSource {

  static final String ROW_COUNT = "Sightglass-Row-Count";
  static final String STATUS = "Sightglass-Status";
  static final String REPR_DIGEST = "Repr-Digest";

  private final RunningStatement<ResultStream> statement;
  private final ResultStream stream;
  private final @Nullable Compressor compressor;
  private final ResultFormat format;
  private final ContentCoding coding;
  private final Runnable onClose;

  private ResultSource(
      RunningStatement<ResultStream> statement,
      ResultStream stream,
      Negotiation wanted,
      Runnable onClose) {
    this.statement = statement;
    this.stream = stream;
    this.format = wanted.format();
    this.coding = wanted.coding();
    this.compressor = coding == ContentCoding.IDENTITY ? null : new Compressor(coding);
    this.onClose = onClose;
  }

  /** The bytes of {@code stream}; {@code onClose} is told when they have ended. */
  static ResultSource of(
      RunningStatement<ResultStream> statement,
      ResultStream stream,
      Negotiation wanted,
      Runnable onClose) {
    return new ResultSource(statement, stream, wanted, onClose);
  }

  Optional<String> contentEncoding() {
    return coding == ContentCoding.IDENTITY ? Optional.empty() : Optional.of(coding.key());
  }

  @Override
  public @Nullable Chunk next() {
    Compressor through = compressor;
    return through == null ? stream.next() : through.next(stream);
  }

  /** Of a Parquet file alone: JSON is proven by trailers like every stream. */
  @Override
  public OptionalLong length() {
    return format == ResultFormat.PARQUET ? stream.length() : OptionalLong.empty();
  }

  @Override
  public Map<String, String> trailers() {
    ResultStream.Trailer end = stream.trailer();
    Map<String, String> trailers = new LinkedHashMap<>();
    trailers.put(ROW_COUNT, Long.toString(end.rowCount()));
    trailers.put(STATUS, end.status());
    trailers.put(REPR_DIGEST, compressor == null ? end.reprDigest() : compressor.digest());
    return trailers;
  }

  @Override
  public void cancel() {
    statement.cancel();
  }

  @Override
  public void close() {
    stream.close();
    if (compressor != null) {
      compressor.close();
    }
    onClose.run();
  }

  /** Compresses chunk by chunk, so that a slow answer still arrives as it comes. */
  private static final class Compressor {

    private final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    private final OutputStream into;
    private final CRC32C crc = new CRC32C();
    private boolean ended;

    Compressor(ContentCoding coding) {
      try {
        into =
            coding == ContentCoding.ZSTD
                ? new ZstdOutputStream(compressed, 3)
                : new GZIPOutputStream(compressed, 8192, true);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Nullable Chunk next(ResultStream stream) {
      if (ended) {
        return null;
      }
      try {
        Chunk chunk = stream.next();
        if (chunk == null) {
          ended = true;
          into.close();
        } else {
          write(chunk);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      byte[] bytes = compressed.toByteArray();
      compressed.reset();
      crc.update(bytes);
      return new Chunk(List.of(ByteBuffer.wrap(bytes)), bytes.length, () -> {});
    }

    private void write(Chunk chunk) throws IOException {
      try {
        for (ByteBuffer part : chunk.buffers()) {
          byte[] bytes = new byte[part.remaining()];
          part.duplicate().get(bytes);
          into.write(bytes);
        }
        into.flush();
      } finally {
        chunk.release();
      }
    }

    String digest() {
      byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
      return "crc32c=:" + Base64.getEncoder().encodeToString(value) + ":";
    }

    void close() {
      if (!ended) {
        ended = true;
        try {
          into.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
