package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.StatementLog;
import io.sightglass.engine.query.StatementRecord;
import io.sightglass.engine.query.StatementState;
import io.sightglass.web.security.Callers;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v1/statements}: what was run, and how it ended. */
@Controller("/v1/statements")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class StatementsController {

  /**
   * One statement.
   *
   * @param text for its author alone
   * @param result of a kept statement; null: it is not kept
   */
  @Serdeable
  record Statement(
      String id,
      String user,
      @Nullable String text,
      String hash,
      String format,
      StatementState state,
      double progress,
      @Nullable Long rowCount,
      @Nullable Long bytes,
      @Nullable String digest,
      @Nullable String submittedAt,
      @Nullable String startedAt,
      @Nullable String endedAt,
      String decision,
      String reason,
      List<String> views,
      boolean identified,
      List<Table> tables,
      @Nullable Policy policy,
      @Nullable Failure error,
      @Nullable String result) {}

  /** One table as it was read. */
  @Serdeable
  record Table(
      String name,
      @Nullable Long snapshotId,
      @Nullable String dataAsOf,
      List<String> missingDates) {}

  /** The policy that the answer is under. */
  @Serdeable
  record Policy(String hash, String role, List<String> masks, List<Filter> filters) {}

  /** One row filter. */
  @Serdeable
  record Filter(String view, String text, String rule) {}

  /** How it failed. */
  @Serdeable
  record Failure(String code, @Nullable String detail) {}

  private final StatementLog log;
  private final Statements statements;
  private final Callers callers;

  StatementsController(StatementLog log, Statements statements, Callers callers) {
    this.log = log;
    this.statements = statements;
    this.callers = callers;
  }

  @Get(headRoute = false)
  HttpResponse<Paging.Part<Statement>> list(HttpRequest<?> request) {
    Principal principal = callers.of(request);
    boolean all = "true".equals(request.getParameters().get("all"));
    if (all) {
      callers.with(Permission.STATEMENTS, request);
    }
    Paging paging = Paging.of(request, "state", "kept", "since", "all");
    StatementLog.Page page =
        log.list(
            new StatementLog.Filter(
                all ? null : principal.user(),
                Paging.findConstant(request, "state", StatementState.class).orElse(null),
                Since.find(request).orElse(null),
                paging.limit(),
                paging.cursor()));
    return paging.answer(
        request,
        page.items().stream().map(item -> statement(item, principal, statements)).toList(),
        page.next());
  }

  @Get(uri = "/{id}", headRoute = false)
  Statement one(HttpRequest<?> request, String id) {
    Principal principal = callers.of(request);
    return statement(visible(id, principal), principal, statements);
  }

  @Delete("/{id}")
  HttpResponse<?> cancel(HttpRequest<?> request, String id) {
    StatementRecord found = visible(id, callers.of(request));
    statements.cancel(found.id());
    return HttpResponse.noContent();
  }

  /** Another's statement does not exist for whoever may not see it. */
  private StatementRecord visible(String id, Principal principal) {
    Optional<StatementRecord> found = log.find(id);
    return found
        .filter(item ->
            item.user().equals(principal.user()) || callers.holds(principal, Permission.STATEMENTS))
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.NOT_FOUND, "Statement: \"%s\" does not exist".formatted(id)));
  }

  private static Statement statement(
      StatementRecord item, Principal principal, Statements statements) {
    boolean author = item.user().equals(principal.user());
    return new Statement(
        item.id(),
        item.user(),
        author ? item.text() : null,
        item.hash(),
        item.format(),
        item.state(),
        item.state().isFinal()
            ? item.progress()
            : statements.progress(item.id()).orElse(item.progress()),
        item.rowCount(),
        item.bytes(),
        item.digest(),
        Texts.of(item.submittedAt()),
        Texts.of(item.startedAt()),
        Texts.of(item.endedAt()),
        item.decision(),
        item.reason(),
        item.views().stream().map(Object::toString).toList(),
        item.identified(),
        item.tables().stream()
            .map(table ->
                new Table(
                    table.name().toString(),
                    table.snapshotId(),
                    Texts.of(table.dataAsOf()),
                    table.missingDates().stream().map(LocalDate::toString).toList()))
            .toList(),
        item.policy() == null
            ? null
            : new Policy(
                item.policy().hash(),
                item.policy().role(),
                item.policy().masks(),
                item.policy().filters().stream()
                    .map(filter ->
                        new Filter(filter.view().toString(), filter.text(), filter.rule()))
                    .toList()),
        item.errorCode() == null
            ? null
            : new Failure(item.errorCode().name(), author ? item.errorDetail() : null),
        null);
  }

  /** Reads {@code since}. */
  static final class Since {

    private Since() {}

    static Optional<Instant> find(HttpRequest<?> request) {
      String text = request.getParameters().get("since");
      if (text == null) {
        return Optional.empty();
      }
      try {
        Instant since =
            text.length() == 10
                ? LocalDate.parse(text).atStartOfDay(java.time.ZoneOffset.UTC).toInstant()
                : Instant.parse(text);
        var _ = ChronoUnit.MICROS.between(Instant.EPOCH, since); // as the database counts
        return Optional.of(since);
      } catch (DateTimeParseException | ArithmeticException e) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST,
            "since: \"%s\"; allowed: an instant such as 2026-01-31T12:00:00Z, or a date"
                .formatted(text));
      }
    }
  }
}
