package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.duckdb.ShadowPlanner;
import io.sightglass.engine.duckdb.Watchdog;
import io.sightglass.engine.query.StatementAnswer.FilterAsApplied;
import io.sightglass.engine.query.StatementCheck.CheckedColumn;
import io.sightglass.engine.query.StatementPlan.MaskedColumn;
import io.sightglass.engine.query.StatementPlan.ReadMasks;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.Side;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers what a statement would do without running it: every wall before the engine, then its
 * binding over empty tables. Each decision is recorded as a statement's is. Thread-safe.
 */
final class StatementChecker {

  private final StatementService service;

  StatementChecker(StatementService service) {
    this.service = service;
  }

  /** On a thread of the engine. Refuses exactly what running the statement would refuse. */
  StatementCheck check(Submission submission) {
    return decided(
        submission,
        plan -> {
          StatementCheck check = look(submission, plan);
          record(submission.answeredWithoutRunning(plan, "checked, not run", service.now()));
          return check;
        });
  }

  /**
   * The tag of the statement's answer, if it is one of {@code tags}: the answer that the caller has
   * is still the one that running the statement would give.
   */
  Optional<String> findUnchanged(Submission submission, Collection<String> tags) {
    StatementPlan plan;
    ActivePack pack = service.holdPack();
    try {
      plan = plan(pack, submission);
    } catch (EngineException e) {
      // Running it comes to the same refusal, and records it.
      return Optional.empty();
    } finally {
      pack.letGo();
    }
    Optional<String> tag =
        EntityTag.of(plan, submission.request(), service.now())
            .filter(found -> tags.contains(found) || tags.contains("*"));
    tag.ifPresent(found ->
        record(
            submission.answeredWithoutRunning(
                plan, "the caller's copy is up to date", service.now())));
    return tag;
  }

  private <T> T decided(Submission submission, Function<StatementPlan, T> work) {
    ActivePack pack = service.holdPack();
    try {
      return work.apply(plan(pack, submission));
    } catch (EngineException e) {
      record(submission.denied(e, service.now()));
      throw e;
    } finally {
      pack.letGo();
    }
  }

  private StatementPlan plan(ActivePack pack, Submission submission) {
    StatementPlan plan = service.planner().plan(pack, submission.request(), submission.principal());
    Admission.requireAny(plan.limits());
    return plan;
  }

