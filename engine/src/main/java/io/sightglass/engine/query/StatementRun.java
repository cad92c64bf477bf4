package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.PlanCheck;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.duckdb.ShadowPlanner;
import io.sightglass.engine.duckdb.Watchdog;
import io.sightglass.engine.query.StatementAnswer.PolicyAsApplied;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running part of a statement: its session, files, secure views and time. Used by one thread at
 * a time, but for {@link #cancel} and {@link #progress}.
 */
final class StatementRun implements OpenStatement {

  private static final Logger LOG = LoggerFactory.getLogger(StatementRun.class);

  private static final String EXPLAIN = "EXPLAIN (FORMAT JSON) ";

  private final StatementExecution<?> execution;
  private final StatementPlan plan;
  private final Duration timeLimit;

  /** Closed in the opposite order, whatever happens. */
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();

  private volatile @Nullable DuckDbSession session;
  private volatile Watchdog.@Nullable Watch watch;
  private volatile boolean cancelledEarly;
  private List<OutputColumn> columns = List.of();
  private int charactersBefore;
  private boolean released;

  StatementRun(StatementExecution<?> execution, StatementPlan plan) {
    this.execution = execution;
    this.plan = plan;
    Duration role = plan.limits().time();
    Duration asked = execution.request().time();
    this.timeLimit = asked != null && asked.compareTo(role) < 0 ? asked : role;
  }

  /** Takes everything that the query needs. */
  void open() {
    Map<String, Object> variables = new LinkedHashMap<>(plan.variables());
    DuckDbInstance instance = plan.pack().engine(plan.identified()).current();
    List<RawTable> tables = tables();
    Map<String, ScanFilter> filters = tables.isEmpty() ? Map.of() : filters();
    for (RawTable table : tables) {
      ScanFilter filter = filters.getOrDefault(table.path(), new ScanFilter.All());
      FileCache.Lease lease = plan.pack().files().lease(pinned(table), side(table), filter);
      resources.push(lease);
      List<String> paths = lease.paths().stream().map(Path::toString).toList();
      variables.put(
          table.filesVariable(),
          paths.isEmpty() ? List.of(instance.noRowsFile().toString()) : paths);
    }
    DuckDbSession opened = instance.openStreamingSession();
    resources.push(opened);
    session = opened;
    if (!plan.guarded().views().isEmpty()) {
      resources.push(instance.lease(plan.policy()));
    }
    watch(opened, timeLimit);
    working(() -> {
      opened.setVariables(variables);
      checkPlan(opened);
      return null;
    });
  }

  /** The last wall: what the text was bound to, in the session that runs it, reads only views. */
  private void checkPlan(DuckDbSession opened) {
    charactersBefore = EXPLAIN.length();
    List<String> plans =
        opened.query(
            EXPLAIN + plan.guarded().text(), plan.values(), explained -> explained.getString(2));
    charactersBefore = 0;
    PlanCheck.check(plans.getFirst(), plan.guarded().views());
  }

  /**
   * What the statement's scans admit; everything where the engine does not say. It never decides
   * whether the statement may run.
   */
  private Map<String, ScanFilter> filters() {
    try {
      return plan.pack()
          .shadow()
          .plan(
              new ShadowPlanner.Question(
                  plan.policy(), plan.guarded().text(), plan.values(), plan.variables()),
              planning -> {
                Watchdog.Watch watching = watch(planning, timeLimit);
                watching.resume();
                return () -> {
                  watching.pause();
                  resources.remove(watching);
                  watching.close();
                };
              });
    } catch (EngineException e) {
      LOG.debug("Statement {} is not pruned: {}", execution.id(), e.code());
      if (stopped().isPresent()) {
        throw e;
      }
      return Map.of();
    }
  }

  /** From here on the watchdog can stop the session. */
  private Watchdog.Watch watch(DuckDbSession watched, Duration limit) {
    Watchdog.Watch watching =
        execution
            .service()
            .watchdog()
            .watch(
                watched, limit, () -> execution.service().threads().execute(execution::closeMade));
    resources.push(watching);
    watch = watching;
    if (cancelledEarly) {
      watching.stop(Watchdog.Stop.CANCELLED);
    }
    return watching;
  }

  private List<RawTable> tables() {
    return plan.pack().tablesOf(plan.tables(), plan.identified());
  }

  private PinnedTable pinned(RawTable table) {
    return plan.tables().stream()
        .filter(pinned -> ActivePack.isOf(table, pinned))
        .findFirst()
        .orElseThrow();
  }

  private static Side side(RawTable table) {
    return switch (table.catalog()) {
      case RAW, STORED -> Side.ORDINARY;
      case VAULT -> Side.VAULT;
    };
  }

  /** The engine at work for this statement: on its time, and stopped when it is to stop. */
  private <R extends @Nullable Object> R working(Supplier<R> work) {
    Watchdog.Watch current = watch;
    if (current == null || !current.resume()) {
      throw new EngineException(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
    }
    try {
      return work.get();
    } finally {
      current.pause();
    }
  }

  private DuckDbSession session() {
    DuckDbSession current = session;
    if (current == null) {
      throw new IllegalStateException("The statement is not open");
    }
    return current;
  }

  @Override
  public ArrowCursor start(ColumnCasts casts, int batchRows) {
    return working(() -> {
      CastQuery cast = CastQuery.prepare(session(), plan.guarded().text(), plan.values(), casts);
      resources.push(cast.query());
      columns = cast.columns();
      charactersBefore = cast.before();
      ArrowCursor cursor = cast.query().start(plan.values(), batchRows);
      resources.push(cursor);
      return new TimedCursor(cursor);
    });
  }

  /** Counts the engine's time, and nobody else's. */
  private final class TimedCursor implements ArrowCursor {
    private final ArrowCursor cursor;

    TimedCursor(ArrowCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public List<OutputColumn> columns() {
      return cursor.columns();
    }

    @Override
    public boolean advance() {
      return working(cursor::advance);
    }

    @Override
    public VectorSchemaRoot batch() {
      return cursor.batch();
    }

    @Override
    public void close() {
      cursor.close();
    }
  }

  @Override
  public ParquetFile copyToParquet(ColumnCasts casts, String rowCountKey) {
    StatementAnswer answer = answer();
    ParquetCopy copy = new ParquetCopy(session(), execution.id(), answer, limits());
    return working(() -> {
      CastQuery cast = CastQuery.prepare(session(), plan.guarded().text(), plan.values(), casts);
      columns = cast.columns();
      charactersBefore = cast.before();
      cast.query().close();
      return copy.run(
          cast.sql(), plan.values(), rowCountKey, Digests.sha256(plan.guarded().text()));
    });
  }

  @Override
  public StatementAnswer answer() {
    PolicyAsApplied policy = plan.policyAsApplied();
    return new StatementAnswer(
        execution.id(),
        columns,
        plan.tablesAsRead(),
        policy,
        plan.masked().stream().map(StatementPlan.MaskedColumn::path).toList(),
        plan.limits().rows(),
        plan.dataAsOf(),
        EntityTag.of(plan, execution.request(), execution.service().now()).orElse(null));
  }

  @Override
  public AnswerLimits limits() {
    return new AnswerLimits(
        plan.limits().rows(), execution.request().rows(), plan.limits().bytes());
  }

  OptionalDouble progress() {
    DuckDbSession current = session;
    return current == null ? OptionalDouble.empty() : current.progress();
  }

  @Override
  public void cancel() {
    cancelledEarly = true;
    Watchdog.Watch current = watch;
    if (current != null) {
      current.stop(Watchdog.Stop.CANCELLED);
    }
  }

  @Override
  public void succeed(AnswerEnd end) {
    release();
    execution.end(StatementState.SUCCEEDED, null, end);
  }

  @Override
  public EngineException fail(RuntimeException failure, AnswerEnd end) {
    Optional<Watchdog.Stop> stop = stopped();
    EngineException shown = shown(failure, stop);
    release();
    boolean cancelled = stop.isPresent() && stop.get() != Watchdog.Stop.TIME_LIMIT;
    execution.end(cancelled ? StatementState.CANCELLED : StatementState.FAILED, shown, end);
    return shown;
  }

  @Override
  public void abandon(AnswerEnd end) {
    release();
    execution.end(
        StatementState.CANCELLED,
        new EngineException(
            ErrorCode.EXECUTION_FAILED,
            stopped().equals(Optional.of(Watchdog.Stop.IDLE_CLIENT))
                ? "The client took nothing for too long"
                : "The statement was cancelled"),
        end);
  }

  private Optional<Watchdog.Stop> stopped() {
    Watchdog.Watch current = watch;
    return current == null
        ? Optional.ofNullable(cancelledEarly ? Watchdog.Stop.CANCELLED : null)
        : current.stopped();
  }

  private EngineException shown(RuntimeException failure, Optional<Watchdog.Stop> stop) {
    if (stop.isPresent()) {
      return switch (stop.get()) {
        case TIME_LIMIT ->
            new EngineException(
                ErrorCode.TIME_LIMIT,
                "The statement took longer than it may; allowed: %s seconds"
                    .formatted(timeLimit.toMillis() / 1000.0));
        case CANCELLED ->
            new EngineException(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
        case IDLE_CLIENT ->
            new EngineException(ErrorCode.EXECUTION_FAILED, "The client took nothing for too long");
      };
    }
    if (!(failure instanceof EngineException known)) {
      LOG.error("Statement {} failed unforeseen", execution.id(), failure);
      return new EngineException(
          ErrorCode.INTERNAL, "The service failed; its log says why", failure);
    }
    LOG.info(
        "Statement {} failed: {} {}",
        execution.id(),
        known.code(),
        String.valueOf(known.getCause()));
    return CallerFailures.show(known, plan, execution.request().sql(), charactersBefore);
  }

  private void release() {
    synchronized (resources) {
      if (released) {
        return;
      }
      released = true;
    }
    while (!resources.isEmpty()) {
      AutoCloseable resource = resources.pop();
      try {
        resource.close();
      } catch (Exception e) {
        LOG.warn("A resource of statement {} did not close", execution.id(), e);
      }
    }
  }
}
