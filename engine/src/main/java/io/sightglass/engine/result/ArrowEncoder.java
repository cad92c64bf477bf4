package io.sightglass.engine.result;

import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The Arrow IPC stream: the engine's own buffers between small headers, never copied unless they
 * are to be compressed.
 *
 * <p>The last byte of each message leaves with what follows it. A stream that breaks off thus
 * always breaks within a message: some readers, such as apache-arrow for JavaScript, take a
 * connection that ends between two messages for the end of the data.
 */
public final class ArrowEncoder implements ResultEncoder {

  private static final int BATCH_ROWS = 16_384;

  private final Optional<ArrowCompression> compression;

  /** An encoder that compresses nothing. */
  public ArrowEncoder() {
    this.compression = Optional.empty();
  }

  /** An encoder that compresses each buffer. */
  public ArrowEncoder(ArrowCompression compression) {
    this.compression = Optional.of(compression);
  }

  @Override
  public ResultFormat format() {
    return ResultFormat.ARROW;
  }

  @Override
  public ResultStream open(OpenStatement statement) {
    ArrowCursor cursor = statement.start(PlainTypes.ARROW, BATCH_ROWS);
    return new ArrowStream(
        statement,
        cursor,
        compression.<CompressionCodec>map(BufferCodec::new).orElse(NoCompressionCodec.INSTANCE));
  }

  private static final class ArrowStream extends EncodedStream {

    private final ArrowCursor cursor;
    private final VectorUnloader unloader;
    private final CompressionCodec codec;
    private byte[] heldBack = new byte[0];
    private boolean schemaWritten;
    private boolean endWritten;

    ArrowStream(OpenStatement statement, ArrowCursor cursor, CompressionCodec codec) {
      super(statement, new AnswerMeter(statement.limits(), Long.MAX_VALUE));
      this.cursor = cursor;
      this.codec = codec;
      this.unloader = unloader(cursor.batch(), codec);
    }

    private static VectorUnloader unloader(VectorSchemaRoot batch, CompressionCodec codec) {
      return new VectorUnloader(batch, true, codec, true);
    }

    @Override
    @Nullable Chunk produce() {
      if (!schemaWritten) {
        schemaWritten = true;
        return schema();
      }
      while (!meter().isTruncated() && cursor.advance()) {
        VectorSchemaRoot batch = cursor.batch();
        batch.getFieldVectors().forEach(NullSlots::clear);
        int rows = meter().admit(batch.getRowCount());
        if (rows > 0) {
          return rows == batch.getRowCount() ? whole() : part(batch, rows);
        }
      }
      if (endWritten) {
        return null;
      }
      endWritten = true;
      GatheringChannel channel = channel();
      channel.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1, 0, 0, 0, 0}));
      return new Chunk(channel.buffers(), channel.size(), () -> {});
    }

    @Override
    boolean isWhole() {
      return endWritten;
    }

    /** Begins with what was held back. */
    private GatheringChannel channel() {
      GatheringChannel channel = new GatheringChannel();
      channel.write(ByteBuffer.wrap(heldBack));
      return channel;
    }

    private Chunk message(GatheringChannel channel, Runnable onRelease) {
      heldBack = new byte[] {channel.cutLast()};
      return new Chunk(channel.buffers(), channel.size(), onRelease);
    }

    private Chunk schema() {
      GatheringChannel channel = channel();
      try {
        MessageSerializer.serialize(new WriteChannel(channel), cursor.batch().getSchema());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return message(channel, () -> {});
    }

    private Chunk whole() {
      return chunk(unloader.getRecordBatch());
    }

    private Chunk part(VectorSchemaRoot batch, int rows) {
      try (VectorSchemaRoot slice = batch.slice(0, rows)) {
        return chunk(unloader(slice, codec).getRecordBatch());
      }
    }

    /** The record batch holds on to the buffers until the chunk is released. */
    private Chunk chunk(ArrowRecordBatch recordBatch) {
      GatheringChannel channel = channel();
      try {
        MessageSerializer.serialize(new WriteChannel(channel), recordBatch);
        return message(channel, recordBatch::close);
      } catch (IOException e) {
        recordBatch.close();
        throw new UncheckedIOException(e);
      } catch (RuntimeException e) {
        recordBatch.close();
        throw e;
      }
    }

    @Override
    void releaseAll() {
      cursor.close();
    }
  }
}
