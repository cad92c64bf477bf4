package io.sightglass.engine.query;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * A single writer that commits together all writes that wait, in the order of asking. Thread-safe.
 *
 * <p>When a commit fails, each of its writes is tried alone, so that one bad write fails by itself.
 */
final class GroupCommit implements AutoCloseable {

  private static final int MOST_TOGETHER = 500;

  private record Write(Consumer<Transaction> work, CompletableFuture<Void> done) {}

  private final MetadataDatabase database;
  private final BlockingQueue<Write> waiting = new LinkedBlockingQueue<>();
  private final Write end = new Write(transaction -> {}, new CompletableFuture<>());
  private final Thread thread;

  GroupCommit(MetadataDatabase database) {
    this.database = database;
    this.thread = Thread.ofPlatform().name("statement-log").daemon().start(this::write);
  }

  /** Queues a write; the future completes when it is durable, on the writer's thread. */
  CompletableFuture<Void> submit(Consumer<Transaction> work) {
    Write write = new Write(work, new CompletableFuture<>());
    waiting.add(write);
    return write.done;
  }

  private void write() {
    List<Write> together = new ArrayList<>();
    boolean open = true;
    while (open) {
      together.clear();
      try {
        together.add(waiting.take());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      waiting.drainTo(together, MOST_TOGETHER);
      open = !together.remove(end);
      commit(together);
    }
  }

  private void commit(List<Write> together) {
    try {
      run(together);
      together.forEach(write -> write.done.complete(null));
    } catch (RuntimeException e) {
      if (together.size() == 1) {
        together.getFirst().done.completeExceptionally(e);
      } else {
        together.forEach(write -> commit(List.of(write)));
      }
    }
  }

  private void run(List<Write> together) {
    if (!together.isEmpty()) {
      database.inTransaction(transaction -> {
        together.forEach(write -> write.work.accept(transaction));
        return together.size();
      });
    }
  }

  /** Writes what still waits and ends the thread. */
  @Override
  public void close() {
    waiting.add(end);
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
