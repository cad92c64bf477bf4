package io.sightglass.web.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.uri.UriBuilder;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
   * @param filters what else the address may say, each once: what is misspelt would show everything
   * @throws EngineException {@code INVALID_REQUEST}; {@code NOT_ACCEPTABLE} for another format than
   *     JSON
   */
  static Paging of(HttpRequest<?> request, String... filters) {
    Set<String> known = new LinkedHashSet<>(List.of(filters));
    known.addAll(List.of("limit", "cursor", "format"));
    for (Map.Entry<String, List<String>> entry : request.getParameters()) {
      if (!known.contains(entry.getKey())) {
        throw invalid(
            "%s: unknown; allowed: %s".formatted(entry.getKey(), String.join(", ", known)));
      }
      if (entry.getValue().size() != 1) {
        throw invalid(
            "%s: given %d times; allowed: once".formatted(entry.getKey(), entry.getValue().size()));
      }
    }
    String format = request.getParameters().get("format", String.class, "json");
    if (!format.equalsIgnoreCase("json")) {
      throw new EngineException(
          ErrorCode.NOT_ACCEPTABLE, "format: \"%s\"; allowed: json".formatted(format));
    }
    String cursor = request.getParameters().get("cursor");
    if (cursor != null && cursor.indexOf('\0') >= 0) {
      throw invalid("cursor: unknown; allowed: next of the part before");
    }
    return new Paging(limit(request.getParameters().get("limit")), cursor);
  }

  /** A filter that is one of a few words, in any case; empty when it is absent. */
  static <E extends Enum<E>> Optional<E> findConstant(
      HttpRequest<?> request, String name, Class<E> type) {
    return Optional.ofNullable(request.getParameters().get(name))
        .map(text ->
            Arrays.stream(type.getEnumConstants())
                .filter(one -> one.name().equals(text.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                    invalid(
                        "%s: \"%s\"; allowed: %s"
                            .formatted(name, text, Arrays.toString(type.getEnumConstants())))));
  }

  /** The filter {@code dataset}; empty when it is absent. */
  static Optional<QualifiedName> findDataset(HttpRequest<?> request) {
    return Optional.ofNullable(request.getParameters().get("dataset")).map(Paging::dataset);
  }

  /** The name of a dataset, or {@code INVALID_REQUEST}. */
  static QualifiedName dataset(String text) {
    try {
      return QualifiedName.parse(text);
    } catch (IllegalArgumentException e) {
      throw invalid("dataset: \"%s\"; allowed: schema.name".formatted(text));
    }
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT;
    }
    if (!text.matches("0*[1-9]\\d*")) {
      throw invalid("limit: \"%s\"; allowed: 1 to %d".formatted(text, MOST));
    }
    return new BigInteger(text).min(BigInteger.valueOf(MOST)).intValue();
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
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
        throw invalid("cursor: unknown; allowed: next of the part before");
      }
      from = Math.min(all.size(), Integer.parseInt(cursor));
    }
    int to = Math.min(all.size(), from + limit);
    return answer(request, all.subList(from, to), to < all.size() ? Integer.toString(to) : null);
  }
}
