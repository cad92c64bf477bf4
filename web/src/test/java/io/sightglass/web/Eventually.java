package io.sightglass.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what another process does, by looking again until it is so. */
public final class Eventually {

  private static final long LOOK_NANOS = 5_000_000;

  private Eventually() {}

  /** Something that becomes true. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns once {@code condition} holds; fails when it does not within {@code time}. */
  public static void within(Duration time, String what, Condition condition) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("%s within %s", what, time).isLessThan(end);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Looks until {@code expected} is seen; fails with what is seen instead after {@code time}. */
  public static <T> void isSeen(Duration time, T expected, Callable<T> look) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    T seen = look.call();
    while (!seen.equals(expected) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_NANOS);
      seen = look.call();
    }
    assertThat(seen).as("within %s", time).isEqualTo(expected);
  }
}
