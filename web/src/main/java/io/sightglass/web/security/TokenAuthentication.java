package io.sightglass.web.security;

import com.nimbusds.jwt.JWTClaimsSet;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import io.micronaut.security.token.TokenAuthenticationFetcher;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Takes the token of a request, as Bearer or as the password of Basic, and lets in whom it names.
 * The only one of its kind: the framework's own would accept other tokens.
 */
@Singleton
@Replaces(TokenAuthenticationFetcher.class)
final class TokenAuthentication implements AuthenticationFetcher<HttpRequest<?>> {

  private final TokenVerifier verifier;
  private final ExecutorService blocking;

  TokenAuthentication(
      TokenVerifier verifier, @Named(TaskExecutors.BLOCKING) ExecutorService blocking) {
    this.verifier = verifier;
    this.blocking = blocking;
  }

  @Override
  public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
    Optional<String> token = findToken(request);
    if (token.isEmpty()) {
      return Publishers.empty();
    }
    if (!verifier.isRemote()) {
      return publish(verifier.verify(token.get()));
    }
    // A future of nothing publishes nothing.
    return Publishers.fromCompletableFuture(() ->
        CompletableFuture.<@Nullable Authentication>supplyAsync(
            () ->
                verifier.verify(token.get()).map(TokenAuthentication::authentication).orElse(null),
            blocking));
  }

  private static Publisher<Authentication> publish(Optional<JWTClaimsSet> claims) {
    return claims
        .map(TokenAuthentication::authentication)
        .map(Publishers::just)
        .orElseGet(Publishers::empty);
  }

  private static Authentication authentication(JWTClaimsSet claims) {
    return Authentication.build(claims.getSubject(), List.of(), claims.getClaims());
  }

  /** The token as it was sent; two tokens are none, since nobody could say which counts. */
  static Optional<String> findToken(HttpRequest<?> request) {
    List<String> sent = request.getHeaders().getAll(HttpHeaders.AUTHORIZATION);
    if (sent.size() != 1) {
      return Optional.empty();
    }
    String[] parts = sent.getFirst().strip().split("\\s+", 2);
    if (parts.length != 2) {
      return Optional.empty();
    }
    return switch (parts[0].toLowerCase(Locale.ROOT)) {
      case "bearer" -> Optional.of(parts[1]);
      case "basic" -> findPassword(parts[1]);
      default -> Optional.empty();
    };
  }

  private static Optional<String> findPassword(String credentials) {
    try {
      String pair = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
