package io.sightglass.engine.result;

import io.sightglass.engine.query.OpenStatement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Parquet file, complete before its first byte leaves, so that its length is known. */
public final class ParquetEncoder implements ResultEncoder {

  private static final Logger LOG = LoggerFactory.getLogger(ParquetEncoder.class);
  private static final int CHUNK_BYTES = 256 * 1024;

  /** The key in the file's metadata that says how many rows it has. */
  static final String ROW_COUNT = "sightglass.row_count";

  @Override
  public ResultFormat format() {
    return ResultFormat.PARQUET;
  }

  @Override
  public ResultStream open(OpenStatement statement) {
    OpenStatement.ParquetFile file = statement.copyToParquet(PlainTypes.PARQUET, ROW_COUNT);
    AnswerMeter meter = new AnswerMeter(statement.limits(), Long.MAX_VALUE);
    meter.setRows(file.rows(), file.truncated());
    try {
      return new FileStream(statement, meter, file.path());
    } catch (IOException e) {
      delete(file.path());
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("A temporary Parquet file could not be deleted; it goes with its engine", e);
    }
  }

  private static final class FileStream extends EncodedStream {

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private long sent;

    FileStream(OpenStatement statement, AnswerMeter meter, Path path) throws IOException {
      super(statement, meter);
      this.path = path;
      this.channel = FileChannel.open(path, StandardOpenOption.READ);
      this.size = channel.size();
    }

    @Override
    public OptionalLong length() {
      return OptionalLong.of(size);
    }

    @Override
    @Nullable Chunk produce() {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, size));
      try {
        if (channel.read(buffer) <= 0) {
          return null;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      buffer.flip();
      sent += buffer.remaining();
      return new Chunk(List.of(buffer), buffer.remaining(), () -> {});
    }

    @Override
    boolean isWhole() {
      return sent == size;
    }

    @Override
    void releaseAll() {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.warn("A temporary Parquet file did not close", e);
      }
      delete(path);
    }
  }
}
