package io.sightglass.web.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementAnswer;
import io.sightglass.engine.result.ResultStream;
import io.sightglass.web.api.stream.Answer;
import io.sightglass.web.api.stream.NettyRequests;
import io.sightglass.web.security.Callers;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code /v1/sql}: one statement in, its answer as a stream out. */
@Controller("/v1/sql")
@Secured(SecurityRule.IS_AUTHENTICATED)
@Produces(MediaType.ALL)
final class SqlController {

  private final Statements statements;
  private final Encoders encoders;
  private final Answer.Pace pace;
  private final Callers callers;

  SqlController(Statements statements, Encoders encoders, Answer.Pace pace, Callers callers) {
    this.statements = statements;
    this.encoders = encoders;
    this.pace = pace;
    this.callers = callers;
  }

  @Post
  @Consumes(MediaType.ALL)
  CompletionStage<HttpResponse<?>> post(HttpRequest<?> request, @Body byte @Nullable [] body) {
    return run(request, SqlRequest.ofBody(request, body));
  }

  @Get(headRoute = false)
  CompletionStage<HttpResponse<?>> get(HttpRequest<?> request) {
    return run(request, SqlRequest.ofAddress(request));
  }

  private CompletionStage<HttpResponse<?>> run(HttpRequest<?> request, SqlRequest asked) {
    Principal principal = callers.of(request);
    Negotiation wanted =
        Negotiation.of(
            asked.format(),
            request.getHeaders().getAll(HttpHeaders.ACCEPT),
            request.getHeaders().getAll(HttpHeaders.ACCEPT_ENCODING));
    RunningStatement<ResultStream> statement =
        statements.execute(
            asked.toStatement(wanted),
            principal,
            encoders.encoder(wanted.format(), wanted.codec()));
    Runnable onEnd = NettyRequests.onDisconnect(request, statement::cancel);
    return statement
        .opened()
        .<HttpResponse<?>>thenApplyAsync(
            stream -> answer(statement, stream, wanted, onEnd), statement.executor())
        .exceptionally(failure -> {
          onEnd.run();
          return Problems.answer(request, unwrap(failure), statement.id());
        });
  }

  private HttpResponse<?> answer(
      RunningStatement<ResultStream> statement,
      ResultStream stream,
      Negotiation wanted,
      Runnable onEnd) {
    StatementAnswer known = stream.answer();
    ResultSource source = ResultSource.of(statement, stream, wanted, onEnd);
    Answer answer = Answer.open(source, statement.executor(), pace);
    MutableHttpResponse<Answer> response = HttpResponse.ok(answer);
    response.header(HttpHeaders.CONTENT_TYPE, wanted.contentType());
    response.header("Sightglass-Statement-Id", statement.id());
    response.header("Sightglass-Row-Limit", Long.toString(known.rowLimit()));
    if (known.dataAsOf() != null) {
      response.header("Sightglass-Data-As-Of", known.dataAsOf().toString());
    }
    if (!known.masked().isEmpty()) {
      response.header("Sightglass-Masks", String.join(", ", known.masked()));
    }
    if (known.etag() != null) {
      response.header(HttpHeaders.ETAG, source.etag(known.etag()));
    }
    response.header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
    response.header(HttpHeaders.VARY, "Authorization, Accept, Accept-Encoding, Sightglass-Role");
    source
        .contentEncoding()
        .ifPresent(coding -> response.header(HttpHeaders.CONTENT_ENCODING, coding));
    if (source.length().isEmpty()) {
      response.header(HttpHeaders.TRAILER, String.join(", ", trailerNames()));
    } else if (answer.isWhole()) {
      source.trailers().forEach(response::header);
    }
    return response;
  }

  private static List<String> trailerNames() {
    return List.of(ResultSource.ROW_COUNT, ResultSource.STATUS, ResultSource.REPR_DIGEST);
  }

  private static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
