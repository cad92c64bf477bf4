package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What breaks while an object is loaded: here, a store that is away for a while. */
class LoadRetriesTest {

  private static final String KEY = "in/claims_2025-03-01.csv";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  @BeforeEach
  void open() {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/claims_%Y-%m-%d.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .column("id", Scalar.BIGINT)
                .expect(null, 0.1)
                .build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /** The first object that was delivered cannot be loaded from now on. */
  private void breakDown() {
    loads
        .service()
        .listen((load, step) -> {
          if (load.equals(loads.all().getLast().id())) {
            throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The store is away");
          }
        });
  }

  private void mend() {
    loads.service().listen(LoadStep.Listener.NONE);
  }

  /** Finds an object that cannot be read; its load after the first attempt. */
  private Load broken() {
    loads.deliver(KEY, "id\n1\n");
    loads.service().scan();
    breakDown();
    return attempt();
  }

  private Load attempt() {
    List<Load> ran = loads.service().runDue();
    assertThat(ran).hasSize(1);
    return ran.getFirst();
  }

  private void pass(Duration time) {
    loads.now = loads.now.plus(time);
  }

  @Test
  void aLoadThatBreaksIsTriedAgainAfterAPause() {
    Load put = broken();
    assertThat(put.state()).isEqualTo(Load.State.FOUND);
    assertThat(put.reason())
        .startsWith("Attempt 1 of 5 failed, the next is due at 2025-03-10T08:01:30Z");
    assertThat(put.code()).isEqualTo("STORE_UNAVAILABLE");
    assertThat(put.attempts()).hasSize(1);
    assertThat(put.attempts().getFirst().error()).isNotBlank();
    assertThat(put.attempts().getFirst().endedAt()).isNotNull();
    assertThat(loads.service().runDue()).isEmpty();
    mend();
    pass(Duration.ofSeconds(29));
    assertThat(loads.service().runDue()).isEmpty();
    pass(Duration.ofSeconds(1));
    Load load = attempt();
    assertThat(load.state()).isEqualTo(Load.State.COMMITTED);
    assertThat(load.reason()).isNull();
    assertThat(load.attempts()).hasSize(2);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1");
    assertThat(loads.alerts.list(10, null).items()).isEmpty();
    assertThat(loads.told()).hasSize(1).first().asString().startsWith("LOAD_COMMITTED");
  }

  @Test
  void aLoadThatTheServiceDiesOfIsNotRunForEver() {
    loads.deliver(KEY, "id\n1\n");
    loads.service().scan();
    for (int death = 1; death <= 11; death++) {
      die();
    }
    Load put = loads.all().getFirst();
    assertThat(put.state()).isEqualTo(Load.State.FOUND);
    assertThat(put.reason())
        .startsWith("Attempt 11 of 15 failed, the next is due at 2025-03-10T08:01:30Z")
        .contains("this file that the service dies of");
    loads.deliverAt("in/claims_2025-03-02.csv", "id\n2\n".getBytes(UTF_8), loads.now);
    assertThat(loads.loadOne().state()).as("others are loaded").isEqualTo(Load.State.COMMITTED);
    for (int minutes : new int[] {1, 2, 8, 32}) {
      pass(Duration.ofMinutes(minutes));
      die();
    }
    Load failed = loads.service().find(put.id()).orElseThrow();
    assertThat(failed.state()).isEqualTo(Load.State.FAILED);
    assertThat(loads.alerts.find("load-failed:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.OPEN);
    loads.service().retry(put.id(), Set.of());
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void attemptsThatEndedWithTheServiceAreNoFailures() {
    loads.deliver(KEY, "id\n1\n");
    loads.service().scan();
    for (int death = 1; death <= 5; death++) {
      die();
    }
    breakDown();
    assertThat(attempt().reason())
        .startsWith("Attempt 1 of 5 failed, the next is due at 2025-03-10T08:01:30Z");
    mend();
    pass(Duration.ofSeconds(30));
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
  }

  private void die() {
    loads.crashAt(LoadStep.STAGED);
    loads.restart();
  }

  @Test
  void afterTheLastAttemptItIsFailedAndSomebodyIsTold() {
    Load load = broken();
    for (Duration pause :
        List.of(
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(8),
            Duration.ofMinutes(32))) {
      assertThat(load.state()).isEqualTo(Load.State.FOUND);
      pass(pause.minusSeconds(1));
      assertThat(loads.service().runDue()).isEmpty();
      pass(Duration.ofSeconds(1));
      load = attempt();
    }
    assertThat(load.state()).isEqualTo(Load.State.FAILED);
    assertThat(load.code()).isNotBlank();
    assertThat(load.reason()).isNotBlank();
    assertThat(load.attempts()).hasSize(LoadRetries.MOST_ATTEMPTS);
    pass(Duration.ofDays(1));
    assertThat(loads.service().runDue()).isEmpty();
    assertThat(loads.told()).hasSize(1);
    assertThat(loads.told().getFirst())
        .startsWith("ALERT_OPENED load-failed:claims.daily: \"" + KEY + "\": ")
        .contains(load.reason())
        .contains("; took ");

    mend();
    loads.service().retry(load.id(), Set.of());
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.alerts.find("load-failed:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
    assertThat(loads.told())
        .extracting(told -> told.substring(0, told.indexOf(' ')))
        .containsExactly("ALERT_OPENED", "LOAD_COMMITTED", "ALERT_RESOLVED");
  }

  @Test
  void whoDoesNotWantToWaitRetries() {
    Load put = broken();
    mend();
    Load hurried = loads.service().retry(put.id(), Set.of());
    assertThat(hurried.state()).isEqualTo(Load.State.FOUND);
    assertThat(hurried.code()).isNull();
    assertThat(hurried.reason()).isNull();
    assertThatThrownBy(() -> loads.service().retry(put.id(), Set.of()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void whatIsLetInWhileItWaitsIsLetIn() {
    loads.deliver(KEY, "id\n1\nx\n");
    loads.service().scan();
    breakDown();
    Load put = attempt();
    mend();
    loads.service().retry(put.id(), Set.of("TOO_MANY_REJECTS"));
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void ofThoseWhoRetryAtOnceOneDoesAndTheOthersAreToldSo() throws Exception {
    loads.deliver(KEY, "id\n1\nx\n");
    Load bad = loads.loadOne();
    assertThat(bad.state()).isEqualTo(Load.State.QUARANTINED);
    CyclicBarrier together = new CyclicBarrier(8);
    Callable<Boolean> ask =
        () -> {
          together.await();
          try {
            loads.service().retry(bad.id(), Set.of("TOO_MANY_REJECTS"));
            return true;
          } catch (EngineException late) {
            assertThat(late.code()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(late.detail()).contains("is FOUND");
            return false;
          }
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(together.getParties())) {
      assertThat(threads.invokeAll(Collections.nCopies(together.getParties(), ask)))
          .filteredOn(Future::resultNow)
          .hasSize(1);
    }
  }

  @Test
  void aRestartDoesNotForgetThePause() {
    Load put = broken();
    loads.restart();
    assertThat(loads.service().runDue()).isEmpty();
    assertThat(loads.service().find(put.id()).orElseThrow().attempts()).hasSize(1);
    mend();
    pass(Duration.ofSeconds(30));
    assertThat(attempt().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void othersDoNotWaitForWhatIsPutOff() {
    loads.deliver(KEY, "id\n1\n");
    loads.deliver("in/claims_2025-03-02.csv", "id\n2\n");
    loads.service().scan();
    breakDown();
    assertThat(loads.service().runDue())
        .extracting(Load::state)
        .containsExactly(Load.State.FOUND, Load.State.COMMITTED);
    assertThat(loads.service().runDue()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("2");
  }
}
