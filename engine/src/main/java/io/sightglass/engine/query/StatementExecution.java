package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import io.sightglass.engine.query.StatementLog.Ending;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One statement from its request to its last record. Thread-safe.
 *
 * <p>It is checked and recorded, waits for its place, runs with its resources ({@link
 * StatementRun}), and ends exactly once, whoever ends it.
 */
final class StatementExecution<T> implements RunningStatement<T> {

  private static final Logger LOG = LoggerFactory.getLogger(StatementExecution.class);

  private final StatementService service;
  private final Submission submission;
  private final StatementOutput<T> output;
  private final CompletableFuture<T> opened = new CompletableFuture<>();
  private final CompletableFuture<StatementState> ended = new CompletableFuture<>();

  private final Object lock = new Object();
  private StatementState state = StatementState.QUEUED;
  private boolean cancelled;
  private boolean waiting;
  private Admission.@Nullable Ticket ticket;
  private @Nullable StatementRun run;

  /** Held, so that a statement that waits finds its engine when its turn comes. */
  private @Nullable ActivePack pack;

  private @Nullable T made;
  private CompletableFuture<Void> recorded = CompletableFuture.completedFuture(null);

  StatementExecution(StatementService service, Submission submission, StatementOutput<T> output) {
    this.service = service;
    this.submission = submission;
    this.output = output;
  }

  @Override
  public String id() {
    return submission.id();
  }

  @Override
  public CompletableFuture<T> opened() {
    return opened;
  }

  @Override
  public CompletableFuture<StatementState> ended() {
    return ended;
  }

  @Override
  public Executor executor() {
    return service.threads();
  }

  StatementService service() {
    return service;
  }

  StatementRequest request() {
    return submission.request();
  }

  OptionalDouble progress() {
    StatementRun current;
    synchronized (lock) {
      current = run;
    }
    return current == null ? OptionalDouble.empty() : current.progress();
  }

  /** Checks, records, and asks for a place; runs at once where there is one. */
  void begin() {
    StatementPlan plan;
    try {
      ActivePack held = service.holdPack();
      synchronized (lock) {
        pack = held;
      }
      plan = service.planner().plan(held, submission.request(), submission.principal());
    } catch (RuntimeException e) {
      letPackGo();
      deny(asEngineException(e));
      return;
    }
    synchronized (lock) {
      recorded = service.log().begin(submission.allowed(plan));
    }
    enterQueue(plan);
  }

  private void letPackGo() {
    ActivePack held;
    synchronized (lock) {
      held = pack;
      pack = null;
    }
    if (held != null) {
      held.letGo();
    }
  }

  private void enterQueue(StatementPlan plan) {
    Thread here = Thread.currentThread();
    AtomicBoolean entering = new AtomicBoolean(true);
    AtomicBoolean atOnce = new AtomicBoolean();
    try {
      synchronized (lock) {
        waiting = true;
      }
      Admission.Ticket entered =
          service
              .admission()
              .enter(
                  submission.principal().user(),
                  String.join(",", submission.principal().roles()),
                  plan.identified() ? Admission.Engine.VAULT : Admission.Engine.ORDINARY,
                  plan.limits(),
                  admitted -> {
                    if (entering.get() && here.equals(Thread.currentThread())) {
                      atOnce.set(true);
                    } else {
                      service.threads().execute(() -> runAdmitted(plan, admitted));
                    }
                  });
      entering.set(false);
      boolean leave;
      synchronized (lock) {
        ticket = entered;
        leave = cancelled && waiting;
      }
      if (atOnce.get()) {
        runAdmitted(plan, entered);
      } else if (leave) {
        endWaiting();
      }
    } catch (EngineException e) {
      end(StatementState.FAILED, e, null);
      failOpened(e);
    }
  }

