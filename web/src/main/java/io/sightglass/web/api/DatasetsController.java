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
import io.sightglass.engine.query.Catalogue;
import io.sightglass.engine.query.ViewSnapshot;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.security.Callers;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/datasets}: the views that the caller may read, and those listed for everybody. */
@Controller("/v1/datasets")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class DatasetsController {

  /**
   * One view, as the caller sees it.
   *
   * @param lastLoad when something last came in for it
   * @param nextScan when new deliveries are looked for next; null: as often as the deployment says
   * @param late since when something that should have come has not; null: nothing is late
   */
  @Serdeable
  record DatasetJson(
      String schema,
      String name,
      String description,
      @Nullable String owner,
      Map<String, String> contact,
      @Nullable String grain,
      @Nullable List<ColumnJson> columns,
      @Nullable List<FilterJson> filters,
      @Nullable List<String> inputs,
      @Nullable Long rowCount,
      @Nullable Long bytes,
      @Nullable Long partitions,
      @Nullable String dataAsOf,
      @Nullable String lastLoad,
      @Nullable LateJson late,
      @Nullable List<String> missingDates,
      @Nullable String nextScan,
      @Nullable List<String> examples,
      @Nullable String definition) {

    static DatasetJson of(Catalogue.Entry entry) {
      boolean readable = entry.readable();
      return new DatasetJson(
          entry.name().schema(),
          entry.name().name(),
          entry.description(),
          entry.owner(),
          entry.contact(),
          entry.grain(),
          readable ? entry.columns().stream().map(ColumnJson::of).toList() : null,
          readable
              ? entry.filters().stream()
                  .map(filter -> new FilterJson(filter.text(), filter.rule()))
                  .toList()
              : null,
          readable ? entry.inputs() : null,
          entry.rowCount(),
          entry.bytes(),
          entry.partitions(),
          Texts.of(entry.dataAsOf()),
          Texts.of(entry.lastLoad()),
          entry.lateSince() == null ? null : new LateJson(entry.lateSince().toString()),
          readable ? entry.missingDates().stream().map(LocalDate::toString).toList() : null,
          Texts.of(entry.nextScan()),
          readable ? entry.examples() : null,
          entry.definition());
    }
  }

  /** One column; {@code shown} is {@code plain} or {@code masked}. */
  @Serdeable
  record ColumnJson(
      String name,
      String type,
      @Nullable String description,
      String sensitivity,
      String shown,
      @Nullable String mask,
      @Nullable String rule) {

    static ColumnJson of(Catalogue.EntryColumn column) {
      return new ColumnJson(
          column.name(),
          column.type(),
          column.description(),
          column.sensitivity().name().toLowerCase(Locale.ROOT),
          column.masked() ? "masked" : "plain",
          column.mask(),
          column.rule());
    }
  }

  /** One filter on rows. */
  @Serdeable
  record FilterJson(String text, String rule) {}

  /** Since when something has not come. */
  @Serdeable
  record LateJson(String since) {}

  /** One state of a table that a view reads; {@code name} and id are what {@code asOf} takes. */
  @Serdeable
  record SnapshotJson(
      String name,
      long snapshotId,
      String committedAt,
      String dataAsOf,
      boolean newest,
      @Nullable Long rowCount) {

    static SnapshotJson of(ViewSnapshot snapshot) {
      return new SnapshotJson(
          snapshot.table().toString(),
          snapshot.id(),
          snapshot.committedAt().toString(),
          snapshot.dataAsOf().toString(),
          snapshot.newest(),
          snapshot.rowCount());
    }
  }

  private final Catalogue catalogue;
  private final PolicyCompiler policies;
  private final Callers callers;
  private final Callers.CurrentPack pack;

  DatasetsController(
      Catalogue catalogue, PolicyCompiler policies, Callers callers, Callers.CurrentPack pack) {
    this.catalogue = catalogue;
    this.policies = policies;
    this.callers = callers;
    this.pack = pack;
  }

  @Get(headRoute = false)
  HttpResponse<Paging.Part<DatasetJson>> list(HttpRequest<?> request) {
    Principal principal = callers.of(request);
    Paging paging = Paging.of(request, "q");
    ViewPack now = pack.get();
    String words = Optional.ofNullable(request.getParameters().get("q")).orElse("");
    List<DatasetJson> found =
        catalogue
            .list(
                now,
                policies.compile(now, principal),
                Stream.of(words.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList(),
                callers.holds(principal, Permission.DEFINITIONS))
            .stream()
            .map(DatasetJson::of)
            .toList();
    return paging.answer(request, found);
  }

  @Get(uri = "/{schema}/{name}", headRoute = false)
  DatasetJson one(HttpRequest<?> request, String schema, String name) {
    Principal principal = callers.of(request);
    ViewPack now = pack.get();
    return findName(schema, name)
        .flatMap(view ->
            catalogue.find(
                now,
                policies.compile(now, principal),
                view,
                callers.holds(principal, Permission.DEFINITIONS)))
        .map(DatasetJson::of)
        .orElseThrow(() -> unknown(schema, name));
  }

  /** What {@code asOf} may name for a view. */
  @Get(uri = "/{schema}/{name}/snapshots", headRoute = false)
  HttpResponse<Paging.Part<SnapshotJson>> snapshots(
      HttpRequest<?> request, String schema, String name) {
    Principal principal = callers.of(request);
    ViewPack now = pack.get();
    List<SnapshotJson> snapshots =
        findName(schema, name)
            .flatMap(view -> catalogue.findSnapshots(now, policies.compile(now, principal), view))
            .orElseThrow(() -> unknown(schema, name))
            .stream()
            .map(SnapshotJson::of)
            .toList();
    return Paging.of(request).answer(request, snapshots);
  }

  private static EngineException unknown(String schema, String name) {
    return new EngineException(
        ErrorCode.NOT_FOUND, "Dataset: \"%s.%s\" does not exist".formatted(schema, name));
  }

  private static Optional<QualifiedName> findName(String schema, String name) {
    return QualifiedName.isPart(schema) && QualifiedName.isPart(name)
        ? Optional.of(new QualifiedName(schema, name))
        : Optional.empty();
  }
}
