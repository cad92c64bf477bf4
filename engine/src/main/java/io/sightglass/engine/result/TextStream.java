package io.sightglass.engine.result;

import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** An answer as lines of text, made in buffers that are used again. */
final class TextStream extends EncodedStream {

  /** How rows become text. Bound to one statement's columns. */
  interface Rows {

    /** Before the first row. */
    void writeHead(TextBuffer out);

    /** Points at a batch. */
    void bind(VectorSchemaRoot batch);

    void writeRow(int row, TextBuffer out);
  }

  static final int BATCH_ROWS = 8192;

  /** Large enough for few writes, small enough for a processor's cache. */
  private static final int CHUNK_BYTES = 128 * 1024;

  private static final int FIRST_CAPACITY = 8 * 1024;

  private final ArrowCursor cursor;
  private final Rows rows;
  private final Queue<TextBuffer> spare = new ConcurrentLinkedQueue<>();
  private boolean headWritten;
  private boolean atEnd;
  private int row;
  private int batchRows;

  TextStream(OpenStatement statement, ArrowCursor cursor, Rows rows) {
    super(statement, new AnswerMeter(statement.limits(), Long.MAX_VALUE));
    this.cursor = cursor;
    this.rows = rows;
  }

  @Override
  @Nullable Chunk produce() {
    TextBuffer out = takeBuffer();
    if (!headWritten) {
      headWritten = true;
      rows.writeHead(out);
    }
    while (!atEnd && row == batchRows && nextBatch()) {
      // Empty batches are passed over.
    }
    while (row < batchRows && out.size() < CHUNK_BYTES) {
      rows.writeRow(row++, out);
    }
    if (out.size() == 0) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(out.bytes(), 0, out.size()).asReadOnlyBuffer();
    return new Chunk(List.of(bytes), out.size(), () -> giveBack(out));
  }

  /** Whether another line follows shows when it is asked for. */
  @Override
  boolean isWhole() {
    return false;
  }

  private boolean nextBatch() {
    if (meter().isTruncated() || !cursor.advance()) {
      atEnd = true;
      return false;
    }
    row = 0;
    batchRows = meter().admit(cursor.batch().getRowCount());
    rows.bind(cursor.batch());
    return true;
  }

  private TextBuffer takeBuffer() {
    TextBuffer buffer = spare.poll();
    return buffer == null ? new TextBuffer(FIRST_CAPACITY) : buffer;
  }

  private void giveBack(TextBuffer buffer) {
    buffer.clear();
    spare.add(buffer);
  }

  @Override
  void releaseAll() {
    cursor.close();
    spare.clear();
  }
}
