package io.sightglass.engine.result;

import io.sightglass.engine.query.StatementAnswer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An answer's bytes, pulled. Used by one thread at a time, always one of {@code
 * RunningStatement.executor()}: {@link #next} blocks while the engine works.
 */
public interface ResultStream extends AutoCloseable {

  /** What headers need. */
  StatementAnswer answer();

  /** The number of bytes to come, where it is known before the first (Parquet, JSON). */
  OptionalLong length();

  /**
   * The next piece; null at the end, when {@link #trailer} holds, and only then.
   *
   * @throws io.sightglass.engine.EngineException when the statement fails late: the connection must
   *     then be cut
   */
  @Nullable Chunk next();

  /** How it ended. Only after {@link #next} gave null. */
  Trailer trailer();

  /**
   * Ends the statement: closes its record, and cancels it where the end was not reached.
   * Idempotent, from any thread; released chunks may still be in flight.
   */
  @Override
  void close();

  /**
   * Proof that an answer is whole.
   *
   * @param reprDigest the value of {@code Repr-Digest}: {@code crc32c=:…:}
   * @param truncated whether the request's own row limit ended it
   */
  record Trailer(long rowCount, String reprDigest, boolean truncated) {

    /** The value of {@code Sightglass-Status}. */
    public String status() {
      return truncated ? "truncated" : "complete";
    }
  }
}
