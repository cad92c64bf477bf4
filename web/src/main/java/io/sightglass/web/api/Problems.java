package io.sightglass.web.api;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.codec.CodecException;
import io.micronaut.http.exceptions.ContentLengthExceededException;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.security.authentication.AuthorizationException;
import io.micronaut.security.authentication.DefaultAuthorizationExceptionHandler;
import io.micronaut.web.router.exceptions.UnsatisfiedRouteException;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import jakarta.inject.Singleton;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one error handler: every failure of every endpoint leaves as {@link Problem}, with an id that
 * stands in the log too. The text of other libraries never leaves, and their causes are logged by
 * type and place alone, since they may quote values.
 */
@Singleton
final class Problems implements ErrorResponseProcessor<Problem> {

  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final int MAX_FRAMES = 12;

  /** The one place that says which status a kind of failure has. */
  static HttpStatus status(ErrorCode.Type type) {
    return switch (type) {
      case INVALID -> HttpStatus.BAD_REQUEST;
      case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
      case FORBIDDEN -> HttpStatus.FORBIDDEN;
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case NOT_ACCEPTABLE -> HttpStatus.NOT_ACCEPTABLE;
      case CONFLICT -> HttpStatus.CONFLICT;
      case GONE -> HttpStatus.GONE;
      case TOO_LARGE -> HttpStatus.REQUEST_ENTITY_TOO_LARGE;
      case FAILED -> HttpStatus.UNPROCESSABLE_ENTITY;
      case TOO_MANY -> HttpStatus.TOO_MANY_REQUESTS;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
    };
  }

  /** The answer to a failure. */
  static MutableHttpResponse<Problem> answer(HttpRequest<?> request, Throwable failure) {
    return answer(request, failure, null);
  }

  /**
   * The answer to a statement's failure.
   *
   * @param statementId null where there is no statement
   */
  static MutableHttpResponse<Problem> answer(
      HttpRequest<?> request, Throwable failure, @Nullable String statementId) {
    EngineException known = explain(request, failure);
    return write(request, status(known.code().type()), known, failure, statementId);
  }

  /** What failed, in our own words. */
  private static EngineException explain(HttpRequest<?> request, Throwable failure) {
    return switch (failure) {
      case EngineException known -> known;
      case AuthorizationException refused when !refused.isForbidden() -> unauthenticated();
      case AuthorizationException refused ->
          new EngineException(
              ErrorCode.MISSING_PERMISSION,
              "%s: your roles do not allow it".formatted(request.getPath()));
      case ContentLengthExceededException large ->
          new EngineException(
              ErrorCode.STATEMENT_TOO_LARGE, "Body: larger than allowed; allowed: 8 MB");
      case HttpStatusException status -> ofStatus(request, status.getStatus());
      case ConversionErrorException wrong ->
          new EngineException(
              ErrorCode.INVALID_REQUEST,
              "%s: not of the type that it must have".formatted(wrong.getArgument().getName()));
      case UnsatisfiedRouteException missing ->
          new EngineException(
              ErrorCode.INVALID_REQUEST,
              "%s: missing; it must be given".formatted(missing.getArgument().getName()));
      case CodecException unreadable ->
          new EngineException(ErrorCode.INVALID_REQUEST, "Body: not readable as its media type");
      case URISyntaxException wrong ->
          new EngineException(ErrorCode.INVALID_REQUEST, "Address: not a valid URI");
      default ->
          new EngineException(
              ErrorCode.INTERNAL,
              "The service failed; its operator finds the cause under the instance's id",
              failure);
    };
  }

  private static EngineException unauthenticated() {
    return new EngineException(
        ErrorCode.UNAUTHENTICATED,
        "No valid token; allowed: Authorization: Bearer <token>, or Basic with the token as"
            + " password");
  }

  /** What the router refuses, in our own words. */
  private static EngineException ofStatus(HttpRequest<?> request, HttpStatus status) {
    String what = request.getMethodName() + " " + request.getPath();
    return switch (status) {
      case NOT_FOUND -> new EngineException(ErrorCode.NOT_FOUND, what + ": there is nothing");
      case METHOD_NOT_ALLOWED ->
          new EngineException(
              ErrorCode.INVALID_REQUEST, what + ": not with this method; allowed: see /docs");
      case NOT_ACCEPTABLE ->
          new EngineException(
              ErrorCode.NOT_ACCEPTABLE,
              "Accept: nothing that this address has; allowed: application/json");
      case UNSUPPORTED_MEDIA_TYPE ->
          new EngineException(
              ErrorCode.INVALID_REQUEST, "Content-Type: not known here; allowed: application/json");
      case UNAUTHORIZED -> unauthenticated();
      case FORBIDDEN ->
          new EngineException(ErrorCode.MISSING_PERMISSION, what + ": not allowed for your roles");
      case REQUEST_ENTITY_TOO_LARGE ->
          new EngineException(
              ErrorCode.STATEMENT_TOO_LARGE, "Body: larger than allowed; allowed: 8 MB");
      default ->
          status.getCode() < 500
              ? new EngineException(ErrorCode.INVALID_REQUEST, what + ": not understood")
              : new EngineException(ErrorCode.INTERNAL, "The service failed");
    };
  }

