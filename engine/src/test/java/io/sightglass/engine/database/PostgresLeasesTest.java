package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.Leases.Lease;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The contract over PostgreSQL, where processes also die of silence. */
class PostgresLeasesTest extends LeasesContract {

  private static final Duration SHORT = Duration.ofMillis(600);

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }

  @Test
  void whoGivesNoSignOfLifeIsTakenOverInTime() throws Exception {
    DatabaseSettings settings = emptyDatabase();
    try (MetadataDatabase shared = MetadataDatabase.open(settings);
        Leases living = Leases.open(shared, "living", SHORT)) {
      MetadataDatabase own = MetadataDatabase.open(settings);
      Leases dying = Leases.open(own, "dying", SHORT);
      Lease lease = dying.tryTake("load a").orElseThrow();
      assertThat(lease.isHeld()).isTrue();
      assertThat(living.tryTake("load a")).isEmpty();
      own.close(); // it is cut off, and can neither work nor say so
      long cut = System.nanoTime();
      while (living.tryTake("load a").isEmpty()) {
        assertThat(System.nanoTime() - cut).isLessThan(Duration.ofSeconds(20).toNanos());
        Thread.onSpinWait();
      }
      assertThat(System.nanoTime() - cut)
          .as("not before it may be dead")
          .isGreaterThan(SHORT.dividedBy(2).toNanos());
      assertThat(living.living()).containsExactly(living.holder());
      dying.close();
      assertThat(living.taken()).containsExactly("load a");
    }
  }

  @Test
  void signsOfLifeKeepWhatIsTaken() {
    try (Leases one = Leases.open(database, "one", SHORT);
        Leases two = Leases.open(database, "two", SHORT)) {
      Lease lease = one.tryTake("load a").orElseThrow();
      long begun = System.nanoTime();
      while (System.nanoTime() - begun < SHORT.multipliedBy(3).toNanos()) {
        assertThat(two.tryTake("load a")).isEmpty();
      }
      assertThat(lease.isHeld()).isTrue();
    }
  }
}
