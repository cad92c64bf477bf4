package io.sightglass.web.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers a POST that creates something once per {@code Idempotency-Key}, user and address: the
 * same key and body within 24 hours gets the first answer again. Thread-safe.
 *
 * <p>Kept in memory: after a restart of the service a key is new.
 */
@Singleton
final class IdempotencyKeys {

  private static final int MOST_KEYS = 10_000;
  private static final int LONGEST_KEY = 200;

  private record Key(String user, String address, String key) {}

  private record First(String body, HttpResponse<?> answer) {}

  private final Cache<Key, First> firsts =
      Caffeine.newBuilder().maximumSize(MOST_KEYS).expireAfterWrite(Duration.ofHours(24)).build();

  /**
   * Runs {@code create}, or gives its first answer again.
   *
   * @param body all of the request that decides what is created
   * @throws EngineException {@code IDEMPOTENCY_MISMATCH} when the key came with another body
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
    String content = String.valueOf(body);
    AtomicBoolean made = new AtomicBoolean();
    First first =
        firsts.get(
            new Key(principal.user(), request.getPath(), sent),
            key -> {
              made.set(true);
              return new First(content, create.get());
            });
    if (!made.get() && !first.body().equals(content)) {
      throw new EngineException(
          ErrorCode.IDEMPOTENCY_MISMATCH,
          "Idempotency-Key: used before with another body; allowed: the same body, or a new key");
    }
    return HttpResponse.status(first.answer().status()).body(first.answer().body());
  }
}
