package io.sightglass.engine.query;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A statement on its way: waiting, planning, executing or streaming. Thread-safe.
 *
 * @param <T> what its {@link StatementOutput} makes
 */
public interface RunningStatement<T> {

  /** Its id, unique for ever; also that of its record. */
  String id();

  /**
   * Completes on a thread of the engine once the answer's first bytes are ready, its record is
   * durable, and headers may leave; or with the {@link io.sightglass.engine.EngineException} that
   * the caller is to see.
   */
  CompletableFuture<T> opened();

  /**
   * Completes with the final state, on a thread of the engine. When that comes before the output
   * has been taken to its end, such as for a client that took nothing for a minute, the connection
   * is to be cut.
   */
  CompletableFuture<StatementState> ended();

  /** Threads of the engine: where the output is to be pulled, a task per credit, never parked. */
  Executor executor();

  /** Stops it in whichever phase it is; also when the client has gone. Returns at once. */
  void cancel();
}
