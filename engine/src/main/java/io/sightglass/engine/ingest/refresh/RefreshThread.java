package io.sightglass.engine.ingest.refresh;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that looks for due refreshes when it is woken, and by the clock. Thread-safe. */
final class RefreshThread implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RefreshThread.class);

  /** Deep SQL needs a deep stack. */
  private static final long STACK_BYTES = 16L << 20;

  private final Runnable look;
  private final Duration every;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private boolean isDue = true;
  private boolean isClosed;
  private @Nullable Thread thread;

  RefreshThread(Runnable look, Duration every) {
    this.look = look;
    this.every = every;
  }

  void start() {
    lock.lock();
    try {
      if (thread == null && !isClosed) {
        thread =
            Thread.ofPlatform()
                .name("refreshes")
                .daemon(true)
                .stackSize(STACK_BYTES)
                .start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  void wake() {
    lock.lock();
    try {
      isDue = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (awaitDue()) {
      try {
        look.run();
      } catch (RuntimeException failure) {
        // Thrown on, it would end the thread.
        LOG.error("Looking for due refreshes failed; the next look is in {}", every, failure);
      }
    }
  }

  /** False when it is closed. */
  private boolean awaitDue() {
    lock.lock();
    try {
      long nanos = every.toNanos();
      while (!isDue && !isClosed && nanos > 0) {
        nanos = woken.awaitNanos(nanos);
      }
      isDue = false;
      return !isClosed;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

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
        running.join(TimeUnit.MINUTES.toMillis(1));
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
