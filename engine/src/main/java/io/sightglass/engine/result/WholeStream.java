package io.sightglass.engine.result;

import io.sightglass.engine.query.OpenStatement;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An answer that is complete in memory before its first byte leaves. */
final class WholeStream extends EncodedStream {

  private final ByteBuffer bytes;
  private boolean taken;

  WholeStream(OpenStatement statement, AnswerMeter meter, ByteBuffer bytes) {
    super(statement, meter);
    this.bytes = bytes;
  }

  @Override
  public OptionalLong length() {
    return OptionalLong.of(bytes.remaining());
  }

  @Override
  @Nullable Chunk produce() {
    if (taken) {
      return null;
    }
    taken = true;
    return new Chunk(List.of(bytes.duplicate()), bytes.remaining(), () -> {});
  }

  @Override
  boolean isWhole() {
    return taken;
  }

  @Override
  void releaseAll() {
    // The bytes are the heap's.
  }
}
