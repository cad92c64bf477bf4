package io.sightglass.web.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementAnswer;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.result.ResultStream;
import io.sightglass.web.api.stream.Answer;
import io.sightglass.web.api.stream.NettyRequests;
import io.sightglass.web.security.Callers;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Answers a statement, however it was handed in: as a stream, or by 304 where the caller's copy
 * still holds.
 */
@Singleton
final class StatementAnswers {

  private final Statements statements;
  private final Encoders encoders;
  private final Answer.Pace pace;
  private final Callers callers;

  StatementAnswers(Statements statements, Encoders encoders, Answer.Pace pace, Callers callers) {
    this.statements = statements;
    this.encoders = encoders;
    this.pace = pace;
    this.callers = callers;
  }

  /** The answer to a request, or why there is none. */
  CompletionStage<HttpResponse<?>> answer(HttpRequest<?> request, SqlRequest asked) {
    Principal principal = callers.of(request);
    Negotiation wanted =
        Negotiation.of(
            asked.format(),
            request.getHeaders().getAll(HttpHeaders.ACCEPT),
            request.getHeaders().getAll(HttpHeaders.ACCEPT_ENCODING));
    StatementRequest statement = asked.toStatement(wanted);
    List<String> known =
        request.getMethod() == HttpMethod.GET
            ? wanted.digestsIn(request.getHeaders().getAll(HttpHeaders.IF_NONE_MATCH))
            : List.of();
    if (known.isEmpty()) {
      return run(request, statement, principal, wanted);
    }
    return statements
        .findUnchanged(statement, principal, known)
        .<HttpResponse<?>>thenCompose(tag ->
            tag.isPresent()
                ? CompletableFuture.completedFuture(notModified(wanted.etag(tag.get())))
                : run(request, statement, principal, wanted))
        .exceptionally(failure -> Problems.answer(request, unwrap(failure)));
  }

  private static HttpResponse<?> notModified(String etag) {
    MutableHttpResponse<?> response = HttpResponse.notModified();
    response.header(HttpHeaders.ETAG, etag);
    addCaching(response);
    return response;
  }

  private static void addCaching(MutableHttpResponse<?> response) {
    response.header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
    response.header(HttpHeaders.VARY, "Authorization, Accept, Accept-Encoding, Sightglass-Role");
  }

  private CompletionStage<HttpResponse<?>> run(
      HttpRequest<?> request, StatementRequest asked, Principal principal, Negotiation wanted) {
    RunningStatement<ResultStream> statement =
        statements.execute(asked, principal, encoders.encoder(wanted.format(), wanted.codec()));
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
      response.header(HttpHeaders.ETAG, wanted.etag(known.etag()));
    }
    addCaching(response);
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

  /** The failure itself. */
  static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
