package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault of the service where one dataset or file is concerned: the others are loaded. */
class FaultsTest {

  private static final String OTHER = "out/1.csv";

  @TempDir Path folder;

  private TestingLoads open(TestingObjectStore landing, TestingDataset daily) {
    TestingLoads loads =
        new TestingLoads(
            folder,
            daily
                .source("in/d_%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .column("id", Scalar.BIGINT)
                .build(),
            TestingStores.local(folder, landing));
    loads.beside.add(
        new TestingDataset("benefits.other")
            .source("out/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT)
            .build());
    return loads;
  }

  /** Looking for companion files fails after so many times that it does not. */
  private static void breakDown(TestingObjectStore landing, String suffix, int after) {
    AtomicInteger looks = new AtomicInteger();
    landing.intercept((operation, key, call) -> {
      if (operation == Operation.FIND && key.endsWith(suffix) && looks.incrementAndGet() > after) {
        throw new IllegalStateException("A fault");
      }
      return call.run();
    });
  }

  @Test
  void aFaultBeforeALoadBeginsIsToldOnIt() {
    TestingObjectStore landing = TestingObjectStore.local(folder.resolve("landing"));
    try (TestingLoads loads =
        open(
            landing,
            new TestingDataset("benefits.daily").control("d_%Y-%m-%d.control", "rows", null))) {
      breakDown(landing, ".control", 0);
      loads.deliver("in/d_2025-03-01.csv", "id\n1\n");
      loads.deliver("in/d_2025-03-02.csv", "id\n1\n");
      loads.deliver(OTHER, "id\n1\n");
      assertThat(loads.loadOne().source().name()).isEqualTo(OTHER);
      assertThat(loads.all())
          .filteredOn(load -> load.state() == Load.State.FOUND)
          .hasSize(2)
          .extracting(Load::reason)
          .containsOnly("Waits: a fault of the service, which tries again; see its log");
      landing.calm();
      loads.deliver("in/d_2025-03-01.control", "{\"rows\": 1}");
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
  }

  @Test
  void aFaultBesideAnAttemptCountsAsAnAttempt() {
    TestingObjectStore landing = TestingObjectStore.local(folder.resolve("landing"));
    try (TestingLoads loads =
        open(landing, new TestingDataset("benefits.daily").parts(null, "d_%Y-%m-%d.done"))) {
      loads.deliver("in/d_2025-03-01_a.csv", "id\n1\n");
      loads.deliver("in/d_2025-03-01_b.csv", "id\n2\n");
      loads.deliver("in/d_2025-03-01.done", "");
      loads.deliver(OTHER, "id\n1\n");
      for (int attempt = 1; attempt <= LoadRetries.MOST_ATTEMPTS; attempt++) {
        breakDown(landing, ".done", 1); // found when it is handed out, and no more when it begins
        List<Load> ran = loads.load();
        assertThat(ran)
            .filteredOn(load -> load.source().name().equals(OTHER))
            .hasSize(attempt == 1 ? 1 : 0);
        assertThat(ran)
            .filteredOn(load -> !load.source().name().equals(OTHER))
            .hasSize(2)
            .allMatch(load -> String.valueOf(load.reason()).endsWith("see its log"))
            .extracting(Load::code)
            .containsOnly("INTERNAL");
        loads.now = loads.now.plus(Duration.ofHours(1));
      }
      landing.calm();
      List<Load> failed =
          loads.all().stream().filter(load -> load.state() == Load.State.FAILED).toList();
      assertThat(failed).hasSize(2);
      assertThat(loads.alerts.find("load-failed:benefits.daily")).isPresent();
      loads.service().retry(failed.getFirst().id(), Set.of());
      assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    }
  }

  @Test
  void aFaultWhileOneDatasetIsLookedForStopsNoOther() {
    TestingObjectStore landing = TestingObjectStore.local(folder.resolve("landing"));
    try (TestingLoads loads = open(landing, new TestingDataset("benefits.daily"))) {
      landing.intercept((operation, key, call) -> {
        if (operation == Operation.LIST && key.startsWith("in/")) {
          throw new IllegalStateException("A fault");
        }
        return call.run();
      });
      loads.deliver(OTHER, "id\n1\n");
      assertThatThrownBy(() -> loads.service().scan())
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
                assertThat(e.detail()).startsWith("Not looked for: benefits.daily.");
              });
      assertThat(loads.service().runDue()).hasSize(1);
    }
  }

  @Test
  void aLoadEndsAlsoWhereNobodyCanBeTold() {
    Instant now = Instant.parse("2025-03-10T08:00:00Z");
    try (MetadataDatabase database =
        MetadataDatabase.open(DatabaseSettings.sqlite(folder.resolve("metadata.db")))) {
      AlertService alerts = new AlertService(database, () -> now, new Outbox(List.of("test")));
      Ledger ledger =
          new Ledger(
              database,
              new LoadAlerts(
                  database,
                  alerts,
                  () -> {
                    throw new IllegalStateException("A fault");
                  }));
      LedgerEntry entry = found(now);
      ledger.add(List.of(entry));
      assertThat(ledger.begin(entry, "this", now)).isTrue();
      LoadOutcome committed = LoadOutcome.committed(new Load.RowCounts(1, 1, 0, 0, 0), 7, null);
      assertThat(ledger.end(entry.runBy("this"), committed, now)).isTrue();
      assertThat(ledger.find(entry.id()).orElseThrow().load().state())
          .isEqualTo(Load.State.COMMITTED);
    }
  }

  private static LedgerEntry found(Instant now) {
    LoadSource source = new LoadSource(OTHER, "etag", null, 5, now, null);
    Load load =
        new Load(
            "000000000001",
            TestingLoads.name("benefits.other"),
            source,
            LocalDate.parse("2025-03-10"),
            Load.State.FOUND,
            null,
            null,
            List.of(),
            null,
            null,
            now,
            null,
            null,
            List.of());
    return new LedgerEntry(load, 0, "table", false, Set.of(), null, null, null);
  }
}
