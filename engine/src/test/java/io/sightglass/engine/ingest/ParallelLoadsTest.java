package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

  @Test
  @Timeout(120)
  void aLoadThatHasWaitedBeginsUnderTheContractOfNow() throws Exception {
    TestingDataset open = people().column("ssn", Scalar.VARCHAR);
    loads = new TestingLoads(folder, open.build());
    loads.deliver("in/people_2025-03-01.csv", "id,ssn\n1,CNRY-11-2222\n");
    loads.service().scan();
    CountDownLatch between = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> holding =
          threads.submit(() -> loads.service().between(() -> wait(between, changed)));
      assertThat(between.await(60, TimeUnit.SECONDS)).isTrue();
      Future<List<Load>> running = threads.submit(() -> loads.service().runDue());
      while (!isHandedOut()) {
        Thread.onSpinWait();
      }
      loads.define(people().direct("ssn", Scalar.VARCHAR, Mask.LAST4).build());
      changed.countDown();
      holding.get();
      assertThat(running.get()).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    }
    assertThat(loads.rows(Side.ORDINARY, "ssn")).containsExactly("****-**-2222");
    assertThat(loads.filesWith("CNRY", "warehouse/data")).isEmpty();
  }

  /** Whether a load's thread waits to begin. */
  private static boolean isHandedOut() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("load-"))
        .anyMatch(thread ->
            Arrays.stream(thread.getValue())
                .anyMatch(
                    frame -> frame.getClassName().endsWith("ReentrantReadWriteLock$ReadLock")));
  }

  private static TestingDataset people() {
    return new TestingDataset("claims.people")
        .source("in/people_%Y-%m-%d.csv", Source.Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .column("id", Scalar.BIGINT);
  }

  private static void wait(CountDownLatch begun, CountDownLatch end) {
    begun.countDown();
    try {
      assertThat(end.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no other load runs", e);
    }
  }
}