  private void runAdmitted(StatementPlan plan, Admission.Ticket place) {
    StatementRun current = null;
    synchronized (lock) {
      ticket = place;
      waiting = false;
      if (state.isFinal()) {
        place.leave();
        return;
      }
      if (!cancelled) {
        state = StatementState.RUNNING;
        current = new StatementRun(this, plan);
        run = current;
      }
    }
    if (current == null) {
      endWaiting();
      return;
    }
    var _ = service.log().start(id());
    try {
      current.open();
      T answer = output.open(current);
      synchronized (lock) {
        made = answer;
      }
      Optional<EngineException> unrecorded = findUnrecorded();
      if (unrecorded.isPresent()) {
        closeMade(); // which ends the statement as a cancelled one
        var _ = current.fail(unrecorded.get(), new AnswerEnd(0, 0, ""));
        failOpened(unrecorded.get());
        return;
      }
      boolean stopped;
      synchronized (lock) {
        stopped = cancelled;
      }
      if (stopped || !opened.complete(answer)) {
        closeMade();
      }
    } catch (RuntimeException | Error e) {
      LOG.debug("Statement {} ended early", id());
      closeMade();
      failOpened(current.fail(asRuntime(e), new AnswerEnd(0, 0, "")));
    }
  }

  private static RuntimeException asRuntime(Throwable e) {
    return e instanceof RuntimeException runtime
        ? runtime
        : new EngineException(ErrorCode.INTERNAL, "The service failed; its log says why", e);
  }

  /** No byte leaves before the record of the decision is durable: why it never will be. */
  private Optional<EngineException> findUnrecorded() {
    try {
      recorded.join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of(
          new EngineException(
              ErrorCode.STORE_UNAVAILABLE,
              "The statement's record could not be written, so it was not answered; try again later",
              e));
    }
  }

  private void deny(EngineException failure) {
    StatementRecord denied = submission.denied(failure, service.now());
    var _ =
        service
            .log()
            .begin(denied)
            .whenComplete((done, unwritten) -> {
              synchronized (lock) {
                state = StatementState.FAILED;
              }
              service.forget(id());
              failOpened(
                  unwritten == null
                      ? failure
                      : new EngineException(
                          ErrorCode.STORE_UNAVAILABLE,
                          "The statement's record could not be written; try again later",
                          unwritten));
              var _ = ended.completeAsync(() -> StatementState.FAILED, service.threads());
            });
  }

  /** What the caller sees of a failure that no code of ours has foreseen. */
  private EngineException asEngineException(RuntimeException e) {
    if (e instanceof EngineException known) {
      return known;
    }
    LOG.error("Statement {} failed unforeseen", id(), e);
    return new EngineException(ErrorCode.INTERNAL, "The service failed; its log says why", e);
  }

  @Override
  public void cancel() {
    StatementRun current;
    boolean queued;
    synchronized (lock) {
      cancelled = true;
      current = run;
      queued = waiting && ticket != null;
    }
    if (current != null) {
      current.cancel();
    } else if (queued) {
      endWaiting();
    }
  }

  private void endWaiting() {
    EngineException failure =
        new EngineException(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
    end(StatementState.CANCELLED, failure, null);
    failOpened(failure);
  }

  /** The watchdog stopped it while nobody worked for it: whoever made the answer lets it go. */
  void closeMade() {
    T answer;
    synchronized (lock) {
      answer = made;
      made = null;
    }
    if (answer instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        LOG.warn("The answer of statement {} did not close", id(), e);
      }
    }
  }

  private void failOpened(EngineException failure) {
    opened.completeExceptionally(failure);
  }

  /** Ends it once: gives the place back and writes the last state. */
  void end(StatementState last, @Nullable EngineException failure, @Nullable AnswerEnd answerEnd) {
    Admission.Ticket place;
    synchronized (lock) {
      if (state.isFinal()) {
        return;
      }
      state = last;
      waiting = false;
      place = ticket;
    }
    letPackGo();
    if (place != null) {
      place.leave();
    }
    Ending ending =
        new Ending(
            last,
            answerEnd == null ? null : answerEnd.rows(),
            answerEnd == null ? null : answerEnd.bytes(),
            answerEnd == null || answerEnd.digest().isEmpty() ? null : answerEnd.digest(),
            failure == null ? null : failure.code(),
            failure == null ? null : failure.detail());
    var _ =
        service
            .log()
            .end(id(), ending)
            .whenComplete((done, unwritten) -> {
              if (unwritten != null) {
                LOG.error("The last record of statement {} is lost", id(), unwritten);
              }
              service.forget(id());
              var _ = ended.completeAsync(() -> last, service.threads());
            });
  }

  Optional<StatementState> finalState() {
    synchronized (lock) {
      return state.isFinal() ? Optional.of(state) : Optional.empty();
    }
  }
}
