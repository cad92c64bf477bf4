package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TestingCutConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The database of ledger and tables goes away in every phase of a load, for longer than anybody
 * waits: afterwards every row is there once, by itself or by a retry.
 */
class DatabaseGoneTest {

  private static final String HEADER = "id,ssn\n";
  private static final Duration PATIENCE = Duration.ofMillis(400);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingCutConnection wire;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  @BeforeEach
  void open() throws Exception {
    open(folder, PATIENCE);
  }

  private void open(Path in, Duration patience) throws Exception {
    DatabaseSettings direct = TestingPostgres.emptyDatabase();
    wire = TestingCutConnection.to(direct);
    DatabaseSettings cut = wire.by(direct, patience);
    loads =
        new TestingLoads(
            in,
            new TestingDataset("claims.daily")
                .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .required("id", Scalar.BIGINT)
                .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
                .build(),
            TestingStores.local(in),
            cut,
            cut);
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,CNRY-11-2222\n2,CNRY-11-3333\n");
    loads.load();
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,CNRY-11-2222\n");
    loads.deliver("in/claims_2025-03-02.csv", HEADER + "3,CNRY-11-4444\n");
  }

  @AfterEach
  void close() throws Exception {
    loads.close();
    wire.close();
  }

  @Test
  void whileItIsScanned() {
    wire.goDown();
    try {
      loads.load();
      throw new AssertionError("scanned without a ledger");
    } catch (EngineException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }
    wire.comeBack();
    loads.load();
    // The first may have met a connection that was cut, and wait for its next attempt.
    retryWhatFailed();
    assertThatEveryRowIsThereOnce();
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void afterEveryStep(LoadStep step) {
    loads.service().scan();
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == step && done.compareAndSet(false, true)) {
            wire.goDown();
          }
        });
    run();
    assertThat(done).isTrue();
    wire.comeBack();
    run();
    retryWhatFailed();
    assertThatEveryRowIsThereOnce();
  }

  /** As a deployment waits, and as long as a database that is started again is away. */
  @Test
  void forTwentySecondsByTheUsualPatience() throws Exception {
    close();
    open(Files.createDirectory(folder.resolve("patient")), Duration.ofSeconds(10));
    loads.service().scan();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == LoadStep.UPLOADED) {
            wire.goDown();
          }
        });
    CompletableFuture<Void> back =
        CompletableFuture.runAsync(
            () -> {
              loads.service().listen(LoadStep.Listener.NONE);
              wire.comeBack();
            },
            CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS));
    while (!back.isDone()) {
      run();
    }
    run();
    retryWhatFailed();
    assertThatEveryRowIsThereOnce();
  }

  /** What is asked of the database is carried out, and the answer never comes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO loads ",
        "INSERT INTO lease ",
        "UPDATE loads SET state = 'RUNNING'",
        "UPDATE loads SET sha256",
        "UPDATE iceberg_tables",
        "UPDATE loads SET state = $1",
        "DELETE FROM lease "
      })
  void whenTheAnswerIsLost(String statement) {
    wire.loseTheAnswerAfter(statement);
    try {
      loads.service().scan();
    } catch (EngineException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }
    run();
    // Two loads at once may say the same in the same moment.
    assertThat(wire.losses()).isBetween(1, 2);
    loads.service().scan();
    run();
    retryWhatFailed();
    assertThatEveryRowIsThereOnce();
  }

  /** As the service does by its clock. */
  private void run() {
    try {
      loads.service().runDue();
    } catch (EngineException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }
  }

  /** As a person does. */
  private void retryWhatFailed() {
    for (Load load : loads.all()) {
      if (load.state() == Load.State.FOUND && load.code() != null) {
        assertThat(load.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE.name());
        assertThat(load.reason()).isNotBlank();
        loads.service().retry(load.id(), Set.of());
      }
    }
    loads.service().runDue();
  }

  private void assertThatEveryRowIsThereOnce() {
    assertThat(loads.all()).hasSize(3).allMatch(load -> load.state() == Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*), count(DISTINCT id)"))
        .containsExactly("2025-03-01|1|1", "2025-03-02|1|1");
    assertThat(loads.rows(Side.VAULT, "count(*)")).containsExactly("2");
    assertThat(loads.table().history()).hasSize(3);
  }
}
