package io.sightglass.web.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.web.wiring.Settings;
import java.net.MalformedURLException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.Optional;
import java.util.Set;

/**
 * Checks tokens: signature, times with the skew that is forgiven, audience, issuer. Thread-safe.
 *
 * <p>With an identity provider only its keys count, RS256 and ES256; without one only the
 * development key, HS256. Which algorithms are accepted is never the token's choice.
 */
public final class TokenVerifier {

  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
  private final boolean remote;

  private TokenVerifier(
      JWKSource<SecurityContext> keys,
      Set<JWSAlgorithm> algorithms,
      DefaultJWTClaimsVerifier<SecurityContext> claims,
      boolean remote) {
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, keys));
    processor.setJWTClaimsSetVerifier(claims);
    this.remote = remote;
  }

  /** For development: tokens of {@link DevelopmentTokens}. */
  public static TokenVerifier ofKey(byte[] key, Duration skew, InstantSource clock) {
    return new TokenVerifier(
        new ImmutableSecret<>(key),
        Set.of(JWSAlgorithm.HS256),
        claims(DevelopmentTokens.AUDIENCE, new JWTClaimsSet.Builder().build(), skew, clock),
        false);
  }

  /** For an identity provider, whose keys are fetched at first use and kept for minutes. */
  public static TokenVerifier ofProvider(
      Settings.Provider provider, Duration skew, InstantSource clock) {
    try {
      return new TokenVerifier(
          JWKSourceBuilder.create(provider.jwks().toURL())
              .retrying(true)
              .outageTolerant(Duration.ofHours(4).toMillis())
              .build(),
          Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256),
          claims(
              provider.audience(),
              new JWTClaimsSet.Builder().issuer(provider.issuer()).build(),
              skew,
              clock),
          true);
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("identity.jwks: not a URL", e);
    }
  }

  private static DefaultJWTClaimsVerifier<SecurityContext> claims(
      String audience, JWTClaimsSet exact, Duration skew, InstantSource clock) {
    var verifier =
        new DefaultJWTClaimsVerifier<>(audience, exact, Set.of("sub", "exp")) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        };
    verifier.setMaxClockSkew(Math.toIntExact(skew.toSeconds()));
    return verifier;
  }

  /** Whether {@link #verify} may have to ask the provider for keys, and so may block. */
  public boolean isRemote() {
    return remote;
  }

  /**
   * The claims of a token that holds; empty for any other.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when the provider's keys cannot be had
   */
  public Optional<JWTClaimsSet> verify(String token) {
    try {
      return Optional.of(processor.process(token, null))
          .filter(claims -> !claims.getSubject().isBlank());
    } catch (KeySourceException e) {
      throw new EngineException(
              ErrorCode.STORE_UNAVAILABLE,
              "Token: the keys of the identity provider cannot be had now",
              e)
          .retryAfter(Duration.ofSeconds(5));
    } catch (ParseException | BadJOSEException | JOSEException e) {
      return Optional.empty();
    }
  }
}
