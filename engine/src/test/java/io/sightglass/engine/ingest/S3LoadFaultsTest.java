package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.storage.S3Connection;
import io.sightglass.engine.storage.TestingFaultProxy;
import io.sightglass.engine.storage.TestingFaultProxy.Fault;
import io.sightglass.engine.storage.TestingFaultProxy.Request;
import io.sightglass.engine.storage.TestingS3;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault of the wire in every phase of a load: the same rows, or a clear failure that a retry
 * cures; never half of it, never twice.
 */
class S3LoadFaultsTest {

  /** What a load asks of S3. */
  enum Phase {
    SCAN,
    STAGE,
    LOOK_AGAIN,
    REJECTS,
    UPLOAD,
    COMMIT;

    boolean has(Request request) {
      String path = request.path();
      String verb =
          switch (this) {
            case SCAN, STAGE -> "GET";
            case LOOK_AGAIN -> "HEAD";
            case REJECTS, UPLOAD, COMMIT -> "PUT";
          };
      boolean isThere =
          switch (this) {
            case SCAN -> path.startsWith("/landing?");
            case STAGE -> path.startsWith("/landing/in/");
            case LOOK_AGAIN -> path.startsWith("/landing/");
            case REJECTS -> path.startsWith("/vault/");
            case UPLOAD -> path.startsWith("/warehouse/") && path.endsWith(".parquet");
            case COMMIT -> path.contains("/metadata/");
          };
      return isThere && request.method().equals(verb);
    }
  }

  private static final String HEADER = "id,ssn,state\n";

  @TempDir static Path folder;

  private static final AtomicInteger DAYS = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private static TestingS3 server;

  @SuppressWarnings("NullAway.Init")
  private static TestingFaultProxy wire;

  @SuppressWarnings("NullAway.Init")
  private static S3Connection connection;

  @SuppressWarnings("NullAway.Init")
  private static TestingLoads loads;

  private LocalDate day = LocalDate.of(2025, 1, 1);

  @BeforeAll
  static void start() {
    server = TestingS3.start(folder, "landing", "warehouse", "vault");
    wire = new TestingFaultProxy(server.endpoint());
    connection = TestingS3.connect(wire.endpoint());
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .required("id", Scalar.BIGINT)
                .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
                .column("state", Scalar.VARCHAR)
                .build(),
            TestingStores.s3(
                connection,
                () -> {
                  connection.close();
                  wire.close();
                  server.close();
                }));
  }

  @AfterAll
  static void stop() {
    loads.close();
  }

  @BeforeEach
  void deliver() {
    wire.rule(request -> Fault.NONE);
    day = LocalDate.of(2025, 1, 1).plusDays(DAYS.getAndIncrement());
    loads.deliver(
        "in/claims_%s.csv".formatted(day),
        HEADER + "1,CNRY-11-2222,%s\n2,CNRY-11-3333,b\nx,CNRY-11-4444,c\n".formatted(day));
  }

  static Stream<Arguments> everyFaultInEveryPhase() {
    List<Arguments> all = new ArrayList<>();
    for (Phase phase : Phase.values()) {
      for (Fault fault : Fault.values()) {
        // Of a listing no store tells a checksum.
        boolean isChecked = phase != Phase.SCAN;
        // A store that is full does not get well by being asked again.
        boolean passes = fault != Fault.NONE && fault != Fault.FULL;
        if (passes && (fault != Fault.FLIPPED_BIT || isChecked)) {
          all.add(Arguments.of(phase, fault));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("everyFaultInEveryPhase")
  void aFaultThatPasses(Phase phase, Fault fault) {
    AtomicInteger met = new AtomicInteger();
    wire.rule(request -> phase.has(request) && met.getAndIncrement() == 0 ? fault : Fault.NONE);
    Load load = loads.loadOne();
    assertThat(met).hasPositiveValue();
    assertThatTheDayIsThereOnce(load);
  }

  static Stream<Arguments> whatMayStay() {
    return Stream.of(Phase.STAGE, Phase.LOOK_AGAIN, Phase.REJECTS, Phase.UPLOAD, Phase.COMMIT)
        .flatMap(phase ->
            Stream.of(Fault.BUSY, Fault.FULL, Fault.RESET, Fault.LOST_ANSWER)
                .filter(fault -> fault != Fault.FULL || phase.compareTo(Phase.REJECTS) >= 0)
                // What is created is looked up when its answers are lost, so nothing fails there.
                .filter(fault -> phase != Phase.COMMIT || fault != Fault.LOST_ANSWER)
                .map(fault -> Arguments.of(phase, fault)));
  }

  @ParameterizedTest
  @MethodSource("whatMayStay")
  void aFaultThatStaysUntilSomebodyCuresIt(Phase phase, Fault fault) {
    wire.rule(request -> phase.has(request) ? fault : Fault.NONE);
    Load failed = loads.loadOne();
    assertThat(failed.state()).as("put off: %s", failed).isEqualTo(Load.State.FOUND);
    assertThat(failed.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE.name());
    assertThat(failed.reason()).isNotBlank().doesNotContain("CNRY");
    if (fault == Fault.FULL) {
      assertThat(failed.reason()).contains("the store's disk or quota is full");
    }
    wire.rule(request -> Fault.NONE);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)"))
        .noneMatch(row -> row.startsWith(day.toString()));
    assertThatTheDayIsThereOnce(retried(failed));
  }

  @Test
  void aLandingStoreThatCannotBeListedIsScannedLater() {
    wire.rule(request -> Phase.SCAN.has(request) ? Fault.RESET : Fault.NONE);
    try {
      loads.load();
    } catch (EngineException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }
    wire.rule(request -> Fault.NONE);
    assertThatTheDayIsThereOnce(loads.loadOne());
  }

  private static Load retried(Load failed) {
    loads.service().retry(failed.id(), Set.of());
    return loads.service().runDue().getFirst();
  }

  private void assertThatTheDayIsThereOnce(Load load) {
    assertThat(load.state()).as("%s", load).isEqualTo(Load.State.COMMITTED);
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(3, 2, 1, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)")).contains(day + "|2");
    assertThat(loads.rows(Side.VAULT, "count(*)")).isEqualTo(loads.rows(Side.ORDINARY, "count(*)"));
    assertThat(loads.service().rejects(load.id(), false, 10, null).items()).hasSize(1);
  }
}
