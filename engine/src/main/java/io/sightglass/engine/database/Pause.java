package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Duration;

/** Waiting until another process is through with the database. */
final class Pause {

  private Pause() {}

  /**
   * Lets {@code time} pass.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when the thread is interrupted meanwhile; it
   *     stays interrupted
   */
  static void of(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "Interrupted while waiting for the metadata database", e);
    }
  }
}
