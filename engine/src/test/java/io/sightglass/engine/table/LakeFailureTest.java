package io.sightglass.engine.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A commit that breaks at each of its steps in turn. */
class LakeFailureTest {

  /** When the step breaks. */
  enum Moment {
    /** Nothing was stored. */
    BEFORE,
    /** It was stored, and nobody heard of it. */
    AFTER,
    /** It was stored, and then the catalog's database was gone. */
    WITH_THE_DATABASE
  }

  @TempDir Path folder;

  private TestingObjectStore data;
  private TestingObjectStore vault;
  private Lake lake;
  private TestingTables tables;

  @BeforeEach
  void open() {
    data = TestingObjectStore.local(folder.resolve("warehouse/data"));
    vault = TestingObjectStore.local(folder.resolve("warehouse/vault"));
    lake = openLake();
    tables = new TestingTables(folder, lake);
  }

  @AfterEach
  void close() {
    tables.close();
    lake.close();
  }

  private Lake openLake() {
    return Lake.open(DatabaseSettings.sqlite(folder.resolve("catalog.db")), data, vault);
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void whicheverStepBreaksTheLoadIsInWholeOrNotAtAllAndTryingAgainMendsIt(Moment moment) {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    String there = "load-start";
    tables.commit(table, tables.load(table, there, "2024-01-01", 0, 4, new Replacement.Nothing()));
    int broken = 0;
    for (int step = 1; step < 100; step++) {
      String next = "load-" + step;
      LoadCommit load =
          tables.load(
              table, next, "2024-01-01", step * 10, 3, new Replacement.Loads(Set.of(there)));
      AtomicInteger left = new AtomicInteger(step);
      breakAt(left, moment);
      boolean failed = false;
      try {
        tables.commit(table, load);
      } catch (RuntimeException e) {
        failed = true;
        assertThat(e).isInstanceOf(EngineException.class);
      }
      data.calm();
      vault.calm();
      if (failed || left.get() <= 0) {
        broken++;
        table = restarted();
        List<String> seen = tables.now(table, Side.ORDINARY, "SELECT DISTINCT _load_id FROM t");
        assertThat(seen).as("step %d", step).hasSize(1).isSubsetOf(there, next);
        assertComplete(table);
        tables.commit(table, load);
      }
      assertThat(tables.now(table, Side.ORDINARY, "SELECT DISTINCT _load_id FROM t"))
          .as("step %d", step)
          .containsExactly(next);
      assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*) FROM t")).containsExactly("3");
      assertComplete(table);
      if (left.get() > 0) {
        assertThat(broken).as("steps that broke").isGreaterThan(5);
        return;
      }
      there = next;
    }
    throw new AssertionError("a commit never ends");
  }

  /** Lets the n-th write to either store fail. */
  private void breakAt(AtomicInteger left, Moment moment) {
    TestingObjectStore.Interceptor interceptor =
        (operation, key, call) -> {
          boolean breaks = operation == Operation.CREATE && left.decrementAndGet() == 0;
          if (!breaks) {
            return call.run();
          }
          return switch (moment) {
            case BEFORE -> throw broken();
            case AFTER -> {
              call.run();
              throw broken();
            }
            case WITH_THE_DATABASE -> {
              lake.close();
              yield call.run();
            }
          };
        };
    data.intercept(interceptor);
    vault.intercept(interceptor);
  }

  private static EngineException broken() {
    return new EngineException(ErrorCode.STORE_UNAVAILABLE, "broken by the test");
  }

  private LakeTable restarted() {
    lake.close();
    tables.close();
    lake = openLake();
    tables = new TestingTables(folder, lake);
    return lake.ensure(LakeContract.CLAIMS);
  }

  private void assertComplete(LakeTable table) {
    assertThat(tables.now(table, Side.VAULT, "SELECT _row_key FROM t ORDER BY ALL"))
        .isEqualTo(tables.now(table, Side.ORDINARY, "SELECT _row_key FROM t ORDER BY ALL"));
  }

  @Test
  void aLoadThatWasGivenUpAfterItsVaultLeavesNoTraceInLaterStates() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    LoadCommit lost = tables.load(table, "lost", "2024-01-01", 0, 5, new Replacement.Nothing());
    data.intercept((operation, key, call) -> {
      if (operation == Operation.CREATE) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "broken by the test");
      }
      return call.run();
    });
    assertThatThrownBy(() -> tables.commit(table, lost)).isInstanceOf(EngineException.class);
    data.calm();
    assertThat(table.findCurrent()).isEmpty();
    tables.commit(table, tables.load(table, "next", "2024-01-02", 0, 3, new Replacement.Nothing()));
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("3");
    assertComplete(table);
  }

  @Test
  void anotherAttemptMayBringOtherFiles() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    LoadCommit first = tables.load(table, "a", "2024-01-01", 0, 5, new Replacement.Nothing());
    breakAt(new AtomicInteger(4), Moment.AFTER);
    assertThatThrownBy(() -> tables.commit(table, first)).isInstanceOf(EngineException.class);
    data.calm();
    vault.calm();
    tables.commit(table, tables.load(table, "a", "2024-01-01", 50, 2, new Replacement.Nothing()));
    assertThat(tables.now(table, Side.ORDINARY, "SELECT sum(id) FROM t")).containsExactly("101");
    assertComplete(table);
  }

  /** No snapshot names it, so nothing but its process knows that it is nobody's. */
  @Test
  void aMergedFileWhoseStagingIsRefusedGoesAtOnce() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    Replacement nothing = new Replacement.Nothing();
    PairSnapshot now = tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 4, nothing));
    LoadCommit first =
        tables.load(table, "b", "2024-01-01", 10, 3, new Replacement.Loads(Set.of("a")));
    List<WrittenFile> merged = tables.load(table, "c", "2024-01-01", 20, 4, nothing).vault();
    FileRewrite merge =
        new FileRewrite(Side.VAULT, table.plan(now, Side.VAULT, new ScanFilter.All()), merged);
    try (Lake another = openLake()) {
      LakeTable there = another.ensure(LakeContract.CLAIMS);
      AtomicBoolean isStaging = new AtomicBoolean(true);
      vault.intercept((operation, key, call) -> {
        boolean writes = operation == Operation.PUT || operation == Operation.CREATE;
        if (writes && key.endsWith(".metadata.json") && isStaging.getAndSet(false)) {
          tables.commit(there, first);
        }
        return call.run();
      });
      assertThat(table.rewrite(FileRewrite.Purpose.COMPACTION, List.of(merge))).isEmpty();
      vault.calm();
      assertThat(isStaging).isFalse();
    }
    assertThat(merged).isNotEmpty().allMatch(file -> vault.find(file.key()).isEmpty());
    assertThat(tables.now(table, Side.ORDINARY, "SELECT DISTINCT _load_id FROM t"))
        .containsExactly("b");
    assertComplete(table);
  }

  @Test
  void aFullDiskFailsTheUploadAndTellsNoPath() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    data.intercept((operation, key, call) -> {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The store's disk is full");
    });
    assertThatThrownBy(() -> tables.load(table, "a", "2024-01-01", 0, 5, new Replacement.Nothing()))
        .satisfies(LakeContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageNotContaining(folder.toString());
  }

  @Test
  void messagesOfABrokenCommitTellNoPath() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    LoadCommit load = tables.load(table, "a", "2024-01-01", 0, 5, new Replacement.Nothing());
    data.intercept((operation, key, call) -> {
      throw new IllegalStateException("at " + folder);
    });
    assertThatThrownBy(() -> tables.commit(table, load))
        .satisfies(LakeContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageNotContaining(folder.toString());
  }
}
