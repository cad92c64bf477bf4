package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several processes over one database and one warehouse: every row once, whoever loads it. */
class ReplicasTest {

  private static final String HEADER = "id,ssn\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private static TestingDataset daily() {
    return new TestingDataset("claims.daily")
        .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .required("id", Scalar.BIGINT)
        .direct("ssn", Scalar.VARCHAR, Mask.LAST4);
  }

  private static TestingDataset events() {
    return new TestingDataset("claims.events")
        .source("in/*.csv", Source.Format.CSV)
        .load(LoadMode.APPEND)
        .column("id", Scalar.BIGINT)
        .direct("ssn", Scalar.VARCHAR, Mask.LAST4);
  }

  /** Where ledger and the tables' states are. */
  List<DatabaseSettings> databases(Path below) {
    return List.of(
        DatabaseSettings.sqlite(below.resolve("metadata.db")),
        DatabaseSettings.sqlite(below.resolve("catalog.db")));
  }

  private void open(TestingDataset dataset) {
    List<DatabaseSettings> databases = databases(folder);
    loads =
        new TestingLoads(
                folder,
                dataset.build(),
                TestingStores.local(folder),
                databases.getFirst(),
                databases.getLast())
            .oneAtATime();
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private static String rows(int first, int count) {
    StringBuilder rows = new StringBuilder(HEADER);
    for (int id = first; id < first + count; id++) {
      rows.append(id).append(",CNRY-11-").append(1000 + id).append('\n');
    }
    return rows.toString();
  }

  @Test
  void whatOneHasFoundAnotherDoesNotFindAgain() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 5));
    loads.service().scan();
    loads.asAnother(other -> assertThat(other.scan()).isEmpty());
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 6));
    loads.asAnother(other -> assertThat(other.scan()).hasSize(1));
    assertThat(loads.service().scan()).isEmpty();
    assertThat(loads.all()).hasSize(2);
  }

  @Test
  void whatOneLoadsAnotherLeavesAlone() {
    open(daily());
    loads.deliver("in/claims_2025-03-01_a.csv", rows(1, 5));
    loads.deliver("in/claims_2025-03-01_b.csv", rows(1, 7));
    loads.deliver("in/claims_2025-03-02.csv", rows(10, 3));
    loads.service().scan();
    List<Load> elsewhere = new ArrayList<>();
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.STAGED && done.compareAndSet(false, true)) {
            loads.asAnother(other -> elsewhere.addAll(other.runDue()));
          }
        });
    loads.service().runDue();
    // The newest of the first day was under way here, so the other took the second day alone.
    assertThat(elsewhere).hasSize(1);
    assertThat(elsewhere.getFirst().source().name()).isEqualTo("in/claims_2025-03-02.csv");
    assertThat(loads.all())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(Load.State.COMMITTED, Load.State.COMMITTED, Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)"))
        .containsExactly("2025-03-01|7", "2025-03-02|3");
  }

  @Test
  void whereTheUsualIsJudgedByWhatWentBeforeAllOfADatasetIsOneProcesss() {
    open(daily().expect(new Expectations.Band(0.5, 2.0), null));
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 5));
    loads.deliver("in/claims_2025-03-02.csv", rows(10, 3));
    loads.service().scan();
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.STAGED && done.compareAndSet(false, true)) {
            loads.asAnother(other -> assertThat(other.runDue()).isEmpty());
          }
        });
    assertThat(loads.service().runDue()).hasSize(2);
  }

  /** A pause of this process outlasts its leases, at any step: another does its work meanwhile. */
  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void whoWasTakenForDeadStopsWithoutATrace(LoadStep step) {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 5));
    loads.load();
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 7));
    loads.service().scan();
    takenOverAt(step);
    assertThat(loads.all())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED, Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)")).containsExactly("2025-03-01|7");
    assertThat(loads.rows(Side.VAULT, "count(*)")).containsExactly("7");
    assertThat(loads.table().history()).hasSize(2);
  }

  /** The same where what the other does makes what this one has decided wrong. */
  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void whoWasTakenForDeadDoesNotUndoWhatCameLater(LoadStep step) {
    open(daily());
    loads.deliver("in/claims_2025-03-01_a.csv", rows(1, 5));
    loads.service().scan();
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == step && done.compareAndSet(false, true)) {
            loads.loseLeases();
            loads.deliver("in/claims_2025-03-01_b.csv", rows(1, 7));
            loads.asAnother(other -> {
              other.scan();
              other.runDue();
            });
          }
        });
    loads.service().runDue();
    loads.restart();
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)")).containsExactly("2025-03-01|7");
    assertThat(loads.all())
        .extracting(Load::state)
        .doesNotContain(Load.State.FOUND, Load.State.RUNNING, Load.State.FAILED);
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void ofOneContentInTwoObjectsOneIsAddedWhoeverIsFirst(LoadStep step) {
    open(events());
    loads.deliver("in/before.csv", rows(100, 2));
    loads.load();
    loads.deliver("in/a.csv", rows(1, 5));
    loads.deliver("in/b.csv", rows(1, 5));
    loads.service().scan();
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == step && done.compareAndSet(false, true)) {
            loads.asAnother(other -> assertThat(other.runDue()).hasSize(1));
          }
        });
    loads.service().runDue();
    assertThat(loads.all())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(Load.State.COMMITTED, Load.State.COMMITTED, Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "count(*), count(DISTINCT id)")).containsExactly("7|7");
    assertThat(loads.rows(Side.VAULT, "count(*)")).containsExactly("7");
  }

  @Test
  void whatADeadProcessHadBegunIsFinishedByAnother() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", rows(1, 5));
    loads.service().scan();
    loads.crashAt(LoadStep.UPLOADED);
    loads.asAnother(other -> assertThat(other.runDue()).as("not dead yet").isEmpty());
    loads.loseLeases();
    loads.asAnother(other -> assertThat(other.runDue()).hasSize(1));
    assertThat(loads.all().getFirst().attempts()).hasSize(2);
    assertThat(loads.all().getFirst().attempts().getFirst().error()).contains("nothing of it");
    assertThat(loads.rows(Side.ORDINARY, "count(*)")).containsExactly("5");
  }

  private void takenOverAt(LoadStep step) {
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == step && done.compareAndSet(false, true)) {
            loads.loseLeases();
            loads.asAnother(LoadService::runDue);
          }
        });
    assertThat(loads.service().runDue()).as("what this process has done").isEmpty();
    assertThat(done).isTrue();
  }
}
