package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.duckdb.ArrowCursor;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A statement that has been admitted and holds a session: what an encoder works on. Used by one
 * thread at a time, but for {@link #cancel}. Exactly one of {@link #succeed}, {@link #fail} and
 * {@link #abandon} ends it.
 */
public interface OpenStatement {

  /**
   * Starts the query and blocks until its first rows are there. The engine's work counts against
   * the time limit only while a call into the cursor lasts.
   *
   * @param batchRows the most rows of one batch
   */
  ArrowCursor start(ColumnCasts casts, int batchRows);

  /**
   * Runs the query into a Parquet file, which the one who ends the statement deletes.
   *
   * @param rowCountKey the key under which the file's metadata say how many rows there are
   */
  ParquetFile copyToParquet(ColumnCasts casts, String rowCountKey);

  /** What is known before the first row; only after the query has started. */
  StatementAnswer answer();

  AnswerLimits limits();

  /** Ends it whole. Its record gets its last state soon after. */
  void succeed(AnswerEnd end);

  /**
   * Ends it after a failure.
   *
   * @param end what had been made of the answer by then
   * @return what the caller is to see: why it was stopped, if it was, else {@code failure}
   */
  EngineException fail(RuntimeException failure, AnswerEnd end);

  /** Ends it because nobody wants the rest. */
  void abandon(AnswerEnd end);

  /** Stops the engine, in whichever phase, from any thread; the owner then ends the statement. */
  void cancel();

  /**
   * How far an answer may go.
   *
   * @param rows past which it fails
   * @param requestedRows past which it ends in order; empty: the caller set none
   * @param bytes past which it fails
   */
  record AnswerLimits(long rows, OptionalLong requestedRows, long bytes) {}

  /**
   * What became of an answer.
   *
   * @param digest {@code crc32c=:…:}; empty where it is not whole
   */
  record AnswerEnd(long rows, long bytes, String digest) {}

  /**
   * An answer as a file.
   *
   * @param truncated whether the caller's own row limit cut it
   * @param metadata what its key-value metadata say
   */
  record ParquetFile(Path path, long rows, boolean truncated, Map<String, String> metadata) {}
}
