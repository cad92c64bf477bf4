package io.sightglass.engine.ingest;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that scans by the clock and runs what is found. Thread-safe. */
final class LoadRunner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LoadRunner.class);

  /** After which an object that was too young is looked at again. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private final LoadService loads;
  private final Duration scanEvery;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private boolean isDue;
  private boolean isClosed;
  private @Nullable Thread thread;

  LoadRunner(LoadService loads, Duration scanEvery) {
    this.loads = loads;
    this.scanEvery = scanEvery;
  }

  void start() {
    lock.lock();
    try {
      if (thread == null && !isClosed) {
        // Deep SQL needs a deep stack.
        thread =
            Thread.ofPlatform().name("loads").daemon(true).stackSize(16L << 20).start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs what is found without waiting for the clock. */
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
    Duration untilScan = Duration.ZERO;
    while (true) {
      boolean scanNow = waitFor(untilScan);
      if (isClosed()) {
        return;
      }
      try {
        if (scanNow) {
          untilScan = loads.scanSettled() ? SOON : scanEvery;
        }
        loads.runDue();
      } catch (RuntimeException failure) {
        LOG.error("Looking for loads failed; the next look is in {}", scanEvery, failure);
        untilScan = scanEvery;
      }
    }
  }

  /** Whether the time has passed; false when something else is to be done before. */
  private boolean waitFor(Duration time) {
    lock.lock();
    try {
      long nanos = time.toNanos();
      while (!isDue && !isClosed && nanos > 0) {
        nanos = woken.awaitNanos(nanos);
      }
      isDue = false;
      return nanos <= 0;
    } catch (InterruptedException stop) {
      isClosed = true;
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return isClosed;
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
