package io.sightglass.engine.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalog's database that swaps a table's metadata and is cut off before it can say so. */
class LostAnswerTest {

  @TempDir Path folder;

  @Test
  void aSwapWhoseAnswerWasLostCountsOnceAndNoFileOfItIsDeleted() throws Exception {
    DatabaseSettings direct = TestingPostgres.emptyDatabase();
    try (TestingCutConnection cut = TestingCutConnection.to(direct);
        Lake lake =
            Lake.open(
                cut.by(direct, Duration.ofSeconds(10)),
                new LocalObjectStore(folder.resolve("data"), Privacy.SHARED),
                new LocalObjectStore(folder.resolve("vault"), Privacy.PRIVATE));
        TestingTables tables = new TestingTables(folder, lake)) {
      LakeTable table = lake.ensure(LakeContract.CLAIMS);
      Replacement replaces = new Replacement.Nothing();
      for (int round = 1; round <= 6; round++) {
        String load = "load-" + round;
        LoadCommit commit = tables.load(table, load, "2024-01-01", round * 10, 5, replaces);
        cut.loseTheAnswerAfter("UPDATE iceberg_tables");
        PairSnapshot made = tables.commit(table, commit);
        assertThat(cut.losses()).isEqualTo(round);
        assertThat(made.loadId()).isEqualTo(load);
        assertThat(table.history()).hasSize(round);
        for (Side side : Side.values()) {
          assertThat(tables.now(table, side, "SELECT count(*), count(DISTINCT _row_key) FROM t"))
              .containsExactly("5|5");
        }
        replaces = new Replacement.Loads(Set.of(load));
      }
    }
  }
}