  private void record(StatementRecord decision) {
    try {
      service.log().begin(decision).join();
    } catch (CompletionException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "The statement's record could not be written, so it was not answered; try again later",
          e);
    }
  }

  private StatementCheck look(Submission submission, StatementPlan plan) {
    ShadowPlanner.Question question =
        new ShadowPlanner.Question(
            plan.policy(), plan.guarded().text(), plan.values(), plan.variables());
    try (TimeLimit time = new TimeLimit(submission.request(), plan)) {
      List<OutputColumn> bound = time.within(() -> bind(plan, question, time));
      List<FilterAsApplied> filters = plan.policyAsApplied().filters();
      List<DataFile> files =
          filters.isEmpty() ? time.within(() -> files(plan, question, time)) : List.of();
      boolean measured = filters.isEmpty();
      ReadMasks masks = service.planner().readMasks(plan);
      return new StatementCheck(
          columns(bound, masks),
          filters,
          plan.tablesAsRead(),
          measured ? (Long) (long) files.size() : null,
          measured ? (Long) files.stream().mapToLong(DataFile::size).sum() : null,
          warnings(plan, masks));
    } catch (EngineException e) {
      throw CallerFailures.show(e, plan, submission.request().sql(), 0);
    }
  }

  private static List<OutputColumn> bind(
      StatementPlan plan, ShadowPlanner.Question question, ShadowPlanner.SessionWatch watch) {
    return plan.pack()
        .shadow()
        .ask(
            question,
            watch,
            session -> {
              CastQuery bound =
                  CastQuery.prepare(session, question.sql(), question.values(), ColumnCasts.NONE);
              bound.query().close();
              return bound.columns();
            });
  }

  private static List<DataFile> files(
      StatementPlan plan, ShadowPlanner.Question question, ShadowPlanner.SessionWatch watch) {
    if (plan.tables().isEmpty()) {
      return List.of();
    }
    Map<String, ScanFilter> admitted = plan.pack().shadow().plan(question, watch);
    List<DataFile> files = new ArrayList<>();
    for (RawTable table : plan.pack().tablesOf(plan.tables(), plan.identified())) {
      PinnedTable pinned =
          plan.tables().stream()
              .filter(candidate -> ActivePack.isOf(table, candidate))
              .findFirst()
              .orElseThrow();
      Side side =
          switch (table.catalog()) {
            case RAW, STORED -> Side.ORDINARY;
            case VAULT -> Side.VAULT;
          };
      files.addAll(
          plan.pack()
              .files()
              .plan(pinned, side, admitted.getOrDefault(table.path(), new ScanFilter.All())));
    }
    return files;
  }

  private static List<CheckedColumn> columns(List<OutputColumn> bound, ReadMasks masks) {
    List<CheckedColumn> columns = new ArrayList<>();
    for (int index = 0; index < bound.size(); index++) {
      OutputColumn column = bound.get(index);
      List<MaskedColumn> behind = masks.behind(index, column.name(), bound.size());
      columns.add(
          behind.isEmpty()
              ? new CheckedColumn(column.name(), column.type(), false, null, null)
              : new CheckedColumn(
                  column.name(),
                  column.type(),
                  true,
                  joined(behind, MaskedColumn::mask),
                  joined(behind, MaskedColumn::rule)));
    }
    return columns;
  }

  private static String joined(List<MaskedColumn> masks, Function<MaskedColumn, String> part) {
    return masks.stream().map(part).distinct().collect(Collectors.joining(", "));
  }

  private static List<String> warnings(StatementPlan plan, ReadMasks masks) {
    List<String> warnings = new ArrayList<>();
    masks
        .conditions()
        .forEach(column ->
            warnings.add(
                "%s is masked (%s), and decides which rows there are or how they are grouped"
                    .formatted(column.path(), column.mask())));
    plan.tablesAsRead()
        .forEach(table -> {
          if (table.snapshotId() == null) {
            warnings.add("Nothing has been loaded into %s yet".formatted(table.name()));
          } else if (!table.missingDates().isEmpty()) {
            warnings.add(
                "%d dates of %s have not come, the first of them %s"
                    .formatted(
                        table.missingDates().size(),
                        table.name(),
                        table.missingDates().getFirst()));
          }
        });
    if (!plan.guarded().repeatable()) {
      warnings.add(
          "It uses a volatile function or an unseeded sample: each run may answer otherwise, and no"
              + " answer has an ETag");
    }
    return warnings;
  }

  /** The statement's limit of the engine's work, over all that a check asks the engine. */
  private final class TimeLimit implements ShadowPlanner.SessionWatch, AutoCloseable {
    private final Duration limit;
    private Watchdog.@Nullable Watch current;

    TimeLimit(StatementRequest request, StatementPlan plan) {
      Duration role = plan.limits().time();
      Duration asked = request.time();
      limit = asked != null && asked.compareTo(role) < 0 ? asked : role;
    }

    @Override
    public AutoCloseable begin(DuckDbSession session) {
      Watchdog.Watch watch = service.watchdog().watch(session, limit, () -> {});
      watch.resume();
      current = watch;
      return () -> {
        watch.pause();
        watch.close();
      };
    }

    <T> T within(Supplier<T> work) {
      try {
        return work.get();
      } catch (EngineException e) {
        Watchdog.Watch watch = current;
        if (watch != null && watch.stopped().isPresent()) {
          throw new EngineException(
              ErrorCode.TIME_LIMIT,
              "The statement took longer than it may; allowed: %s seconds"
                  .formatted(limit.toMillis() / 1000.0),
              e);
        }
        throw e;
      }
    }

    @Override
    public void close() {
      Watchdog.Watch watch = current;
      if (watch != null) {
        watch.close();
      }
    }
  }
}
