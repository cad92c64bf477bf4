package io.sightglass.web.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.uri.UriBuilder;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for.
 *
 * @param limit 1 to 1000
 * @param cursor where the part begins; null: at the first
 */
record Paging(int limit, @Nullable String cursor) {

  private static final int DEFAULT = 100;
  private static final int MOST = 1000;

  /** A part of a list; {@code next} is null at the end. */
  @Serdeable
  record Part<T>(List<T> items, @Nullable String next) {}

  /**
   * Reads {@code limit} and {@code cursor}.
   *
   * @throws EngineException {@code INVALID_REQUEST}
   */
  static Paging of(HttpRequest<?> request) {
    String cursor = request.getParameters().get("cursor");
    if (cursor != null && cursor.indexOf('\0') >= 0) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST, "cursor: unknown; allowed: next of the part before");
    }
    Optional<String> limit = Optional.ofNullable(request.getParameters().get("limit"));
    if (limit.isEmpty()) {
      return new Paging(DEFAULT, cursor);
    }
    if (!limit.get().matches("\\d{1,9}") || Integer.parseInt(limit.get()) == 0) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "limit: \"%s\"; allowed: 1 to %d".formatted(limit.get(), MOST));
    }
    return new Paging(Math.min(MOST, Integer.parseInt(limit.get())), cursor);
  }

  /** The answer, with the address of the next part where there is one. */
  <T> HttpResponse<Part<T>> answer(HttpRequest<?> request, List<T> items, @Nullable String next) {
    var response = HttpResponse.ok(new Part<>(items, next));
    if (next != null) {
      String address =
          UriBuilder.of(request.getUri())
              .replaceQueryParam("limit", limit)
              .replaceQueryParam("cursor", next)
              .build()
              .toString();
      response.header(HttpHeaders.LINK, "<" + address + ">; rel=\"next\"");
    }
    return response;
  }

  /** A part of a list that is at hand as a whole; the cursor is the number of items before it. */
  <T> HttpResponse<Part<T>> answer(HttpRequest<?> request, List<T> all) {
    int from = 0;
    if (cursor != null) {
      if (!cursor.matches("\\d{1,9}")) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST, "cursor: unknown; allowed: next of the part before");
      }
      from = Math.min(all.size(), Integer.parseInt(cursor));
    }
    int to = Math.min(all.size(), from + limit);
    return answer(request, all.subList(from, to), to < all.size() ? Integer.toString(to) : null);
  }
}
