package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Statements that are on their way while another version of the views comes to count. */
@Timeout(120)
class ReplacedPackTest {

  private static final String HEAVY =
      "SELECT sum(a.claim_id * b.claim_id % 7) FROM benefits.claims a, benefits.claims b";

  @TempDir static Path folder;
  private static TestingService testing;

  /** The first value of the first row, as text. */
  private static final StatementOutput<String> VALUE =
      statement -> {
        try (ArrowCursor cursor = statement.start(ColumnCasts.NONE, 8192)) {
          assertThat(cursor.advance()).isTrue();
          String value = String.valueOf(cursor.batch().getVector(0).getObject(0));
          statement.succeed(new AnswerEnd(1, 1, "crc32c=:x:"));
          return value;
        }
      };

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

  private static RunningStatement<String> ask(String sql, Principal user) {
    return testing.service.execute(TestingService.request(sql), user, VALUE);
  }

  private static String answer(RunningStatement<String> statement) throws Exception {
    String value = statement.opened().get(60, TimeUnit.SECONDS);
    statement.ended().get(60, TimeUnit.SECONDS);
    return value;
  }

  @Test
  void whatWaitsAndWhatRunsKeepsItsEngine() throws Exception {
    Principal user = TestingService.principal("station_user");
    ActivePack before = testing.pack();
    var running = ask(HEAVY, user);
    while (before.ordinarySessions() == 0) {
      Thread.onSpinWait();
    }
    var waiting = ask("SELECT min(claim_id) FROM claims", user);
    while (testing.admission.queued() == 0) {
      Thread.onSpinWait();
    }

    testing.replacePack();

    assertThat(answer(ask("SELECT count(*) FROM claims", TestingService.principal("analyst"))))
        .isEqualTo("2000000");
    assertThat(before.ordinarySessions()).as("sessions of what still runs").isPositive();
    running.cancel();
    assertThat(running.ended().get(60, TimeUnit.SECONDS)).isEqualTo(StatementState.CANCELLED);
    assertThat(answer(waiting)).isEqualTo("0");

    assertThat(before.hold()).as("what has ended can be held again").isFalse();
    assertThatThrownBy(() -> before.engine(false).current())
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
  }

  @Test
  void noneFailsHoweverOftenViewsAreReplaced() throws Exception {
    List<RunningStatement<String>> statements = new ArrayList<>();
    List<CompletableFuture<StatementCheck>> checks = new ArrayList<>();
    Principal user = TestingService.principal("analyst");
    for (int index = 0; index < 60; index++) {
      String sql = "SELECT count(*) FROM claims WHERE claim_id % 50 = " + index % 50;
      statements.add(ask(sql, user));
      checks.add(testing.service.check(TestingService.request(sql), user).check());
      if (index % 10 == 9) {
        testing.replacePack();
      }
    }
    for (var statement : statements) {
      assertThat(answer(statement)).isEqualTo("40000");
    }
    for (var check : checks) {
      assertThat(check.get(60, TimeUnit.SECONDS).columns()).hasSize(1);
    }
  }

  @Test
  void aRefusedStatementHoldsNothing() {
    ActivePack before = testing.pack();
    var refused = ask("SELECT 1 FROM nowhere", TestingService.principal("analyst"));
    assertThatThrownBy(() -> answer(refused)).hasCauseInstanceOf(EngineException.class);
    refused.ended().join();

    testing.replacePack();

    assertThatThrownBy(() -> before.engine(false).current()).isInstanceOf(EngineException.class);
  }
}
