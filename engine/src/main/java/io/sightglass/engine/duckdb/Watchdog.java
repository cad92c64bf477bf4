package io.sightglass.engine.duckdb;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One thread that stops statements: those that were cancelled, those out of time, and those whose
 * client takes nothing. Thread-safe.
 *
 * <p>The time limit counts the engine's work only: it runs while a {@link Watch} is at work. An
 * interrupt may fall between two of the engine's steps and be lost, so it is repeated until the
 * work ends; work that survives that for long condemns its instance.
 */
public final class Watchdog implements AutoCloseable {

  /** Why a statement was stopped. */
  public enum Stop {
    CANCELLED,
    TIME_LIMIT,
    /** The client took nothing for too long. */
    IDLE_CLIENT
  }

  private static final long REPEAT_NANOS = Duration.ofMillis(5).toNanos();

  private final Duration idleLimit;
  private final Duration survivalLimit;
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private volatile long nextLook = System.nanoTime();
  private boolean closing;

  /**
   * Starts the thread.
   *
   * @param idleLimit how long a client may take nothing
   * @param survivalLimit how long work may go on after it was told to stop
   */
  public Watchdog(Duration idleLimit, Duration survivalLimit) {
    this.idleLimit = idleLimit;
    this.survivalLimit = survivalLimit;
    this.thread = Thread.ofPlatform().name("watchdog").daemon().start(this::watch);
  }

  /**
   * Watches one statement, which is not yet at work. The caller closes the watch.
   *
   * @param limit of the engine's work
   * @param onIdleStop run, on the watchdog's thread, when it is stopped while it is not at work;
   *     must not block
   */
  public Watch watch(DuckDbSession session, Duration limit, Runnable onIdleStop) {
    Watch watch = new Watch(session, limit, onIdleStop);
    watches.add(watch);
    wakeBefore(watch.since + idleLimit.toNanos());
    return watch;
  }

  /** One statement's time and end. Thread-safe. */
  public final class Watch implements AutoCloseable {

    private final DuckDbSession session;
    private final Runnable onIdleStop;
    private long remainingNanos;
    private long since = System.nanoTime();
    private boolean working;
    private @Nullable Stop stop;
    private long stoppedAt;
    private boolean idleStopTold;

    private Watch(DuckDbSession session, Duration limit, Runnable onIdleStop) {
      this.session = session;
      this.remainingNanos = limit.toNanos();
      this.onIdleStop = onIdleStop;
    }

    /** The engine begins to work for the statement; false when it has been stopped already. */
    public boolean resume() {
      long deadline;
      synchronized (this) {
        if (stop != null) {
          return false;
        }
        working = true;
        since = System.nanoTime();
        deadline = since + remainingNanos;
      }
      wakeBefore(deadline);
      return true;
    }

    /** The engine's work for the statement has ended for now. */
    public void pause() {
      long now = System.nanoTime();
      synchronized (this) {
        if (working) {
          working = false;
          remainingNanos -= now - since;
          since = now;
        }
      }
      wakeBefore(now + idleLimit.toNanos());
    }

    /** Stops the statement; the first reason stands. Returns at once. */
    public void stop(Stop reason) {
      synchronized (this) {
        if (stop == null) {
          stop = reason;
          stoppedAt = System.nanoTime();
        }
      }
      wake();
    }

    /** Why it was stopped; empty when it was not. */
    public synchronized Optional<Stop> stopped() {
      return Optional.ofNullable(stop);
    }

    @Override
    public void close() {
      watches.remove(this);
    }

    /** Does what is due and says in how many nanoseconds to look again. */
    private long look(long now) {
      Runnable idleStop = null;
      boolean condemned = false;
      boolean interrupt;
      long next;
      synchronized (this) {
        if (stop == null && working && now - since >= remainingNanos) {
          stop = Stop.TIME_LIMIT;
          stoppedAt = now;
        }
        if (stop == null && !working && now - since >= idleLimit.toNanos()) {
          stop = Stop.IDLE_CLIENT;
          stoppedAt = now;
        }
        interrupt = stop != null && working;
        if (stop == null) {
          next = since + (working ? remainingNanos : idleLimit.toNanos()) - now;
        } else if (working) {
          next = REPEAT_NANOS;
          condemned = now - stoppedAt >= survivalLimit.toNanos();
        } else {
          next = Long.MAX_VALUE;
          if (!idleStopTold) {
            idleStopTold = true;
            idleStop = onIdleStop;
          }
        }
      }
      if (interrupt) {
        session.interrupt();
      }
      if (condemned) {
        session.instance().condemn("a statement went on after it was told to stop");
      }
      if (idleStop != null) {
        idleStop.run();
      }
      return next;
    }
  }

  /** A signal costs more than a small statement, so most resumes go without. */
  private void wakeBefore(long deadline) {
    if (deadline - nextLook < 0) {
      wake();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void watch() {
    lock.lock();
    try {
      while (!closing) {
        long now = System.nanoTime();
        long next = TimeUnit.HOURS.toNanos(1);
        // Until all have been looked at, every resume signals.
        nextLook = now + next;
        for (Watch watch : List.copyOf(watches)) {
          next = Math.min(next, watch.look(now));
        }
        nextLook = now + next;
        if (next > 0) {
          changed.await(next, TimeUnit.NANOSECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread; nothing is stopped any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
