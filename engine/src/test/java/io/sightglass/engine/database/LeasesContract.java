package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.Leases.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may work on what, whichever database says so. */
abstract class LeasesContract {

  static final Duration LONG = Duration.ofSeconds(60);

  @TempDir java.nio.file.Path folder;

  MetadataDatabase database;

  /** A database with nothing in it. */
  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    database = MetadataDatabase.open(emptyDatabase());
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void whatOneHasNobodyElseTakes() {
    try (Leases one = Leases.open(database, "one", LONG);
        Leases two = Leases.open(database, "two", LONG)) {
      Lease lease = one.tryTake("load a").orElseThrow();
      assertThat(lease.isHeld()).isTrue();
      assertThat(one.tryTake("load a")).isEmpty();
      assertThat(two.tryTake("load a")).isEmpty();
      assertThat(two.tryTake("load b")).isPresent();
      assertThat(one.taken()).containsExactlyInAnyOrder("load a", "load b");
      assertThat(two.taken()).containsExactlyInAnyOrder("load a", "load b");
      lease.close();
      assertThat(lease.isHeld()).isFalse();
      assertThat(two.taken()).containsExactly("load b");
      assertThat(two.tryTake("load a")).isPresent();
    }
  }

  @Test
  void everybodyAliveIsListed() {
    try (Leases one = Leases.open(database, "one", LONG)) {
      try (Leases two = Leases.open(database, "two", LONG)) {
        assertThat(one.living()).containsExactlyInAnyOrder(one.holder(), two.holder());
      }
      assertThat(one.living()).containsExactly(one.holder());
    }
  }

  @Test
  void whoSignsOffLeavesNothingTaken() {
    try (Leases one = Leases.open(database, "one", LONG)) {
      try (Leases two = Leases.open(database, "two", LONG)) {
        assertThat(two.tryTake("load a")).isPresent();
      }
      assertThat(one.taken()).isEmpty();
      assertThat(one.tryTake("load a")).isPresent();
    }
  }

  @Test
  void whoBeginsAnewTakesOverAtOnceWhatItHadAndTheEarlierOneIsOut() {
    try (Leases other = Leases.open(database, "other", LONG);
        Leases before = Leases.open(database, "one", LONG)) {
      Lease lease = before.tryTake("load a").orElseThrow();
      assertThat(other.tryTake("load a")).isEmpty();
      try (Leases after = Leases.open(database, "one", LONG)) {
        assertThat(after.holder()).isNotEqualTo(before.holder());
        assertThat(other.living()).contains(after.holder()).doesNotContain(before.holder());
        assertThat(other.taken()).isEmpty();
        assertThat(after.tryTake("load a")).isPresent();
        assertThat(lease.isHeld()).isFalse();
        assertThat(before.tryTake("load b")).isEmpty();
        lease.close();
        assertThat(other.tryTake("load a")).as("not given back by who lost it").isEmpty();
      }
    }
  }

  @Test
  void ofManyWhoTakeAtOnceOneHasIt() throws Exception {
    int racers = 4;
    for (int round = 0; round < 5; round++) {
      String what = "load " + round;
      CountDownLatch start = new CountDownLatch(racers);
      List<Leases> all = new ArrayList<>();
      List<Callable<Optional<Lease>>> tries = new ArrayList<>();
      for (int racer = 0; racer < racers; racer++) {
        Leases leases = Leases.open(database, "racer-" + racer, LONG);
        all.add(leases);
        tries.add(() -> {
          start.countDown();
          start.await();
          return leases.tryTake(what);
        });
      }
      int winners = 0;
      try (ExecutorService threads = Executors.newFixedThreadPool(racers)) {
        for (Future<Optional<Lease>> taken : threads.invokeAll(tries)) {
          winners += taken.get().isPresent() ? 1 : 0;
        }
      }
      assertThat(winners).as("round %d", round).isEqualTo(1);
      all.forEach(Leases::close);
    }
  }

  @Test
  void theFirstThatMayStillBeAtWorkIsKnownByItsStart() {
    Leases killed = Leases.open(database, "one", LONG);
    Instant first = killed.earliestStart();
    try (Leases two = Leases.open(database, "two", LONG)) {
      assertThat(two.earliestStart()).isEqualTo(first);
      try (Leases again = Leases.open(database, "one", LONG)) {
        Instant second = again.earliestStart();
        assertThat(second).isAfter(first);
        two.forget(again.holderOf("two").orElseThrow());
        assertThat(again.earliestStart()).isAfter(second);
      }
    } finally {
      killed.close();
    }
  }

  @Test
  void theClockIsTheDatabases() {
    Instant now = database.read(database::now);
    assertThat(now).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
    Instant later = database.read(database::now);
    assertThat(later).isAfterOrEqualTo(now);
  }
}
