package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadFilter;
import io.sightglass.engine.ingest.ledger.Page;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.web.security.Callers;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/loads}: what came in and what became of it. */
@Controller("/v1/loads")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class LoadsController {

  private static final Logger AUDIT = LoggerFactory.getLogger("sightglass.audit");

  private static final int LONGEST_NOTE = 4000;

  private final LoadService loads;
  private final Callers callers;
  private final IdempotencyKeys keys;

  LoadsController(LoadService loads, Callers callers, IdempotencyKeys keys) {
    this.loads = loads;
    this.callers = callers;
    this.keys = keys;
  }

  @Get(headRoute = false)
  HttpResponse<Paging.Part<LoadJson>> list(HttpRequest<?> request) {
    callers.with(Permission.LOADS, request);
    Paging paging = Paging.of(request, "dataset", "state", "since");
    Page<Load> page =
        loads.list(
            new LoadFilter(
                Paging.findDataset(request).orElse(null),
                Paging.findConstant(request, "state", Load.State.class).orElse(null),
                StatementsController.Since.find(request).orElse(null)),
            paging.limit(),
            paging.cursor());
    return paging.answer(request, page.items().stream().map(LoadJson::of).toList(), page.next());
  }

  @Get(uri = "/{id}", headRoute = false)
  LoadJson one(HttpRequest<?> request, String id) {
    callers.with(Permission.LOADS, request);
    return LoadJson.of(existing(id));
  }

  @Get(uri = "/{id}/rejects", headRoute = false)
  HttpResponse<Paging.Part<RejectJson>> rejects(HttpRequest<?> request, String id) {
    Principal principal = callers.with(Permission.LOADS, request);
    Paging paging = Paging.of(request);
    Load load = existing(id);
    boolean values = callers.holds(principal, Permission.REJECTS);
    if (values) {
      AUDIT.info("rejected values of load {} read by {}", load.id(), principal.user());
    }
    Page<Reject> page = loads.rejects(load.id(), values, paging.limit(), paging.cursor());
    return paging.answer(request, page.items().stream().map(RejectJson::of).toList(), page.next());
  }

  @Post("/scan")
  HttpResponse<?> scan(HttpRequest<?> request, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.LOADS, request);
    var _ = JsonBody.of(body);
    return keys.once(
        request,
        principal,
        body,
        () ->
            HttpResponse.accepted()
                .body(new Paging.Part<>(loads.scan().stream().map(LoadJson::of).toList(), null)));
  }

  @Post("/{id}/retry")
  HttpResponse<?> retry(HttpRequest<?> request, String id, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.LOADS, request);
    Set<String> accept = JsonBody.of(body, "accept").texts("accept");
    return keys.once(
        request,
        principal,
        accept.toString(),
        () -> HttpResponse.accepted().body(LoadJson.of(loads.retry(id, accept))));
  }

  @Post("/{id}/notes")
  HttpResponse<?> note(HttpRequest<?> request, String id, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.LOADS, request);
    JsonBody note = JsonBody.of(body, "text", "link");
    String text = note.text("text");
    if (text == null || text.isBlank() || text.length() > LONGEST_NOTE) {
      throw invalid(
          "text: %s; allowed: 1 to %d characters"
              .formatted(
                  text == null || text.isBlank() ? "missing" : text.length() + " characters",
                  LONGEST_NOTE));
    }
    String link = note.text("link");
    if (link != null && !link.matches("https?://\\S{1,2000}")) {
      throw invalid("link: not an address; allowed: an http or https URL");
    }
    return keys.once(
        request,
        principal,
        text + "\n" + link,
        () -> HttpResponse.created(LoadJson.of(loads.addNote(id, principal.user(), text, link))));
  }

  @Post("/backfill")
  HttpResponse<?> backfill(HttpRequest<?> request, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.LOADS, request);
    JsonBody wanted = JsonBody.of(body, "dataset", "from", "to");
    QualifiedName dataset =
        Paging.dataset(
            Optional.ofNullable(wanted.text("dataset")).orElseThrow(() -> missing("dataset")));
    LocalDate from = date("from", wanted.text("from"));
    LocalDate to = date("to", wanted.text("to"));
    if (to.isBefore(from)) {
      throw invalid("to: \"%s\" is before from, \"%s\"".formatted(to, from));
    }
    return keys.once(
        request,
        principal,
        dataset + "\n" + from + "\n" + to,
        () ->
            HttpResponse.accepted()
                .body(
                    new Paging.Part<>(
                        loads.backfill(dataset, from, to).stream().map(LoadJson::of).toList(),
                        null)));
  }

  private Load existing(String id) {
    return loads
        .find(id)
        .orElseThrow(() ->
            new EngineException(ErrorCode.NOT_FOUND, "Load: \"%s\" does not exist".formatted(id)));
  }

  private static LocalDate date(String name, @Nullable String text) {
    if (text == null) {
      throw missing(name);
    }
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw invalid("%s: \"%s\"; allowed: a date such as 2026-01-31".formatted(name, text));
    }
  }

  private static EngineException missing(String name) {
    return invalid("%s: missing; it must be given".formatted(name));
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }

  /** One load, as answers write it. */
  @Serdeable
  record LoadJson(
      String id,
      String dataset,
      SourceJson source,
      String fileDate,
      Load.State state,
      @Nullable String code,
      @Nullable String reason,
      List<AttemptJson> attempts,
      @Nullable Long rowsRead,
      @Nullable Long rowsWritten,
      @Nullable Long rowsRejected,
      @Nullable Long rowsDuplicate,
      @Nullable Long rowsFiltered,
      @Nullable Long snapshotId,
      @Nullable String foundAt,
      @Nullable String startedAt,
      @Nullable String endedAt,
      List<NoteJson> notes) {

    static LoadJson of(Load load) {
      Load.RowCounts rows = load.rows();
      return new LoadJson(
          load.id(),
          load.dataset().toString(),
          new SourceJson(
              load.source().name(),
              load.source().etag(),
              load.source().version(),
              load.source().size(),
              load.source().sha256()),
          load.fileDate().toString(),
          load.state(),
          load.code(),
          load.reason(),
          load.attempts().stream()
              .map(attempt ->
                  new AttemptJson(
                      Texts.of(attempt.startedAt()), Texts.of(attempt.endedAt()), attempt.error()))
              .toList(),
          rows == null ? null : rows.read(),
          rows == null ? null : rows.written(),
          rows == null ? null : rows.rejected(),
          rows == null ? null : rows.duplicate(),
          rows == null ? null : rows.filtered(),
          load.snapshotId(),
          Texts.of(load.foundAt()),
          Texts.of(load.startedAt()),
          Texts.of(load.endedAt()),
          load.notes().stream()
              .map(note -> new NoteJson(Texts.of(note.at()), note.by(), note.text(), note.link()))
              .toList());
    }
  }

  /** The object that was loaded. */
  @Serdeable
  record SourceJson(
      String name, String etag, @Nullable String version, long size, @Nullable String sha256) {}

  /** One try. */
  @Serdeable
  record AttemptJson(
      @Nullable String startedAt, @Nullable String endedAt, @Nullable String error) {}

  /** One note. */
  @Serdeable
  record NoteJson(@Nullable String at, String by, String text, @Nullable String link) {}

  /** One row that was not let in. */
  @Serdeable
  record RejectJson(
      long line, long position, @Nullable String column, String reason, @Nullable String value) {

    static RejectJson of(Reject reject) {
      return new RejectJson(
          reject.line(), reject.position(), reject.column(), reject.reason(), reject.value());
    }
  }
}
