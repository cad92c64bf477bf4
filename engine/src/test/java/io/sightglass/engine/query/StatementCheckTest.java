package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.query.StatementCheck.CheckedColumn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a statement would do, and whether a copy of its answer still holds, without running it. */
class StatementCheckTest {

  @TempDir static Path folder;
  private static TestingService testing;

  @BeforeAll
  static void open() throws IOException {
    testing =
        new TestingService(
            folder, new Admission.Capacity(2, 10, 1_000_000_000), Duration.ofSeconds(60));
  }

  @AfterAll
  static void close() {
    testing.close();
  }

  private static StatementCheck check(String role, String sql) {
    return check(role, TestingService.request(sql));
  }

  private static StatementCheck check(String role, StatementRequest request) {
    return testing.service.check(request, TestingService.principal(role)).check().join();
  }

  private static EngineException refusal(String role, String sql) {
    try {
      check(role, sql);
    } catch (CompletionException e) {
      if (e.getCause() instanceof EngineException refused) {
        return refused;
      }
      throw e;
    }
    throw new AssertionError("not refused");
  }

  private static Optional<String> unchanged(String role, String sql, String... tags) {
    return testing
        .service
        .findUnchanged(TestingService.request(sql), TestingService.principal(role), List.of(tags))
        .join();
  }

  @Test
  void columnsAreSaidWithTheMasksThatTheyDependOn() {
    StatementCheck check =
        check(
            "station_user",
            "SELECT claim_id, zip, upper(ssn) AS s, zip || ssn AS both, count(*) OVER () AS n"
                + " FROM benefits.claims");
    assertThat(check.columns())
        .extracting(CheckedColumn::name, CheckedColumn::type, CheckedColumn::mask)
        .containsExactly(
            tuple("claim_id", "BIGINT", null),
            tuple("zip", "VARCHAR", "prefix3"),
            tuple("s", "VARCHAR", "last4"),
            tuple("both", "VARCHAR", "last4, prefix3"),
            tuple("n", "BIGINT", null));
    assertThat(check.columns().get(1).rule()).contains("station_user");
    assertThat(check.columns().get(2).rule()).isEqualTo("masked at rest");
  }

  @Test
  void whatIsHiddenIsNotMeasured() {
    StatementCheck all = check("analyst", "SELECT count(*) FROM benefits.claims");
    assertThat(all.filters()).isEmpty();
    assertThat(all.files()).isEqualTo(1);
    assertThat(all.bytes()).isEqualTo(100);

    StatementCheck filtered = check("station_user", "SELECT count(*) FROM benefits.claims");
    assertThat(filtered.files()).isNull();
    assertThat(filtered.bytes()).isNull();
    assertThat(filtered.filters()).hasSize(1);
    assertThat(filtered.filters().getFirst().text()).isEqualTo("station = attribute('station')");
    assertThat(filtered.tables()).hasSize(1);
    assertThat(filtered.tables().getFirst().dataAsOf()).isEqualTo(TestingService.LOADED_AT);
  }

  @Test
  void bothSidesOfAnIdentifiedStatementAreMeasured() {
    assertThat(check("pii_reader", "SELECT ssn FROM claims_identified").files()).isEqualTo(2);
  }

  @Test
  void nothingRuns() {
    check("analyst", "SELECT sum(a.claim_id) FROM claims a, claims b, claims c");
    assertThat(testing.openLeases).hasValue(0);
    assertThat(testing.openSessions()).isZero();
  }

  @Test
  void parametersDecideTypes() {
    StatementRequest request =
        TestingService.request(
            "SELECT $1 AS one, $2 AS two",
            new Parameters(Map.of("1", 7L, "2", "x")),
            OptionalLong.empty(),
            null);
    assertThat(check("analyst", request).columns())
        .extracting(CheckedColumn::type)
        .containsExactly("BIGINT", "VARCHAR");
  }

  @Test
  void refusalsAreThoseOfRunningIt() {
    assertThat(refusal("analyst", "SELECT 1 FROM nowhere").code())
        .isEqualTo(ErrorCode.UNKNOWN_NAME);
    assertThat(refusal("analyst", "SELECT read_text('x')").code()).isEqualTo(ErrorCode.NOT_ALLOWED);
    assertThat(refusal("nobody", "SELECT 1").code()).isEqualTo(ErrorCode.MISSING_PERMISSION);
    EngineException column = refusal("analyst", "SELECT claim_id,\n  zipp\nFROM claims");
    assertThat(column.code()).isEqualTo(ErrorCode.UNKNOWN_NAME);
    assertThat(column.position()).hasValue(new Position(2, 3));
    assertThat(column.suggestions()).containsExactly("zip");
    EngineException type = refusal("analyst", "SELECT claim_id + DATE '2026-01-01' FROM claims");
    assertThat(type.code()).isEqualTo(ErrorCode.TYPE_MISMATCH);
  }

  @Test
  void whatIsWorthKnowingIsSaid() {
    assertThat(check("analyst", "SELECT random() FROM claims").warnings())
        .anyMatch(warning -> warning.contains("volatile"));
    assertThat(check("analyst", "SELECT 1 FROM claims WHERE ssn = '123-45-6789'").warnings())
        .anyMatch(warning -> warning.startsWith("benefits.claims.ssn is masked (last4)"));
    assertThat(check("analyst", "SELECT zip FROM claims").warnings()).isEmpty();
  }

  @Test
  void everyCheckIsRecordedAndSoIsEveryRefusal() {
    var asked =
        testing.service.check(
            TestingService.request("SELECT zip FROM claims"), TestingService.principal("analyst"));
    asked.check().join();
    StatementRecord allowed = testing.log.find(asked.id()).orElseThrow();
    assertThat(allowed.decision()).isEqualTo("ALLOWED");
    assertThat(allowed.reason()).isEqualTo("checked, not run; granted by analyst");
    assertThat(allowed.endedAt()).isNotNull();
    var refused =
        testing.service.check(
            TestingService.request("SELECT 1 FROM nowhere"), TestingService.principal("analyst"));
    assertThatThrownBy(() -> refused.check().join()).hasCauseInstanceOf(EngineException.class);
    assertThat(testing.log.find(refused.id()).orElseThrow().decision()).isEqualTo("DENIED");
  }

  @Test
  void aTagHoldsAsLongAsNothingThatDecidesTheAnswerChanges() {
    String sql = "SELECT zip FROM claims";
    String tag = unchanged("analyst", sql, "*").orElseThrow();
    assertThat(tag).matches("[0-9a-f]{32}");
    assertThat(unchanged("analyst", "SELECT  zip  FROM claims", "other", tag)).hasValue(tag);
    assertThat(unchanged("analyst", sql, "other")).isEmpty();
    assertThat(unchanged("station_user", sql, tag)).isEmpty();
    assertThat(unchanged("analyst", "SELECT random() FROM claims", "*")).isEmpty();
    assertThat(unchanged("analyst", "SELECT 1 FROM nowhere", "*")).isEmpty();
    assertThat(unchanged("nobody", "SELECT 1", "*")).isEmpty();
  }
}
