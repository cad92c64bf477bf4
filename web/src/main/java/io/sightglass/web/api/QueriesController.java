package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerQueries;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.security.Callers;
import java.util.concurrent.CompletionStage;

/** {@code /v1/queries}: named queries with typed parameters, each run as its caller. */
@Controller("/v1/queries")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class QueriesController {

  private final StatementAnswers answers;
  private final PolicyCompiler policies;
  private final Callers callers;
  private final Callers.CurrentPack pack;

  QueriesController(
      StatementAnswers answers,
      PolicyCompiler policies,
      Callers callers,
      Callers.CurrentPack pack) {
    this.answers = answers;
    this.policies = policies;
    this.callers = callers;
    this.pack = pack;
  }

  /** Those of which the caller may read every view. */
  @Get(headRoute = false)
  HttpResponse<Paging.Part<QueryJson>> list(HttpRequest<?> request) {
    ViewPack now = pack.get();
    return Paging.of(request)
        .answer(
            request,
            CallerQueries.of(now, policyOf(request, now)).stream()
                .map(query -> QueryJson.of(query, false))
                .toList());
  }

  /** Runs one; its parameters stand in the address by their names. */
  @Get(uri = "/{schema}/{name}", headRoute = false)
  @Produces(MediaType.ALL)
  CompletionStage<HttpResponse<?>> run(HttpRequest<?> request, String schema, String name) {
    ViewPack now = pack.get();
    return answers.answer(
        request,
        SqlRequest.ofQuery(
            request, CallerQueries.requireToRun(now, policyOf(request, now), schema + "." + name)));
  }

  /** Describes one. */
  @Get(uri = "/{schema}/{name}/definition", headRoute = false)
  QueryJson definition(HttpRequest<?> request, String schema, String name) {
    ViewPack now = pack.get();
    return QueryJson.of(
        CallerQueries.require(now, policyOf(request, now), schema + "." + name), true);
  }

  private CallerPolicy policyOf(HttpRequest<?> request, ViewPack now) {
    Principal principal = callers.of(request);
    return policies.compile(now, principal);
  }
}