  private static MutableHttpResponse<Problem> write(
      HttpRequest<?> request,
      HttpStatus status,
      EngineException known,
      @Nullable Throwable failure,
      @Nullable String statementId) {
    String id = UUID.randomUUID().toString();
    log(request, id, known, failure, statementId);
    MutableHttpResponse<Problem> response = HttpResponse.status(status);
    response.contentType(Problem.MEDIA_TYPE);
    if (statementId != null) {
      response.header("Sightglass-Statement-Id", statementId);
    }
    switch (known.code().type()) {
      case UNAUTHENTICATED -> {
        response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"sightglass\"");
        response.header(
            HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"sightglass\", charset=\"UTF-8\"");
      }
      case TOO_MANY, UNAVAILABLE ->
          response.header(
              HttpHeaders.RETRY_AFTER,
              Long.toString(
                  Math.max(1, known.retryAfter().orElse(Duration.ofSeconds(1)).toSeconds())));
      case INVALID,
          FORBIDDEN,
          NOT_FOUND,
          NOT_ACCEPTABLE,
          CONFLICT,
          GONE,
          TOO_LARGE,
          FAILED,
          INTERNAL -> {}
    }
    if (request.getMethod() != HttpMethod.HEAD) {
      response.body(
          new Problem(
              "/docs#" + known.code().name().toLowerCase(Locale.ROOT),
              title(known.code()),
              status.getCode(),
              known.detail(),
              known.code().name(),
              "urn:uuid:" + id,
              statementId,
              known
                  .position()
                  .map(place -> new Problem.Place(place.line(), place.column()))
                  .orElse(null),
              known.suggestions()));
    }
    return response;
  }

  /** {@code UNKNOWN_NAME}: Unknown name. */
  private static String title(ErrorCode code) {
    String words = code.name().replace('_', ' ').toLowerCase(Locale.ROOT);
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  private static void log(
      HttpRequest<?> request,
      String id,
      EngineException known,
      @Nullable Throwable failure,
      @Nullable String statementId) {
    if (known.code().type() != ErrorCode.Type.INTERNAL) {
      LOG.info(
          "{} {} {} statement={}: {}",
          id,
          request.getMethodName(),
          known.code(),
          statementId,
          known.code().type());
      return;
    }
    LOG.error(
        "{} {} {} statement={}: the caller was told nothing else; {}",
        id,
        request.getMethodName(),
        known.code(),
        statementId,
        describe(failure == null ? known : failure));
  }

  /** Types and places of a chain of causes, without their messages, which may quote values. */
  static String describe(Throwable failure) {
    StringBuilder text = new StringBuilder();
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 5; depth++, cause = cause.getCause()) {
      text.append(depth == 0 ? "" : " caused by ").append(cause.getClass().getName()).append(" [");
      StackTraceElement[] frames = cause.getStackTrace();
      for (int frame = 0; frame < Math.min(MAX_FRAMES, frames.length); frame++) {
        text.append(frame == 0 ? "" : " < ").append(frames[frame]);
      }
      text.append(']');
    }
    return text.toString();
  }

  /** What the framework itself refuses: no such route, wrong method, wrong type of body. */
  @Override
  public MutableHttpResponse<Problem> processResponse(
      ErrorContext context, MutableHttpResponse<?> base) {
    HttpRequest<?> request = context.getRequest();
    Throwable cause = context.getRootCause().orElse(null);
    EngineException known =
        cause == null || (!(cause instanceof EngineException) && base.code() < 500)
            ? ofStatus(request, base.status())
            : explain(request, cause);
    boolean statusOfOurs =
        known.code() != ErrorCode.INVALID_REQUEST || base.code() >= 500 || base.code() < 400;
    HttpStatus status = statusOfOurs ? status(known.code().type()) : base.status();
    MutableHttpResponse<Problem> response = write(request, status, known, cause, null);
    List<String> allow = base.getHeaders().getAll(HttpHeaders.ALLOW);
    allow.forEach(methods -> response.header(HttpHeaders.ALLOW, methods));
    return response;
  }

  /** What controllers throw. */
  @Singleton
  static final class OfControllers implements ExceptionHandler<Throwable, HttpResponse<?>> {
    @Override
    public HttpResponse<?> handle(@SuppressWarnings("rawtypes") HttpRequest request, Throwable e) {
      return answer(request, e);
    }
  }

  /** What the sign-in refuses. */
  @Singleton
  @Replaces(DefaultAuthorizationExceptionHandler.class)
  static final class OfSignIn implements ExceptionHandler<AuthorizationException, HttpResponse<?>> {
    @Override
    public HttpResponse<?> handle(
        @SuppressWarnings("rawtypes") HttpRequest request, AuthorizationException e) {
      return answer(request, e);
    }
  }
}
