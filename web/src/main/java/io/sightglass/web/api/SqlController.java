package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.sightglass.engine.query.CheckingStatement;
import io.sightglass.web.security.Callers;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code /v1/sql}: one statement in, its answer as a stream out, or what it would be. */
@Controller("/v1/sql")
@Secured(SecurityRule.IS_AUTHENTICATED)
@Produces(MediaType.ALL)
final class SqlController {

  private final Statements statements;
  private final StatementAnswers answers;
  private final Callers callers;

  SqlController(Statements statements, StatementAnswers answers, Callers callers) {
    this.statements = statements;
    this.answers = answers;
    this.callers = callers;
  }

  @Post
  @Consumes(MediaType.ALL)
  CompletionStage<HttpResponse<?>> post(HttpRequest<?> request, @Body byte @Nullable [] body) {
    return answers.answer(request, SqlRequest.ofBody(request, body));
  }

  @Get(headRoute = false)
  CompletionStage<HttpResponse<?>> get(HttpRequest<?> request) {
    return answers.answer(request, SqlRequest.ofAddress(request));
  }

  /** What a statement would do; runs nothing. */
  @Post("/check")
  @Consumes(MediaType.ALL)
  @Produces(MediaType.APPLICATION_JSON)
  CompletionStage<HttpResponse<?>> check(HttpRequest<?> request, @Body byte @Nullable [] body) {
    CheckingStatement checking =
        statements.check(
            SqlRequest.ofBody(request, body).toStatement("check"), callers.of(request));
    return checking
        .check()
        .<HttpResponse<?>>thenApply(check ->
            HttpResponse.ok(CheckJson.of(check)).header("Sightglass-Statement-Id", checking.id()))
        .exceptionally(
            failure -> Problems.answer(request, StatementAnswers.unwrap(failure), checking.id()));
  }
}
