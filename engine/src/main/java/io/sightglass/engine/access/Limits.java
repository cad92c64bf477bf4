package io.sightglass.engine.access;

import java.time.Duration;

/**
 * What one caller's statements may use. Immutable.
 *
 * @param rows of one answer
 * @param bytes of one answer, before compression
 * @param time of the engine's work for one statement
 * @param concurrent statements that run at once
 * @param queued statements that may wait
 * @param memoryBytes the share of the engine's memory that is reserved for one statement
 * @param kept results kept at once
 */
public record Limits(
    long rows, long bytes, Duration time, int concurrent, int queued, long memoryBytes, int kept) {

  /** Nothing at all: a caller without a role. */
  public static final Limits NONE = new Limits(0, 0, Duration.ZERO, 0, 0, 0, 0);

  /** Of each limit the larger. */
  public Limits or(Limits other) {
    return new Limits(
        Math.max(rows, other.rows),
        Math.max(bytes, other.bytes),
        time.compareTo(other.time) >= 0 ? time : other.time,
        Math.max(concurrent, other.concurrent),
        Math.max(queued, other.queued),
        Math.max(memoryBytes, other.memoryBytes),
        Math.max(kept, other.kept));
  }
}
