package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.ingest.run.ReadAhead;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** Runs what is due; once the first load is staged, waits until the next object has been read. */
  private List<Load> loadReadingAhead(Runnable then) {
    AtomicBoolean done = new AtomicBoolean();
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.STAGED && done.compareAndSet(false, true)) {
            while (!isReadAhead()) {
              Thread.onSpinWait();
            }
            then.run();
          }
        });
    List<Load> ended = loads.load();
    assertThat(folder.resolve("vault/staging")).isEmptyDirectory();
    return ended;
  }

  /** Whether a load's thread has read an object for another load, and let it lie. */
  private boolean isReadAhead() {
    boolean isStaged;
    try (Stream<Path> staged = Files.list(folder.resolve("vault/staging"))) {
      isStaged = staged.anyMatch(path -> path.getFileName().toString().startsWith("source-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return isStaged
        && Thread.getAllStackTraces().entrySet().stream()
            .filter(thread -> thread.getKey().getName().startsWith("load-"))
            .flatMap(thread -> Arrays.stream(thread.getValue()))
            .noneMatch(frame -> frame.getClassName().equals(ReadAhead.class.getName()));
  }

  @Test
  @Timeout(120)
  void whatHasToWaitForALoadIsReadMeanwhile() {
    open(LoadMode.UPSERT);
    deliver(4);
    assertThat(loadReadingAhead(() -> {}))
        .extracting(Load::state)
        .hasSize(4)
        .containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, version"))
        .containsExactly("1|4", "10|1", "20|1", "30|1", "40|1");
  }

  /** A band of rows makes dates wait for each other: what is usual has to be known. */
  @Test
  @Timeout(120)
  void ofSeveralObjectsForOneDateOnlyTheNewestIsReadAhead() {
    loads =
        new TestingLoads(
            folder,
            people(LoadMode.REPLACE_DATE).expect(new Expectations.Band(0.5, 2.0), null).build());
    for (int day = 1; day <= 2; day++) {
      for (String part : List.of("", "_again")) {
        loads.deliver(
            "in/people_2025-03-0%d%s.csv".formatted(day, part), "id\n%d\n".formatted(day));
      }
    }
    assertThat(loadReadingAhead(() -> {}))
        .extracting(load -> load.source().name() + " " + load.state())
        .containsExactly(
            "in/people_2025-03-01_again.csv COMMITTED",
            "in/people_2025-03-01.csv SKIPPED",
            "in/people_2025-03-02_again.csv COMMITTED",
            "in/people_2025-03-02.csv SKIPPED");
  }

  @Test
  @Timeout(120)
  void anObjectThatIsReplacedAfterItWasReadAheadIsReadAnew() {
    open(LoadMode.UPSERT);
    deliver(2);
    List<Load> ended =
        loadReadingAhead(() -> loads.deliver("in/claims_2025-03-02.csv", "id,version\n7,7\n"));
    assertThat(ended).extracting(Load::code).containsExactly(null, "REPLACED");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, version")).containsExactly("1|1", "7|7", "10|1");
  }

  @Test
  @Timeout(120)
  void whatWasReadAheadByOtherContractsIsReadAnew() {
    loads =
        new TestingLoads(
            folder, people(LoadMode.UPSERT).key(null, "id").column("ssn", Scalar.VARCHAR).build());
    for (int day = 1; day <= 2; day++) {
      loads.deliver(
          "in/people_2025-03-0%d.csv".formatted(day), "id,ssn\n%d,CNRY-11-2222\n".formatted(day));
    }
    Dataset masked =
        people(LoadMode.UPSERT).key(null, "id").direct("ssn", Scalar.VARCHAR, Mask.LAST4).build();
    List<Load> ended = loadReadingAhead(() -> loads.define(masked));
    assertThat(ended)
        .extracting(Load::state)
        .containsExactly(Load.State.FOUND, Load.State.COMMITTED);
    assertThat(ended.getFirst().reason()).as("it had begun before").contains("protection");
    loads.service().retry(ended.getFirst().id(), Set.of());
    assertThat(loads.service().runDue()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "id, ssn"))
        .containsExactly("1|****-**-2222", "2|****-**-2222");
  }

  @Test
  void aBrokenObjectThatWasReadAheadEndsAsAnyOther() {
    open(LoadMode.UPSERT);
    deliver(1);
    loads.deliver("in/claims_2025-03-02.csv", "id,version\n1,\"2");
    loads.deliver("in/claims_2025-03-03.csv", "id,version\n3,3\n");
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED, Load.State.QUARANTINED, Load.State.COMMITTED);
    assertThat(folder.resolve("vault/staging")).isEmptyDirectory();
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
    TestingDataset open = people(LoadMode.REPLACE_DATE).column("ssn", Scalar.VARCHAR);
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
      loads.define(people(LoadMode.REPLACE_DATE).direct("ssn", Scalar.VARCHAR, Mask.LAST4).build());
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

  private static TestingDataset people(LoadMode mode) {
    return new TestingDataset("claims.people")
        .source("in/people_%Y-%m-%d*.csv", Source.Format.CSV)
        .load(mode)
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
