package io.sightglass.engine.ingest.run;

import io.sightglass.engine.ingest.ledger.Load;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs loads beside each other, as many as there are threads and memory for: while one waits for
 * the store or the database, another works. Used by one thread, which hands out; the caller closes
 * it, which waits for what runs.
 */
final class LoadPool implements AutoCloseable {

  private final int threads;
  private final long memoryBytes;
  private final ExecutorService workers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final List<Job> jobs = new ArrayList<>();
  private final Set<String> units = new HashSet<>();
  private long reservedBytes;
  private @Nullable Throwable failure;

  /** What was handed out; its loads once it has ended. */
  private static final class Job {
    private List<Load> loads = List.of();
  }

  /**
   * A pool without work.
   *
   * @param memoryBytes what all that run at once may need together; one alone may need more
   */
  LoadPool(int threads, long memoryBytes) {
    this.threads = threads;
    this.memoryBytes = memoryBytes;
    this.workers =
        Executors.newFixedThreadPool(
            threads,
            Thread.ofPlatform()
                .name("load-", 1)
                .daemon(true)
                .stackSize(BackgroundThread.STACK_BYTES)
                .factory());
  }

  /**
   * Hands out, as soon as there is room.
   *
   * @param unit what is worked on, for {@link #units}
   * @param needed bytes of memory, about; what needs all that there is, or more, runs alone
   */
  void submit(String unit, long needed, Supplier<List<Load>> run) {
    long bytes = Math.min(needed, memoryBytes);
    Job job = new Job();
    lock.lock();
    try {
      while (!hasRoom(bytes)) {
        ended.awaitUninterruptibly();
      }
      jobs.add(job);
      units.add(unit);
      reservedBytes += bytes;
    } finally {
      lock.unlock();
    }
    workers.execute(() -> {
      try {
        job.loads = run.get();
      } catch (Throwable thrown) { // the thread that hands out throws it on
        keep(thrown);
      } finally {
        end(unit, bytes);
      }
    });
  }

  private void keep(Throwable thrown) {
    lock.lock();
    try {
      if (failure == null) {
        failure = thrown;
      } else {
        failure.addSuppressed(thrown);
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(String unit, long bytes) {
    lock.lock();
    try {
      units.remove(unit);
      reservedBytes -= bytes;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #submit} would not wait now. */
  boolean hasRoomFor(long needed) {
    lock.lock();
    try {
      return hasRoom(Math.min(needed, memoryBytes));
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(long bytes) {
    return units.isEmpty() || (units.size() < threads && reservedBytes + bytes <= memoryBytes);
  }

  /** What is being worked on. */
  Set<String> units() {
    lock.lock();
    try {
      return Set.copyOf(units);
    } finally {
      lock.unlock();
    }
  }

  /** Whether something that was handed out has failed: {@link #await} says how. */
  boolean hasFailed() {
    lock.lock();
    try {
      return failure != null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until some of what {@code seen} names has ended.
   *
   * @param seen what {@link #units} gave before; not empty
   */
  void awaitEndOf(Set<String> seen) {
    lock.lock();
    try {
      while (units.containsAll(seen)) {
        ended.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for all that runs.
   *
   * @return the loads, in the order in which they were handed out
   * @throws RuntimeException the first failure of any, the others with it
   */
  List<Load> await() {
    lock.lock();
    try {
      while (!units.isEmpty()) {
        ended.awaitUninterruptibly();
      }
      Throwable thrown = failure;
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown != null) {
        throw thrown instanceof RuntimeException known ? known : new IllegalStateException(thrown);
      }
      return jobs.stream().flatMap(job -> job.loads.stream()).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    workers.close();
  }
}
