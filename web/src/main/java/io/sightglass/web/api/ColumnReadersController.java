package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
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
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.query.ColumnReaders;
import io.sightglass.engine.query.StatementLog;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.security.Callers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/audit/columns}: who ran statements over a column that turned out to identify. */
@Controller("/v1/audit/columns")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ColumnReadersController {

  private static final Logger AUDIT = LoggerFactory.getLogger("sightglass.audit");

  private final StatementLog log;
  private final Callers callers;
  private final Callers.CurrentPack pack;

  ColumnReadersController(StatementLog log, Callers callers, Callers.CurrentPack pack) {
    this.log = log;
    this.callers = callers;
    this.pack = pack;
  }

  @Get(uri = "/{schema}/{name}/{column}", headRoute = false)
  HttpResponse<Paging.Part<ReadingJson>> list(
      HttpRequest<?> request, String schema, String name, String column) {
    Principal principal = callers.withEither(Permission.AUDIT, Permission.ERASURES, request);
    Paging paging = Paging.of(request);
    ViewPack now = pack.get();
    Dataset dataset =
        now.datasets().values().stream()
            .filter(one -> one.name().schema().equals(schema) && one.name().name().equals(name))
            .filter(one -> one.findColumn(column).isPresent())
            .findFirst()
            .orElseThrow(() ->
                new EngineException(
                    ErrorCode.NOT_FOUND,
                    "Column: \"%s\" of \"%s.%s\"; there is no contract with such a column"
                        .formatted(column, schema, name)));
    AUDIT.info("readers of {}.{} listed by {}", dataset.name(), column, principal.user());
    ColumnReaders.Page page =
        log.columnReaders().list(now, dataset.name(), column, paging.limit(), paging.cursor());
    return paging.answer(request, page.items().stream().map(ReadingJson::of).toList(), page.next());
  }

  /**
   * One statement, without its text.
   *
   * @param shown whether one of its views has an output that depends on the column
   */
  @Serdeable
  record ReadingJson(
      String statementId,
      String user,
      @Nullable String role,
      String at,
      List<String> views,
      List<TableJson> tables,
      boolean identified,
      @Nullable Long rowCount,
      boolean shown) {

    static ReadingJson of(ColumnReaders.Reading reading) {
      return new ReadingJson(
          reading.statementId(),
          reading.user(),
          reading.role(),
          reading.at().toString(),
          reading.views().stream().map(QualifiedName::toString).toList(),
          reading.tables().stream()
              .map(table -> new TableJson(table.name().toString(), table.snapshotId()))
              .toList(),
          reading.identified(),
          reading.rowCount(),
          reading.shown());
    }
  }

  /** A table as it was read. */
  @Serdeable
  record TableJson(String name, @Nullable Long snapshotId) {}
}
