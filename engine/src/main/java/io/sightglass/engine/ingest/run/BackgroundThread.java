package io.sightglass.engine.ingest.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that works by the clock, and whenever it is woken. Thread-safe. */
public final class BackgroundThread implements AutoCloseable {

  /** What the thread does, time and again. */
  @FunctionalInterface
  public interface Work {

    /**
     * Works once.
     *
     * @param byClock whether the time has come; false: it was only woken
     * @return after which time it comes again, at the latest
     */
    Duration run(boolean byClock);
  }

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundThread.class);

  /** Deep SQL needs a deep stack. */
  static final long STACK_BYTES = 16L << 20;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final String name;
  private final Duration afterFailure;
  private final Work work;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private boolean isWoken;
  private boolean isClosed;
  private @Nullable Thread thread;

  /**
   * A thread that is not yet started.
   *
   * @param name also what the log calls its work
   * @param afterFailure when the time comes again after work that failed
   */
  public BackgroundThread(String name, Duration afterFailure, Work work) {
    this.name = name;
    this.afterFailure = afterFailure;
    this.work = work;
  }

  /** Works at once, and then by the clock. */
  public void start() {
    lock.lock();
    try {
      if (thread == null && !isClosed) {
        thread =
            Thread.ofPlatform().name(name).daemon(true).stackSize(STACK_BYTES).start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Works without waiting for the clock, whose time comes no later for that. */
  public void wake() {
    lock.lock();
    try {
      isWoken = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    long next = System.nanoTime();
    while (awaitWork(next)) {
      boolean byClock = next - System.nanoTime() <= 0;
      try {
        long wait = work.run(byClock).toNanos();
        long now = System.nanoTime();
        next = byClock || wait < next - now ? now + wait : next;
      } catch (RuntimeException failure) {
        // Thrown on, it would end the thread.
        LOG.error("The work of {} failed; it is tried again in {}", name, afterFailure, failure);
        next = System.nanoTime() + afterFailure.toNanos();
      }
    }
  }

  /** False when it is closed. */
  private boolean awaitWork(long next) {
    lock.lock();
    try {
      long nanos = next - System.nanoTime();
      while (!isWoken && !isClosed && nanos > 0) {
        nanos = woken.awaitNanos(nanos);
      }
      isWoken = false;
      return !isClosed;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Ends after the work that runs, for which it waits a minute at most. */
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      isClosed = true;
      woken.signalAll();
      running = thread;
    } finally {
      lock.unlock();
    }
    if (running != null) {
      try {
        running.join(TimeUnit.SECONDS.toMillis(PATIENCE.toSeconds()));
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
