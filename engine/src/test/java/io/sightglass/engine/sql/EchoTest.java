package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EchoTest {

  @ParameterizedTest
  @CsvSource({
    "claims, claims",
    "/, /",
    "a / b, a / b",
    "/etc/passwd, …",
    "C:\\secret\\s.csv, C:…",
    "x to /data/x, x to …",
  })
  void repeatsTextUpToWhereAPathBegins(String text, String echo) {
    assertThat(Echo.of(text)).isEqualTo(echo);
  }

  @ParameterizedTest
  @CsvSource({"60, 60", "61, 61", "5000, 61"})
  void cutsLongText(int length, int shown) {
    assertThat(Echo.of("x".repeat(length))).hasSize(shown);
  }
}
