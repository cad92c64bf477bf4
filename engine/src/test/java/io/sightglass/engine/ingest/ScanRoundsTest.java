package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.scan.ScanRounds;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the clock makes the service look for which dataset. */
class ScanRoundsTest {

  private static final String WORKDAYS = "*/10 6-9 * * 1-5";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingObjectStore landing;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private int delivered;

  @BeforeEach
  void open() {
    landing = TestingObjectStore.local(folder.resolve("landing"));
    loads = new TestingLoads(folder, dataset(WORKDAYS), TestingStores.local(folder, landing));
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private static Dataset dataset(@Nullable String cron) {
    TestingDataset dataset =
        new TestingDataset("claims.daily")
            .source("in/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT);
    return (cron == null ? dataset : dataset.scan(cron, "America/New_York")).build();
  }

  /** An object that is old enough, and another each time. */
  private void deliver(String at) {
    byte[] bytes = bytes();
    loads.deliverAt("in/" + delivered + ".csv", bytes, Instant.parse(at));
  }

  /** A look by the clock; the time until the next. */
  private Duration look(String at) {
    loads.now = Instant.parse(at);
    return loads.service().look(true);
  }

  private long listings() {
    return landing.count(Operation.LIST);
  }

  @Test
  void aDatasetIsLookedForAtTheStartAndThenAtItsTimes() {
    deliver("2025-03-09T00:00:00Z");
    assertThat(look("2025-03-10T08:00:00Z")).isEqualTo(Duration.ofMinutes(5));
    assertThat(loads.all()).hasSize(1);

    deliver("2025-03-10T08:01:00Z");
    assertThat(look("2025-03-10T08:05:00Z")).isEqualTo(Duration.ofMinutes(5));
    assertThat(look("2025-03-10T09:58:00Z")).isEqualTo(Duration.ofMinutes(2));
    assertThat(look("2025-03-10T09:59:59.999Z")).isEqualTo(Duration.ofMillis(1));
    assertThat(loads.all()).hasSize(1);
    assertThat(listings()).isEqualTo(1);
    assertThat(look("2025-03-10T10:00:00Z")).isLessThanOrEqualTo(Duration.ofMinutes(5));
    assertThat(loads.all()).hasSize(2).allMatch(load -> load.state() == Load.State.COMMITTED);
    look("2025-03-10T10:05:00Z");
    assertThat(listings()).isEqualTo(2);
  }

  @Test
  void aTimeThatPassedDuringALongLoadIsMadeUpForOnce() {
    look("2025-03-10T09:55:00Z");
    deliver("2025-03-10T10:01:00Z");
    look("2025-03-10T10:29:00Z");
    assertThat(loads.all()).hasSize(1);
    look("2025-03-10T10:29:30Z");
    assertThat(listings()).isEqualTo(2);
  }

  @Test
  void withoutTimesOfItsOwnADatasetIsLookedForAsOftenAsTheDeploymentSays() {
    loads.define(dataset(null));
    assertThat(look("2025-03-10T08:00:00Z")).isEqualTo(Duration.ofMinutes(5));
    deliver("2025-03-10T08:01:00Z");
    assertThat(look("2025-03-10T08:04:59Z")).isEqualTo(Duration.ofSeconds(1));
    assertThat(loads.all()).isEmpty();
    look("2025-03-10T08:05:00Z");
    assertThat(loads.all()).hasSize(1);
    look("2024-03-10T08:00:00Z");
    assertThat(listings()).as("a clock that is set back stops nothing").isEqualTo(3);
  }

  @Test
  void whatIsYoungIsLookedForAgainSoonAlthoughItsTimeHasPassed() {
    look("2025-03-10T08:00:00Z");
    deliver("2025-03-10T09:59:55Z");
    assertThat(look("2025-03-10T10:00:00Z")).isEqualTo(Duration.ofSeconds(15));
    assertThat(loads.all()).isEmpty();
    look("2025-03-10T10:00:15Z");
    assertThat(loads.all()).hasSize(1);
    look("2025-03-10T10:00:30Z");
    assertThat(listings()).isEqualTo(3);
  }

  @Test
  void whatWasMendedInItsPlaceAndIsTriedAgainIsLookedForWithoutATime() {
    loads.deliverAt("in/1.csv", new byte[0], Instant.parse("2025-03-09T00:00:00Z"));
    look("2025-03-10T08:00:00Z");
    Load broken = loads.all().getFirst();
    assertThat(broken.state()).isEqualTo(Load.State.QUARANTINED);
    deliver("2025-03-10T08:01:00Z");
    loads.now = Instant.parse("2025-03-10T08:02:00Z");
    loads.service().retry(broken.id(), Set.of());
    assertThat(loads.service().look(false)).isEqualTo(ScanRounds.SOON);
    assertThat(loads.all()).extracting(Load::code).containsExactly("REPLACED");
    look("2025-03-10T08:02:15Z");
    assertThat(loads.all()).first().extracting(Load::state).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void somebodyWhoAsksWaitsForNoTime() {
    look("2025-03-10T08:00:00Z");
    deliver("2025-03-10T08:01:00Z");
    assertThat(loads.service().scan()).hasSize(1);
  }

  @Test
  void ofTwoReplicasOneLooks() {
    look("2025-03-10T08:00:00Z");
    loads.asAnother(other -> {
      other.look(true); // its start
      assertThat(listings()).isEqualTo(2);
      deliver("2025-03-10T09:00:00Z");
      loads.now = Instant.parse("2025-03-10T10:00:00Z");
      landing.intercept((operation, key, call) -> {
        if (operation == Operation.LIST) {
          landing.calm();
          other.look(true); // meanwhile: it finds the dataset taken
        }
        return call.run();
      });
      loads.service().look(true);
      other.look(true); // afterwards: it is done
    });
    assertThat(listings()).isEqualTo(3);
    assertThat(loads.all()).hasSize(1);
  }

  @Test
  void aLookThatFailsIsDueUntilOneSucceeds() {
    look("2025-03-10T08:00:00Z");
    deliver("2025-03-10T09:00:00Z");
    loads.now = Instant.parse("2025-03-10T10:00:00Z");
    landing.intercept((operation, key, call) -> {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No rights to list");
    });
    assertThatThrownBy(() -> loads.service().look(true)).isInstanceOf(EngineException.class);
    assertThat(loads.alerts.find("scan-failed").orElseThrow().state())
        .isNotEqualTo(Alert.State.RESOLVED);
    landing.calm();
    look("2025-03-10T10:00:15Z");
    assertThat(loads.all()).hasSize(1);
    assertThat(loads.alerts.find("scan-failed").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void aPrefixThatCannotBeListedStopsNoOtherDataset() {
    loads.beside.add(
        new TestingDataset("claims.other")
            .source("out/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT)
            .build());
    landing.intercept((operation, key, call) -> {
      if (operation == Operation.LIST && key.startsWith("in/")) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No rights to list");
      }
      return call.run();
    });
    for (String scan : List.of(WORKDAYS, "")) {
      loads.define(dataset(scan.isEmpty() ? null : scan));
      loads.deliverAt(
          "out/" + scan.length() + ".csv", bytes(), Instant.parse("2025-03-01T00:00:00Z"));
      assertThatThrownBy(() -> look("2025-03-10T08:00:00Z"))
          .hasMessageContaining("claims.daily")
          .hasMessageContaining("No rights to list")
          .hasMessageNotContaining("claims.other");
    }
    assertThat(loads.all()).hasSize(2).allMatch(load -> load.state() == Load.State.COMMITTED);
    assertThat(loads.alerts.find("scan-failed").orElseThrow().detail()).contains("claims.daily");

    loads.deliverAt("out/asked.csv", bytes(), Instant.parse("2025-03-10T08:00:00Z"));
    assertThatThrownBy(() -> loads.service().scan()).hasMessageContaining("claims.daily");
    assertThat(loads.service().runDue()).hasSize(1);
    landing.calm();
    look("2025-03-10T08:00:15Z");
    assertThat(loads.alerts.find("scan-failed").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  private byte[] bytes() {
    delivered++;
    return ("id\n" + delivered + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aScheduleThatChangesCountsFromTheLastLook() {
    look("2025-03-10T10:00:00Z");
    loads.define(dataset("0 7 * * *"));
    look("2025-03-10T10:10:00Z");
    assertThat(listings()).isEqualTo(1);
    look("2025-03-10T11:00:00Z");
    assertThat(listings()).isEqualTo(2);
  }

  @Test
  void theCatalogueTellsTheNextTime() {
    loads.now = Instant.parse("2025-03-10T10:00:00Z");
    assertThat(loads.service().freshness().of(TestingLoads.name("claims.daily")).nextScan())
        .isEqualTo("2025-03-10T10:10:00Z");
    loads.define(dataset(null));
    assertThat(loads.service().freshness().of(TestingLoads.name("claims.daily")).nextScan())
        .isNull();
  }
}
