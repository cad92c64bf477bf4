package io.sightglass.web.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Signs tokens for development, HS256 with the key of the data folder. Thread-safe. Accepted only
 * where no identity provider is configured.
 */
public final class DevelopmentTokens {

  /** What the tokens are for; a token for somebody else is refused. */
  public static final String AUDIENCE = "sightglass";

  /** Claims that are no attributes. */
  public static final Set<String> RESERVED =
      new TreeSet<>(Set.of("sub", "roles", "iss", "aud", "exp", "nbf", "iat", "jti"));

  private final byte[] key;
  private final InstantSource clock;

  public DevelopmentTokens(byte[] key, InstantSource clock) {
    this.key = key.clone();
    this.clock = clock;
  }

  public static boolean isReserved(String claim) {
    return RESERVED.contains(claim);
  }

  /**
   * A signed token.
   *
   * @param attributes by claim name; one value becomes a text, several a list
   */
  public String sign(
      String subject, List<String> roles, Map<String, List<String>> attributes, Duration lifetime) {
    Instant now = clock.instant();
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .subject(subject)
            .audience(AUDIENCE)
            .issuer("sightglass-development")
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(lifetime)))
            .claim("roles", roles);
    attributes.forEach(
        (name, values) -> claims.claim(name, values.size() == 1 ? values.getFirst() : values));
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
    try {
      token.sign(new MACSigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("A key of 32 bytes signs HS256", e);
    }
    return token.serialize();
  }
}
