package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import io.sightglass.engine.sql.ListValue;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatementServiceTest {

  private static final String HEAVY =
      "SELECT sum(a.claim_id * b.claim_id % 7) FROM benefits.claims a, benefits.claims b";

  @TempDir static Path folder;
  private static TestingService testing;

  @BeforeAll
  static void open() throws IOException {
    testing =
        new TestingService(
            folder, new Admission.Capacity(8, 100, 1_000_000_000), Duration.ofSeconds(60));
  }

  @AfterAll
  static void close() {
    testing.close();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(testing.service.inFlight()).isZero();
    assertThat(testing.admission.running()).isZero();
    assertThat(testing.admission.queued()).isZero();
    assertThat(testing.openLeases).hasValue(0);
    assertThat(testing.openSessions()).isZero();
    assertThat(DuckDbInstance.batchBytesInUse()).isZero();
  }

  /** All rows of all columns as text. */
  private static final StatementOutput<List<List<String>>> ROWS =
      statement -> {
        List<List<String>> rows = new ArrayList<>();
        try (ArrowCursor cursor = statement.start(ColumnCasts.NONE, 8192)) {
          while (cursor.advance()) {
            for (int row = 0; row < cursor.batch().getRowCount(); row++) {
              List<String> values = new ArrayList<>();
              for (var vector : cursor.batch().getFieldVectors()) {
                values.add(Objects.toString(vector.getObject(row)));
              }
              rows.add(values);
            }
          }
        }
        statement.succeed(new AnswerEnd(rows.size(), 1, "crc32c=:x:"));
        return rows;
      };

  private static <T> T await(RunningStatement<T> statement) {
    try {
      T made = statement.opened().get(60, TimeUnit.SECONDS);
      statement.ended().get(60, TimeUnit.SECONDS);
      return made;
    } catch (ExecutionException e) {
      try {
        statement.ended().get(60, TimeUnit.SECONDS);
      } catch (InterruptedException | ExecutionException | TimeoutException unexpected) {
        throw new IllegalStateException(unexpected);
      }
      throw (EngineException) e.getCause();
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<List<String>> rows(String role, String sql) {
    return await(
        testing.service.execute(TestingService.request(sql), TestingService.principal(role), ROWS));
  }

  private static void assertFails(String role, String sql, ErrorCode code) {
    assertThatThrownBy(() -> rows(role, sql))
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aStatementReadsItsViewUnderTheCallersGrants() {
    assertThat(rows("analyst", "SELECT count(*), min(zip) FROM benefits.claims"))
        .containsExactly(List.of("2000000", "00000"));
    assertThat(rows("station_user", "SELECT station, count(*), max(zip) FROM claims GROUP BY ALL"))
        .containsExactly(List.of("316", "666667", "999**"));
  }

  @Test
  void typedValuesOfEveryKindBind() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("flag", true);
    values.put("whole", 7);
    values.put("large", 9_000_000_000L);
    values.put("real", 1.5);
    values.put("exact", new BigDecimal("12.50"));
    values.put("day", LocalDate.of(2026, 3, 30));
    values.put("moment", LocalDateTime.of(2026, 3, 30, 12, 0));
    values.put("instant", OffsetDateTime.parse("2026-03-30T10:00:00Z"));
    values.put("uuid", UUID.fromString("123e4567-e89b-12d3-a456-426614174000"));
    values.put("numbers", new ListValue("INTEGER", List.of(1, 2)));
    values.put("texts", new ListValue("VARCHAR", List.of("a", "o'b")));
    values.put("none", new ListValue("DATE", List.of()));
    values.put("unused", 1);
    StatementRequest request =
        TestingService.request(
            "SELECT typeof($flag), typeof($whole), typeof($large), typeof($real), typeof($exact),"
                + " typeof($day), typeof($moment), typeof($instant), typeof($uuid), $numbers[2],"
                + " $texts[2], len($none), $day + 1 = DATE '2026-03-31',"
                + " list_contains($numbers, 2), $instant = TIMESTAMPTZ '2026-03-30 10:00:00+00'",
            Parameters.ofQuery(values),
            OptionalLong.empty(),
            null);
    assertThat(await(testing.service.execute(request, TestingService.principal("analyst"), ROWS)))
        .containsExactly(
            List.of(
                "BOOLEAN",
                "INTEGER",
                "BIGINT",
                "DOUBLE",
                "DECIMAL(4,2)",
                "DATE",
                "TIMESTAMP",
                "TIMESTAMP WITH TIME ZONE",
                "UUID",
                "2",
                "o'b",
                "0",
                "true",
                "true",
                "true"));
  }

  @Test
  void identitiesComeFromTheVaultForThoseWhoMayAlone() {
    assertThat(rows("pii_reader", "SELECT ssn FROM claims_identified WHERE claim_id = 7"))
        .containsExactly(List.of("123-45-0007"));
    assertThat(rows("analyst", "SELECT ssn FROM claims WHERE claim_id = 7"))
        .containsExactly(List.of("***-**-0007"));
    assertFails("analyst", "SELECT ssn FROM claims_identified", ErrorCode.UNKNOWN_NAME);
    assertFails("nobody", "SELECT 1 FROM benefits.claims", ErrorCode.UNKNOWN_NAME);
    assertFails("nobody", "SELECT 1", ErrorCode.MISSING_PERMISSION);
  }

  @Test
  void aFilterThatReadsOneAttributeRefusesSeveral() {
    Principal torn =
        new Principal("u", List.of("station_user"), Map.of("station", List.of("316", "317")));
    assertThatThrownBy(() ->
            await(
                testing.service.execute(
                    TestingService.request("SELECT 1 FROM claims"), torn, ROWS)))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MISSING_ATTRIBUTE));
  }

  @Test
  void parametersBindByNameAndByPlace() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Parameters named = Parameters.of(json.readTree("{\"id\": 42, \"s\": \"318\", \"none\": null}"));
    assertThat(
            await(
                testing.service.execute(
                    TestingService.request(
                        "SELECT claim_id, $s || 'x', $none FROM claims WHERE claim_id = $id",
                        named,
                        OptionalLong.empty(),
                        null),
                    TestingService.principal("analyst"),
                    ROWS)))
        .containsExactly(List.of("42", "318x", "null"));
    Parameters missing = Parameters.of(json.readTree("[1]"));
    assertThatThrownBy(() ->
            await(
                testing.service.execute(
                    TestingService.request("SELECT $1 + $2", missing, OptionalLong.empty(), null),
                    TestingService.principal("analyst"),
                    ROWS)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WRONG_PARAMETER));
  }

  @Test
  void theRecordSaysWhoRanWhatOnWhichStateUnderWhichPolicy() {
    RunningStatement<List<List<String>>> statement =
        testing.service.execute(
            TestingService.request("SELECT zip FROM claims WHERE claim_id < 6"),
            TestingService.principal("station_user"),
            ROWS);
    await(statement);
    StatementRecord record = testing.log.find(statement.id()).orElseThrow();
    assertThat(record.state()).isEqualTo(StatementState.SUCCEEDED);
    assertThat(record.user()).isEqualTo("station_user1");
    assertThat(record.decision()).isEqualTo("ALLOWED");
    assertThat(record.views()).extracting(Object::toString).containsExactly("benefits.claims");
    assertThat(record.tables())
        .singleElement()
        .satisfies(table -> {
          assertThat(table.snapshotId()).isEqualTo(11L);
          assertThat(table.dataAsOf()).isEqualTo(TestingService.LOADED_AT);
        });
    StatementAnswer.PolicyAsApplied policy = Objects.requireNonNull(record.policy());
    assertThat(policy.masks()).containsExactly("benefits.claims.zip: prefix3");
    assertThat(policy.filters())
        .singleElement()
        .satisfies(f -> assertThat(f.text()).isEqualTo("station = attribute('station')"));
    assertThat(record.rowCount()).isEqualTo(2);
    assertThat(record.digest()).isEqualTo("crc32c=:x:");
    assertThat(record.startedAt()).isNotNull();
    assertThat(record.endedAt()).isNotNull();
  }

  @Test
  void aRefusalIsRecordedToo() {
    RunningStatement<List<List<String>>> statement =
        testing.service.execute(
            TestingService.request("SELECT * FROM read_text('/etc/passwd')"),
            TestingService.principal("analyst"),
            ROWS);
    assertThatThrownBy(() -> await(statement)).isInstanceOf(EngineException.class);
    StatementRecord record = testing.log.find(statement.id()).orElseThrow();
    assertThat(record.decision()).isEqualTo("DENIED");
    assertThat(record.state()).isEqualTo(StatementState.FAILED);
    assertThat(record.reason()).contains("NOT_ALLOWED");
  }

  @Test
  void recordsAreListedNewestFirstPageByPage() {
    for (int index = 0; index < 5; index++) {
      rows("pii_reader", "SELECT " + index);
    }
    var first = testing.log.list(new StatementLog.Filter("pii_reader1", null, null, 2, null));
    assertThat(first.items()).extracting(StatementRecord::text).startsWith("SELECT 4", "SELECT 3");
    var second =
        testing.log.list(new StatementLog.Filter("pii_reader1", null, null, 2, first.next()));
    assertThat(second.items()).extracting(StatementRecord::text).startsWith("SELECT 2");
    assertThatThrownBy(
            () -> testing.log.list(new StatementLog.Filter(null, null, null, 2, "nonsense")))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void lateFailuresComeOutOfTheStream() {
    assertFails("analyst", "SELECT code::INTEGER FROM claims", ErrorCode.CAST_FAILED);
    assertFails("analyst", "SELECT nope FROM claims", ErrorCode.UNKNOWN_NAME);
  }

  @Test
  void failuresPointIntoTheTextAsItWasWritten() {
    String sql =
        "-- what for\nSELECT   zip,\n  'é' AS accent,\n  code :: INTEGER AS code\nFROM claims";
    assertThatThrownBy(() -> rows("analyst", sql))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.position()).hasValue(new Position(4, 8)));
    assertThatThrownBy(() -> rows("analyst", "SELECT zip,\n nope FROM claims WHERE $a", "a"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.position()).hasValue(new Position(2, 2)));
  }

  private static List<List<String>> rows(String role, String sql, String parameter) {
    return await(
        testing.service.execute(
            TestingService.request(
                sql, Parameters.ofTexts(Map.of(parameter, "true")), OptionalLong.empty(), null),
            TestingService.principal(role),
            ROWS));
  }

  @Test
  void anUnknownColumnSuggestsWhatTheCallerMayKnow() {
    assertThatThrownBy(() -> rows("analyst", "SELECT claim_idd FROM claims"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.suggestions()).containsExactly("claim_id"));
  }

  @Test
  void theRolesTimeLimitStopsTheEngine() {
    assertThatThrownBy(() -> rows("station_user", HEAVY))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.TIME_LIMIT);
              assertThat(e.detail()).contains("3.0 seconds");
            });
  }

  @Test
  void aCallersOwnTimeLimitOnlyLowersTheRoles() {
    assertThatThrownBy(() ->
            await(
                testing.service.execute(
                    TestingService.request(
                        HEAVY, Parameters.NONE, OptionalLong.empty(), Duration.ofMillis(200)),
                    TestingService.principal("analyst"),
                    ROWS)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIME_LIMIT));
  }

  @Test
  void moreStatementsThanAUserMayHaveWaitOrAreRefused() {
    Principal user = TestingService.principal("station_user");
    var running = testing.service.execute(TestingService.request(HEAVY), user, ROWS);
    while (testing.admission.running() == 0) {
      Thread.onSpinWait();
    }
    var waiting = testing.service.execute(TestingService.request("SELECT 1"), user, ROWS);
    while (testing.admission.queued() == 0) {
      Thread.onSpinWait();
    }
    var refused = testing.service.execute(TestingService.request("SELECT 2"), user, ROWS);
    assertThatThrownBy(() -> await(refused))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_STATEMENTS);
              assertThat(e.retryAfter()).isPresent();
            });
    // Another user is not held up.
    assertThat(rows("analyst", "SELECT 3")).containsExactly(List.of("3"));
    running.cancel();
    assertThatThrownBy(() -> await(running)).isInstanceOf(EngineException.class);
    assertThat(await(waiting)).containsExactly(List.of("1"));
  }

  @Test
  void aCancelReachesAStatementThatWaits() {
    Principal user = TestingService.principal("station_user");
    var running = testing.service.execute(TestingService.request(HEAVY), user, ROWS);
    while (testing.admission.running() == 0) {
      Thread.onSpinWait();
    }
    var waiting = testing.service.execute(TestingService.request("SELECT 1"), user, ROWS);
    while (testing.admission.queued() == 0) {
      Thread.onSpinWait();
    }
    assertThat(testing.service.cancel(waiting.id())).isTrue();
    assertThatThrownBy(() -> await(waiting)).isInstanceOf(EngineException.class);
    assertThat(testing.log.find(waiting.id()).orElseThrow().state())
        .isEqualTo(StatementState.CANCELLED);
    testing.service.cancel(running.id());
    assertThatThrownBy(() -> await(running)).isInstanceOf(EngineException.class);
    assertThat(testing.service.cancel(running.id())).isFalse();
  }

  @Test
  void aCancelReachesAStatementThatExecutesWithinASecond() {
    var running =
        testing.service.execute(
            TestingService.request(HEAVY), TestingService.principal("analyst"), ROWS);
    while (testing.service.progress(running.id()).isEmpty()) {
      Thread.onSpinWait();
    }
    long start = System.nanoTime();
    running.cancel();
    assertThatThrownBy(() -> await(running)).isInstanceOf(EngineException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(testing.log.find(running.id()).orElseThrow().state())
        .isEqualTo(StatementState.CANCELLED);
  }

  @Test
  void aCancelAtOnceLeavesNothingBehind() {
    for (int round = 0; round < 30; round++) {
      var statement =
          testing.service.execute(
              TestingService.request("SELECT * FROM claims"),
              TestingService.principal("analyst"),
              ROWS);
      statement.cancel();
      try {
        await(statement);
      } catch (EngineException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.EXECUTION_FAILED);
      }
    }
  }

  @Test
  void manyStatementsAtOnceAllEnd() {
    List<RunningStatement<List<List<String>>>> statements = new ArrayList<>();
    for (int index = 0; index < 40; index++) {
      statements.add(
          testing.service.execute(
              TestingService.request("SELECT count(*) FROM claims WHERE claim_id % 40 = " + index),
              TestingService.principal("analyst"),
              ROWS));
    }
    for (var statement : statements) {
      assertThat(await(statement)).containsExactly(List.of("50000"));
    }
  }

  @Test
  void nothingLeavesWhenTheRecordCannotBeWritten() throws IOException {
    try (TestingService broken =
        new TestingService(
            folder.resolve("broken"),
            new Admission.Capacity(8, 100, 1_000_000_000),
            Duration.ofSeconds(60))) {
      broken.database.inTransaction(t -> t.update("ALTER TABLE statement RENAME TO gone"));
      var statement =
          broken.service.execute(
              TestingService.request("SELECT 1"), TestingService.principal("analyst"), ROWS);
      assertThatThrownBy(() -> statement.opened().join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
      broken.database.inTransaction(t -> t.update("ALTER TABLE gone RENAME TO statement"));
    }
  }

  @Test
  void whatACrashLeftOpenIsClosedAtTheNextStart() {
    CountDownLatch never = new CountDownLatch(1);
    var statement =
        testing.service.execute(
            TestingService.request(HEAVY), TestingService.principal("analyst"), ROWS);
    while (testing.service.progress(statement.id()).isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(never.getCount()).isEqualTo(1);
    try (Leases another = Leases.open(testing.database, "another", Duration.ofSeconds(60));
        StatementLog theirs = new StatementLog(another, InstantSource.system())) {
      assertThat(theirs.find(statement.id()).orElseThrow().state())
          .as("of another replica that lives")
          .isEqualTo(StatementState.RUNNING);
    }
    try (Leases restarted = Leases.open(testing.database, "test", Duration.ofSeconds(60));
        StatementLog next = new StatementLog(restarted, InstantSource.system())) {
      assertThat(next.find(statement.id()).orElseThrow().state()).isEqualTo(StatementState.FAILED);
    }
    statement.cancel();
    assertThatThrownBy(() -> await(statement)).isInstanceOf(EngineException.class);
  }
}
