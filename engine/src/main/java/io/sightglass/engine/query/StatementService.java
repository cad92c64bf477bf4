package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.duckdb.Watchdog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs callers' statements: guard, policy, admission, limits, record. Thread-safe.
 *
 * <p>Guarantees: nothing runs that the guard has not verified under the caller's policy; no byte
 * leaves before the record of the decision is durable; whatever ends a statement gives back its
 * session, its place and its files; no thread waits for a client.
 */
public final class StatementService implements AutoCloseable {

  /** The engine's parser and binder recurse; on small stacks nested SQL ends the process. */
  private static final long STACK_BYTES = 16L * 1024 * 1024;

  /** Threads for checks, beside one for each statement that runs. */
  private static final int CHECKING_THREADS = 4;

  private final Supplier<ActivePack> packs;
  private final StatementPlanner planner;
  private final StatementLog log;
  private final Admission admission;
  private final Watchdog watchdog;
  private final InstantSource clock;
  private final ExecutorService threads;
  private final Map<String, StatementExecution<?>> running = new ConcurrentHashMap<>();

  /**
   * A service that owns none of what it is given.
   *
   * @param packs the version to use now
   */
  public StatementService(
      Supplier<ActivePack> packs,
      StatementPlanner planner,
      StatementLog log,
      Admission admission,
      Watchdog watchdog,
      InstantSource clock) {
    this.packs = packs;
    this.planner = planner;
    this.log = log;
    this.admission = admission;
    this.watchdog = watchdog;
    this.clock = clock;
    this.threads = threads(admission.capacity().running() + CHECKING_THREADS);
  }

  private static ExecutorService threads(int count) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              String name = "statement-" + number.incrementAndGet();
              Thread thread = new Thread(null, task, name, STACK_BYTES);
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Accepts a statement and returns at once; every failure comes through {@link
   * RunningStatement#opened}.
   */
  public <T> RunningStatement<T> execute(
      StatementRequest request, Principal principal, StatementOutput<T> output) {
    StatementExecution<T> execution =
        new StatementExecution<>(this, submission(request, principal), output);
    running.put(execution.id(), execution);
    threads.execute(execution::begin);
    return execution;
  }

  /**
   * What a statement would do, without running it; every refusal comes through the future, as
   * {@link #execute} would refuse.
   */
  public CheckingStatement check(StatementRequest request, Principal principal) {
    Submission submission = submission(request, principal);
    return new CheckingStatement(
        submission.id(),
        CompletableFuture.supplyAsync(() -> new StatementChecker(this).check(submission), threads));
  }

  /**
   * The tag of the statement's answer, if it is one of those that the caller has; empty also where
   * it would be refused, or cannot be repeated.
   *
   * @param tags not quoted; {@code *} is any
   */
  public CompletableFuture<Optional<String>> findUnchanged(
      StatementRequest request, Principal principal, Collection<String> tags) {
    Submission submission = submission(request, principal);
    List<String> known = List.copyOf(tags);
    return CompletableFuture.supplyAsync(
        () -> new StatementChecker(this).findUnchanged(submission, known), threads);
  }

  private Submission submission(StatementRequest request, Principal principal) {
    return new Submission(newId(), request, principal, now());
  }

  /** Stops a statement, if it still runs; whether it did. */
  public boolean cancel(String id) {
    StatementExecution<?> execution = running.get(id);
    if (execution == null) {
      return false;
    }
    execution.cancel();
    return true;
  }

  /** The share of a running statement that is done; empty where nobody can tell. */
  public OptionalDouble progress(String id) {
    StatementExecution<?> execution = running.get(id);
    return execution == null ? OptionalDouble.empty() : execution.progress();
  }

  /** How many statements are on their way. */
  public int inFlight() {
    return running.size();
  }

  /** Ids sort by time: 48 bits of milliseconds, then random ones (RFC 9562, version 7). */
  private String newId() {
    UUID random = UUID.randomUUID();
    long high = (clock.millis() << 16) | 0x7000L | (random.getMostSignificantBits() & 0x0fffL);
    return new UUID(high, random.getLeastSignificantBits()).toString();
  }

  Instant now() {
    return clock.instant();
  }

  /**
   * The version that counts now, held: whoever asks lets it go.
   *
   * @throws EngineException {@code OVERLOADED} when the service ends
   */
  ActivePack holdPack() {
    ActivePack pack = packs.get();
    while (!pack.hold()) {
      ActivePack next = packs.get();
      if (next.equals(pack)) {
        throw new EngineException(ErrorCode.OVERLOADED, "The service is ending; try again later");
      }
      pack = next;
    }
    return pack;
  }

  StatementPlanner planner() {
    return planner;
  }

  StatementLog log() {
    return log;
  }

  Admission admission() {
    return admission;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  ExecutorService threads() {
    return threads;
  }

  void forget(String id) {
    running.remove(id);
  }

  /** Cancels what runs and waits a little for it to end. */
  @Override
  public void close() {
    running.values().forEach(StatementExecution::cancel);
    threads.shutdown();
    try {
      threads.awaitTermination(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
