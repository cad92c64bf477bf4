package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several loads of one process at a time. */
class ParallelLoadsTest {

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private void open(LoadMode mode) {
    loads = new TestingLoads(folder, daily(mode));
  }

  private static Dataset daily(LoadMode mode) {
    return new TestingDataset("claims.daily")
        .source("in/claims_%Y-%m-%d.csv", Source.Format.CSV)
        .load(mode)
        .key("version", "id")
        .required("id", Scalar.BIGINT)
        .column("version", Scalar.BIGINT)
        .build();
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliver(int days) {
    for (int day = 1; day <= days; day++) {
      loads.deliver(
          "in/claims_2025-03-%02d.csv".formatted(day),
          "id,version\n1,%1$d\n%1$d0,1\n".formatted(day));
    }
  }

  @Test
  void datesThatStandSideBySideAreLoadedTwoAtATime() {
    open(LoadMode.REPLACE_DATE);
    deliver(6);
    CyclicBarrier two = new CyclicBarrier(2);
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.STAGED || step == LoadStep.UPLOADED) {
            meet(two);
          }
        });
    List<Load> ended = loads.load();
    assertThat(ended).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(ended)
        .extracting(load -> load.fileDate().getDayOfMonth())
        .containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(ended).extracting(Load::reason).containsOnlyNulls();
    assertThat(loads.rows(Side.ORDINARY, "id, _file_date"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(1, 6)
                .boxed()
                .flatMap(day -> Stream.of("1|2025-03-0" + day, day + "0|2025-03-0" + day))
                .toList());
  }

  @Test
  void whatMeetsTheSameRowsIsLoadedOneAfterTheOther() {
    open(LoadMode.UPSERT);
    deliver(6);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.BEGUN) {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
          } else if (step == LoadStep.COMMITTED) {
            running.decrementAndGet();
          }
        });
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(most).hasValue(1);
    assertThat(loads.rows(Side.ORDINARY, "id, version"))
        .containsExactly("1|6", "10|1", "20|1", "30|1", "40|1", "50|1", "60|1");
  }

  @Test
  void aLoadThatRunsIsNotTakenForAbandonedWhenItsContractChanges() {
    open(LoadMode.REPLACE_DATE);
    deliver(1);
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.STAGED) {
            loads.define(daily(LoadMode.UPSERT));
            loads.service().settle();
          }
        });
    Load load = loads.loadOne();
    assertThat(load.state()).isEqualTo(Load.State.COMMITTED);
    assertThat(load.attempts()).hasSize(1);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no other load runs", e);
    }
  }
}
