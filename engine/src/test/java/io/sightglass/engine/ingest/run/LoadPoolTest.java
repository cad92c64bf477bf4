package io.sightglass.engine.ingest.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.ledger.Load;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoadPoolTest {

  private static final long MEMORY = 100;

  private static Load load(String id) {
    Instant now = Instant.EPOCH;
    return new Load(
        id,
        new QualifiedName("claims", "daily"),
        new LoadSource(id, "etag", null, 1, now, null),
        LocalDate.EPOCH,
        Load.State.COMMITTED,
        null,
        null,
        List.of(),
        null,
        null,
        now,
        now,
        now,
        List.of());
  }

  @Test
  void whatFitsRunsBesideEachOtherAndIsGivenInItsOrder() throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    CountDownLatch second = new CountDownLatch(1);
    try (LoadPool pool = new LoadPool(2, MEMORY)) {
      pool.submit(
          "a",
          50,
          () -> {
            meet(both);
            await(second);
            return List.of(load("first"));
          });
      pool.submit(
          "b",
          50,
          () -> {
            meet(both);
            second.countDown();
            return List.of(load("second"));
          });
      assertThat(pool.await()).extracting(Load::id).containsExactly("first", "second");
      assertThat(pool.units()).isEmpty();
    }
  }

  @Test
  void moreThanThereIsMemoryForWaitsAndWhatNeedsMoreRunsAlone() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (LoadPool pool = new LoadPool(4, MEMORY)) {
      for (long bytes : new long[] {60, 61, Long.MAX_VALUE, 62}) {
        pool.submit(
            "of " + bytes,
            bytes,
            () -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              LockSupport.parkNanos(20_000_000);
              running.decrementAndGet();
              return List.of();
            });
      }
      pool.await();
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void aFailureIsThrownOnOnceTheOthersHaveEnded() {
    CountDownLatch failed = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    try (LoadPool pool = new LoadPool(2, MEMORY)) {
      pool.submit(
          "a",
          1,
          () -> {
            await(failed);
            ended.incrementAndGet();
            return List.of();
          });
      pool.submit(
          "b",
          1,
          () -> {
            failed.countDown();
            throw new IllegalStateException("b");
          });
      pool.awaitEndOf(Set.of("a", "b"));
      assertThatThrownBy(pool::await).isInstanceOf(IllegalStateException.class).hasMessage("b");
      assertThat(pool.hasFailed()).isTrue();
      assertThat(ended).hasValue(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the other does not run", e);
    }
  }
}
