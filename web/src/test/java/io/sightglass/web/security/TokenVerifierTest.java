package io.sightglass.web.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.sightglass.web.wiring.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who is let in, and who only looks as if. */
class TokenVerifierTest {

  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static RSAKey rsa;
  private static RSAKey foreign;
  private static ECKey ec;
  private static HttpServer provider;
  private static TokenVerifier verifier;

  @BeforeAll
  static void startProvider() throws JOSEException, IOException {
    rsa = new RSAKeyGenerator(2048).keyID("one").generate();
    foreign = new RSAKeyGenerator(2048).keyID("one").generate();
    ec = new ECKeyGenerator(Curve.P_256).keyID("two").generate();
    byte[] keys = new JWKSet(List.of(rsa, ec)).toString(true).getBytes(UTF_8);
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/keys",
        exchange -> {
          exchange.sendResponseHeaders(200, keys.length);
          exchange.getResponseBody().write(keys);
          exchange.close();
        });
    provider.start();
    URI jwks = URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/keys");
    verifier =
        TokenVerifier.ofProvider(
            new Settings.Provider(jwks, "https://idp.example", "sightglass"), SKEW, () -> NOW);
  }

  @AfterAll
  static void stopProvider() {
    provider.stop(0);
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .subject("ada")
        .issuer("https://idp.example")
        .audience("sightglass")
        .expirationTime(Date.from(NOW.plusSeconds(300)))
        .claim("roles", List.of("analyst"));
  }

  private static String signed(
      JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet claims)
      throws JOSEException {
    SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
    token.sign(signer);
    return token.serialize();
  }

  private static String rsaSigned(JWTClaimsSet.Builder claims) throws JOSEException {
    return signed(JWSAlgorithm.RS256, "one", new RSASSASigner(rsa), claims.build());
  }

  @Test
  void theProvidersKeysCount() throws JOSEException {
    assertThat(verifier.verify(rsaSigned(claims()))).isPresent();
    assertThat(
            verifier.verify(
                signed(JWSAlgorithm.ES256, "two", new ECDSASigner(ec), claims().build())))
        .isPresent();
  }

  @Test
  void anotherKeyOrAlgorithmDoesNotCount() throws JOSEException {
    assertThat(
            verifier.verify(
                signed(JWSAlgorithm.RS256, "one", new RSASSASigner(foreign), claims().build())))
        .isEmpty();
    assertThat(
            verifier.verify(
                signed(JWSAlgorithm.RS512, "one", new RSASSASigner(rsa), claims().build())))
        .isEmpty();
    // The classic: the public key as the secret of an HMAC.
    assertThat(
            verifier.verify(
                signed(
                    JWSAlgorithm.HS256,
                    "one",
                    new MACSigner(rsa.toPublicJWK().toJSONString().getBytes(UTF_8)),
                    claims().build())))
        .isEmpty();
    assertThat(verifier.verify(new PlainJWT(claims().build()).serialize())).isEmpty();
    assertThat(verifier.verify("")).isEmpty();
    assertThat(verifier.verify("a.b.c")).isEmpty();
  }

  @Test
  void timesAreCheckedWithTheSkewThatIsForgiven() throws JOSEException {
    assertThat(verifier.verify(rsaSigned(claims().expirationTime(at(-59))))).isPresent();
    assertThat(verifier.verify(rsaSigned(claims().expirationTime(at(-61))))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().notBeforeTime(at(59))))).isPresent();
    assertThat(verifier.verify(rsaSigned(claims().notBeforeTime(at(61))))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().expirationTime(null)))).isEmpty();
  }

  private static Date at(long seconds) {
    return Date.from(NOW.plusSeconds(seconds));
  }

  @Test
  void issuerAudienceAndSubjectMustBeExact() throws JOSEException {
    assertThat(verifier.verify(rsaSigned(claims().issuer("http://idp.example")))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().issuer("https://evil/https://idp.example"))))
        .isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().issuer(null)))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().audience("other")))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().audience(List.of("other", "sightglass")))))
        .isPresent();
    assertThat(verifier.verify(rsaSigned(claims().subject(null)))).isEmpty();
    assertThat(verifier.verify(rsaSigned(claims().subject(" ")))).isEmpty();
  }

  @Test
  void withAProviderNoDevelopmentTokenCounts() {
    assertThat(verifier.verify(development())).isEmpty();
  }

  @Test
  void aDevelopmentTokenCountsUnderItsOwnKeyAlone() throws JOSEException {
    TokenVerifier own = TokenVerifier.ofKey(KEY, SKEW, () -> NOW);
    assertThat(own.verify(development())).isPresent();
    assertThat(own.verify(rsaSigned(claims()))).isEmpty();
    byte[] other = KEY.clone();
    other[0] ^= 1;
    assertThat(TokenVerifier.ofKey(other, SKEW, () -> NOW).verify(development())).isEmpty();
    assertThat(TokenVerifier.ofKey(KEY, SKEW, () -> NOW.plusSeconds(361)).verify(development()))
        .isEmpty();
    assertThat(own.verify(new PlainJWT(claims().build()).serialize())).isEmpty();
  }

  private static String development() {
    return new DevelopmentTokens(KEY, () -> NOW)
        .sign("ada", List.of("analyst"), Map.of(), Duration.ofMinutes(5));
  }
}
