package io.sightglass.web.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.json.JsonMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.database.FirstAnswers;
import io.sightglass.engine.storage.Digests;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers a POST that creates something once per {@code Idempotency-Key}, user and address: the
 * same key and body within 24 hours gets the first answer again, of whichever replica and also
 * after a restart. Thread-safe.
 */
@Singleton
final class IdempotencyKeys {

  private static final int LONGEST_KEY = 200;

  private final FirstAnswers answers;
  private final JsonMapper json;

  IdempotencyKeys(FirstAnswers answers, JsonMapper json) {
    this.answers = answers;
    this.json = json;
  }

  /**
   * Runs {@code create}, or gives its first answer again.
   *
   * @param body all of the request that decides what is created
   * @throws EngineException {@code IDEMPOTENCY_MISMATCH} when the key came with another body;
   *     {@code CONFLICT} when the first request is still at work
   */
  HttpResponse<?> once(
      HttpRequest<?> request,
      Principal principal,
      @Nullable String body,
      Supplier<HttpResponse<?>> create) {
    String sent = request.getHeaders().get("Idempotency-Key");
    if (sent == null) {
      return create.get();
    }
    if (sent.isBlank() || sent.length() > LONGEST_KEY) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "Idempotency-Key: empty or too long; allowed: 1 to %d characters".formatted(LONGEST_KEY));
    }
    String id = digest(String.join("\n", request.getPath(), sent, principal.user()));
    return response(answers.once(id, digest(String.valueOf(body)), () -> answer(create.get())));
  }

  private FirstAnswers.Answer answer(HttpResponse<?> made) {
    try {
      return new FirstAnswers.Answer(
          made.code(),
          made.getHeaders().get(HttpHeaders.LOCATION),
          json.writeValueAsString(Objects.requireNonNull(made.body())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpResponse<String> response(FirstAnswers.Answer answer) {
    return HttpResponse.<String>status(HttpStatus.valueOf(answer.status()))
        .contentType(MediaType.APPLICATION_JSON_TYPE)
        .headers(headers -> {
          if (answer.location() != null) {
            headers.add(HttpHeaders.LOCATION, answer.location());
          }
        })
        .body(answer.text());
  }

  private static String digest(String text) {
    return HexFormat.of().formatHex(Digests.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
