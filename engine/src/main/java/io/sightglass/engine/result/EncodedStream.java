package io.sightglass.engine.result;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.query.OpenStatement;
import io.sightglass.engine.query.StatementAnswer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What all formats share: limits, digest, and an end that happens exactly once, on the thread that
 * is at work if there is one.
 */
abstract class EncodedStream implements ResultStream {

  private final OpenStatement statement;
  private final AnswerMeter meter;
  private boolean busy;
  private boolean closing;
  private boolean ended;
  private @Nullable Trailer trailer;

  EncodedStream(OpenStatement statement, AnswerMeter meter) {
    this.statement = statement;
    this.meter = meter;
  }

  /** The next piece; null at the end. */
  abstract @Nullable Chunk produce();

  /**
   * Whether nothing follows what {@link #produce} has given. A client that sees the end of the
   * format may leave before it sees that of the transfer: it has all of it.
   */
  abstract boolean isWhole();

  /** Lets go of everything but what chunks in flight hold. */
  abstract void releaseAll();

  final AnswerMeter meter() {
    return meter;
  }

  @Override
  public final StatementAnswer answer() {
    return statement.answer();
  }

  @Override
  public OptionalLong length() {
    return OptionalLong.empty();
  }

  @Override
  public final @Nullable Chunk next() {
    synchronized (this) {
      if (trailer != null) {
        return null;
      }
      if (ended || closing) {
        // Somebody ended it before its end: that must never look like the end.
        throw new EngineException(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
      }
      busy = true;
    }
    Chunk chunk = null;
    boolean isWhole = false;
    RuntimeException failure = null;
    try {
      chunk = produce();
      if (chunk != null) {
        meter.count(chunk.buffers());
      }
      isWhole = chunk == null || isWhole();
    } catch (RuntimeException e) {
      failure = e;
    }
    boolean abandoned;
    synchronized (this) {
      busy = false;
      abandoned = closing;
      ended = abandoned || isWhole || failure != null;
    }
    if (failure != null || abandoned) {
      if (chunk != null) {
        chunk.release();
      }
      releaseAll();
      if (failure == null) {
        statement.abandon(meter.brokenEnd());
        throw new EngineException(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
      }
      throw statement.fail(failure, meter.brokenEnd());
    }
    if (isWhole) {
      releaseAll();
      Trailer whole = new Trailer(meter.rows(), meter.reprDigest(), meter.isTruncated());
      synchronized (this) {
        trailer = whole;
      }
      statement.succeed(meter.end());
    }
    return chunk;
  }

  @Override
  public final synchronized Trailer trailer() {
    if (trailer == null) {
      throw new IllegalStateException("The answer has not ended, or not whole");
    }
    return trailer;
  }

  @Override
  public final void close() {
    boolean endsHere;
    synchronized (this) {
      if (ended || closing) {
        return;
      }
      closing = true;
      // Whoever is at work sees it and ends the statement itself.
      endsHere = !busy;
      ended = endsHere;
    }
    statement.cancel();
    if (endsHere) {
      releaseAll();
      statement.abandon(meter.brokenEnd());
    }
  }
}
