package io.sightglass.engine.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StreamTest {

  @TempDir static Path folder;
  private static DuckDbInstance instance;
  private static Watchdog watchdog;

  @BeforeAll
  static void open() {
    instance = DuckDbInstance.open(DuckDbInstanceTest.settings(folder), List.of());
    watchdog = new Watchdog(Duration.ofSeconds(60), Duration.ofSeconds(60));
  }

  @AfterAll
  static void close() {
    watchdog.close();
    instance.retire();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(DuckDbInstance.batchBytesInUse()).isZero();
    assertThat(instance.openSessions()).isZero();
  }

  private static long drain(DuckDbSession session, String sql, Object... parameters) {
    long rows = 0;
    try (PreparedQuery query = session.prepare(sql);
        ArrowCursor cursor = query.start(Arrays.asList(parameters), 8192)) {
      while (cursor.advance()) {
        rows += cursor.batch().getRowCount();
      }
    }
    return rows;
  }

  @Test
  void batchesComeUntilTheEnd() {
    try (DuckDbSession session = instance.openStreamingSession()) {
      assertThat(drain(session, "SELECT i, i || 'x' FROM range(1000000) t(i)"))
          .isEqualTo(1_000_000);
      assertThat(drain(session, "SELECT 1 WHERE false")).isZero();
    }
  }

  @Test
  void parametersBindWithTheirTypes() {
    try (DuckDbSession session = instance.openStreamingSession();
        PreparedQuery query =
            session.prepare("SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e")) {
      assertThat(query.findColumns()).isEmpty();
      try (ArrowCursor cursor =
          query.start(
              Arrays.asList(
                  1L,
                  new BigDecimal("12345678901234567890.123456789"),
                  new BigInteger("12345678901234567890123"),
                  "x'y",
                  null),
              100)) {
        assertThat(cursor.columns().subList(0, 4))
            .containsExactly(
                new OutputColumn("a", "BIGINT"),
                new OutputColumn("b", "DECIMAL(29,9)"),
                new OutputColumn("c", "DECIMAL(23,0)"),
                new OutputColumn("d", "VARCHAR"));
        assertThat(cursor.advance()).isTrue();
        assertThat(cursor.batch().getVector("d").getObject(0)).hasToString("x'y");
        assertThat(cursor.batch().getVector("e").isNull(0)).isTrue();
      }
    }
  }

  @Test
  void columnsAreKnownBeforeTheQueryRuns() {
    try (DuckDbSession session = instance.openStreamingSession();
        PreparedQuery query =
            session.prepare("SELECT i AS n, [i] AS l, i = $1 AS p FROM range(3) t(i)")) {
      assertThat(query.findColumns())
          .hasValue(
              List.of(
                  new OutputColumn("n", "BIGINT"),
                  new OutputColumn("l", "BIGINT[]"),
                  new OutputColumn("p", "BOOLEAN")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 'Fido'::INTEGER|CAST_FAILED|1:14",
        "SELECT concat('Fido', i)::INTEGER FROM range(10) t(i)|CAST_FAILED|1:25",
        "SELECT CASE WHEN i > 900000 THEN 'Fido' ELSE '1' END::INT FROM range(1000000) t(i)|CAST_FAILED|1:53",
        "SELECT 1 // 0|DIVISION_BY_ZERO|",
        "SELECT 9223372036854775807 + i FROM range(3) t(i)|OUT_OF_RANGE|",
        "SELECT error('Fido')|EXECUTION_FAILED|",
        "SELECT nope FROM range(3)|UNKNOWN_NAME|1:8",
        "SELECT t.nope FROM range(3) t(i)|UNKNOWN_NAME|1:8",
        "SELECT i FROM range(3) t(i), range(3) s(i)|AMBIGUOUS_NAME|1:8",
        "SELECT 'é', abs('a', 'b')|TYPE_MISMATCH|1:13",
        "SELECT i FROM range(3) t(i) GROUP BY ()|SYNTAX_ERROR|1:8",
        "SELEC 1|SYNTAX_ERROR|1:1",
        "SELECT * FROM read_text('/etc/passwd')|NOT_ALLOWED|1:15",
        "SELECT make_date(2020, 13, 1 + i::INT) FROM range(3) t(i)|CAST_FAILED|",
      })
  void failuresSayWhatAndWhereWithoutTheEnginesWords(String sql, ErrorCode code, String place) {
    try (DuckDbSession session = instance.openStreamingSession()) {
      assertThatThrownBy(() -> drain(session, sql))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> {
                assertThat(e.code()).isEqualTo(code);
                assertThat(e.position().map(at -> at.line() + ":" + at.column()).orElse(null))
                    .isEqualTo(place);
                assertThat(e.detail()).doesNotContain("Fido").doesNotContain("/etc");
                assertThat(String.valueOf(e.getCause()))
                    .doesNotContain("Fido")
                    .doesNotContain("/etc");
              });
      // The session is as good as before.
      assertThat(drain(session, "SELECT 1")).isEqualTo(1);
    }
  }

  @Test
  void thePlaceIsFoundInLongLinesToo() {
    String sql =
        "SELECT 1,\n  '%s' AS a, 'é' AS b, concat('x', i)::INT AS c, '%s' AS d FROM range(3) t(i)"
            .formatted("a".repeat(200), "b".repeat(200));
    try (DuckDbSession session = instance.openStreamingSession()) {
      assertThatThrownBy(() -> drain(session, sql))
          .isInstanceOfSatisfying(
              EngineException.class,
              e ->
                  assertThat(e.position())
                      .hasValue(
                          new Position(
                              2, sql.lines().skip(1).findFirst().get().indexOf("::") + 1)));
    }
  }

  /** Work that takes minutes, in the phase that its name says. */
  enum Phase {
    /** Nothing comes before the end. */
    EXECUTING("SELECT sum(a.i * b.i % 7) FROM range(1000000) a(i), range(1000000) b(i)"),
    /** Rows come for ever. */
    STREAMING("SELECT a.i, b.i FROM range(1000000) a(i), range(1000000) b(i)"),
    SORTING("SELECT hash(i) AS h FROM range(300000000) t(i) ORDER BY h");

    private final String sql;

    Phase(String sql) {
      this.sql = sql;
    }
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void aStopReachesTheEngineInEveryPhase(Phase phase) throws InterruptedException {
    try (DuckDbSession session = instance.openStreamingSession();
        Watchdog.Watch watch = watchdog.watch(session, Duration.ofMinutes(5), () -> {})) {
      assertThat(watch.resume()).isTrue();
      AtomicBoolean ended = new AtomicBoolean();
      Thread stopper = Thread.ofPlatform().start(() -> stopOnceAtWork(session, watch, ended));
      assertThatThrownBy(() -> drain(session, phase.sql)).isInstanceOf(EngineException.class);
      ended.set(true);
      watch.pause();
      assertThat(watch.stopped()).hasValue(Watchdog.Stop.CANCELLED);
      assertThat(watch.resume()).isFalse();
      stopper.join();
      assertThat(drain(session, "SELECT 1")).isEqualTo(1);
    }
  }

  private static void stopOnceAtWork(
      DuckDbSession session, Watchdog.Watch watch, AtomicBoolean ended) {
    while (session.progress().isEmpty() && !ended.get()) {
      Thread.onSpinWait();
    }
    watch.stop(Watchdog.Stop.CANCELLED);
  }

  @Test
  void timeRunsOnlyWhileTheEngineWorks() {
    try (DuckDbSession session = instance.openStreamingSession();
        Watchdog.Watch watch = watchdog.watch(session, Duration.ofMillis(300), () -> {})) {
      long start = System.nanoTime();
      while (System.nanoTime() - start < Duration.ofMillis(400).toNanos()) {
        Thread.onSpinWait();
      }
      assertThat(watch.stopped()).isEmpty();
      assertThat(watch.resume()).isTrue();
      assertThatThrownBy(() -> drain(session, Phase.EXECUTING.sql))
          .isInstanceOf(EngineException.class);
      watch.pause();
      assertThat(watch.stopped()).hasValue(Watchdog.Stop.TIME_LIMIT);
    }
  }

  @Test
  void aClientThatTakesNothingIsStopped() throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    try (Watchdog impatient = new Watchdog(Duration.ofMillis(50), Duration.ofSeconds(60));
        DuckDbSession session = instance.openStreamingSession();
        Watchdog.Watch watch = impatient.watch(session, Duration.ofMinutes(5), told::countDown)) {
      told.await();
      assertThat(watch.stopped()).hasValue(Watchdog.Stop.IDLE_CLIENT);
    }
  }

  @Test
  void workThatSurvivesItsStopCondemnsTheInstance() {
    DuckDbInstance doomed = DuckDbInstance.open(DuckDbInstanceTest.settings(folder), List.of());
    try (Watchdog strict = new Watchdog(Duration.ofSeconds(60), Duration.ofMillis(20));
        DuckDbSession session = doomed.openStreamingSession();
        Watchdog.Watch watch = strict.watch(session, Duration.ofMinutes(5), () -> {})) {
      watch.resume();
      watch.stop(Watchdog.Stop.CANCELLED);
      while (doomed.isUsable()) {
        Thread.onSpinWait();
      }
    }
    assertThat(doomed.openSessions()).isZero();
  }
}
