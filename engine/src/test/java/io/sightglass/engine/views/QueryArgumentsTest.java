package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.ListValue;
import io.sightglass.engine.views.NamedQuery.Parameter;
import io.sightglass.engine.views.files.TypeText;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryArgumentsTest {

  private static Parameter parameter(
      String type, @Nullable String fallback, @Nullable String min, @Nullable String max) {
    return new Parameter("p", TypeText.find(type).orElseThrow(), fallback, min, max, null);
  }

  private static Object bind(Parameter parameter, String... texts) {
    NamedQuery query =
        new NamedQuery(
            QualifiedName.parse("care.q"),
            "D",
            List.of(parameter),
            Map.of(),
            null,
            "SELECT 1",
            Set.of());
    return QueryArguments.bind(query, texts.length == 0 ? Map.of() : Map.of("p", List.of(texts)))
        .values()
        .iterator()
        .next();
  }

  private static void assertRefused(Parameter parameter, String says, String... texts) {
    assertThatThrownBy(() -> bind(parameter, texts))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WRONG_PARAMETER))
        .hasMessageContaining(says);
  }

  @Test
  void valuesHaveTheirTypes() {
    assertThat(bind(parameter("BOOLEAN", null, null, null), "true")).isEqualTo(true);
    assertThat(bind(parameter("INTEGER", null, null, null), "-7")).isEqualTo(-7);
    assertThat(bind(parameter("BIGINT", null, null, null), "9000000000")).isEqualTo(9000000000L);
    assertThat(bind(parameter("DOUBLE", null, null, null), "1.5e3")).isEqualTo(1500.0);
    assertThat(bind(parameter("DECIMAL(5, 2)", null, null, null), "12.5"))
        .isEqualTo(new BigDecimal("12.50"));
    assertThat(bind(parameter("VARCHAR", null, null, null), "")).isEqualTo("");
    assertThat(bind(parameter("DATE", null, null, null), "2026-03-30"))
        .isEqualTo(LocalDate.of(2026, 3, 30));
    assertThat(bind(parameter("TIMESTAMP", null, null, null), "2026-03-30 12:00"))
        .isEqualTo(LocalDateTime.of(2026, 3, 30, 12, 0));
    assertThat(bind(parameter("TIMESTAMPTZ", null, null, null), "2026-03-30T12:00:00+02:00"))
        .isEqualTo(OffsetDateTime.parse("2026-03-30T10:00:00Z"));
    String uuid = "123e4567-e89b-12d3-a456-426614174000";
    assertThat(bind(parameter("UUID", null, null, null), uuid)).isEqualTo(UUID.fromString(uuid));
  }

  @ParameterizedTest
  @CsvSource({
    "BOOLEAN,yes",
    "INTEGER,2147483648",
    "INTEGER,1.0",
    "BIGINT,1 OR 1=1",
    "DOUBLE,NaN",
    "'DECIMAL(5, 2)',12.345",
    "'DECIMAL(5, 2)',1234.5",
    "DATE,30.03.2026",
    "TIMESTAMP,noon",
    "TIMESTAMPTZ,2026-03-30T12:00:00+25:00",
    "UUID,x",
  })
  void aTextOfAnotherTypeIsRefused(String type, String text) {
    assertRefused(parameter(type, null, null, null), "a value of type", text);
  }

  @Test
  void boundsHoldAndDefaultsStand() {
    Parameter days = parameter("INTEGER", "90", "1", "3650");
    assertThat(bind(days)).isEqualTo(90);
    assertThat(bind(days, "1")).isEqualTo(1);
    assertThat(bind(days, "3650")).isEqualTo(3650);
    assertRefused(days, "at least 1", "0");
    assertRefused(days, "at most 3650", "3651");
    assertRefused(days, "given 2 times", "1", "2");
    assertRefused(parameter("INTEGER", null, null, null), "missing");
    Parameter since = parameter("DATE", null, "2020-01-01", null);
    assertRefused(since, "at least 2020-01-01", "2019-12-31");
  }

  @Test
  void aListIsGivenByRepetitionOrAsAnArray() {
    Parameter list = parameter("INTEGER[]", "[1, 2]", "1", "9");
    assertThat(bind(list)).isEqualTo(new ListValue("INTEGER", List.of(1, 2)));
    assertThat(bind(list, "3")).isEqualTo(new ListValue("INTEGER", List.of(3)));
    assertThat(bind(list, "3", "4")).isEqualTo(new ListValue("INTEGER", List.of(3, 4)));
    assertThat(bind(list, "[5,6]")).isEqualTo(new ListValue("INTEGER", List.of(5, 6)));
    assertThat(bind(list, "[]")).isEqualTo(new ListValue("INTEGER", List.of()));
    assertRefused(list, "at most 9", "3", "10");
    assertRefused(list, "a value of type INTEGER", "[null]");
  }

  @Test
  void whatTheQueryDoesNotHaveIsRefusedWithWhatItHas() {
    NamedQuery query =
        new NamedQuery(
            QualifiedName.parse("care.q"),
            "D",
            List.of(parameter("INTEGER", "1", null, null)),
            Map.of(),
            null,
            "SELECT 1",
            Set.of());
    assertThatThrownBy(() -> QueryArguments.bind(query, Map.of("q", List.of("1"))))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.WRONG_PARAMETER);
              assertThat(e.detail()).isEqualTo("Parameter q: not one of care.q; allowed: p");
            });
  }
}
