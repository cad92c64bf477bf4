package io.sightglass.engine.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which snapshot of the vault belongs to a state, while snapshots expire on either side. */
class VaultOfStateTest {

  private static final Replacement NOTHING = new Replacement.Nothing();

  @TempDir Path folder;

  private Lake lake;
  private TestingTables tables;

  @BeforeEach
  void open() {
    lake =
        Lake.open(
            DatabaseSettings.sqlite(folder.resolve("catalog.db")),
            new LocalObjectStore(folder.resolve("warehouse/data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("warehouse/vault"), Privacy.PRIVATE));
    tables = new TestingTables(folder, lake);
  }

  @AfterEach
  void close() {
    tables.close();
    lake.close();
  }

  private PairSnapshot load(LakeTable table, String id, int first) {
    return tables.commit(table, tables.load(table, id, "2024-01-01", first, 10, NOTHING));
  }

  private static void expire(LakeTable table, Side side, long id) {
    table.side(side).load().expireSnapshots().expireSnapshotId(id).commit();
  }

  private static void assertNoVault(LakeTable table, PairSnapshot state) {
    assertThatThrownBy(() -> table.requireVault(state))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.NO_SNAPSHOT);
              assertThat(e.detail()).contains(Long.toString(state.id()), "benefits.claims");
            });
  }

  @Test
  void whereTheVaultsPartHasExpiredTheStateIsIncompleteWhateverWasPlannedBefore() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    PairSnapshot first = load(table, "a", 0);
    PairSnapshot second = load(table, "b", 10);
    assertThat(table.plan(first, Side.VAULT, new ScanFilter.All())).hasSize(1);
    table.requireVault(first);
    expire(table, Side.VAULT, Objects.requireNonNull(first.vaultSnapshotId()));
    assertNoVault(table, first);
    table.requireVault(second);
  }

  @Test
  void anotherEnginesCommitBelongsToTheVaultOfItsParentUntilThatExpires() {
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    PairSnapshot loaded = load(table, "a", 0);
    table.side(Side.ORDINARY).load().newAppend().commit();
    PairSnapshot other = table.findCurrent().orElseThrow();
    assertThat(other.vaultSnapshotId()).isEqualTo(loaded.vaultSnapshotId()).isNotNull();
    table.requireVault(other);
    expire(table, Side.ORDINARY, loaded.id());
    PairSnapshot alone = table.findCurrent().orElseThrow();
    assertThat(alone.id()).isEqualTo(other.id());
    assertThat(alone.vaultSnapshotId()).isNull();
    assertNoVault(table, alone);
    assertThat(table.find(loaded.id())).isEmpty();
  }

  @Test
  void aStateFromBeforeThereWasAVaultIsCompleteWithoutOne() {
    LakeTable plain =
        lake.ensure(
            TestingTables.dataset(LoadMode.REPLACE_DATE, TestingTables.plain("id", Scalar.BIGINT)));
    PairSnapshot before = load(plain, "a", 0);
    assertThat(before.vaultSnapshotId()).isNull();
    LakeTable table = lake.ensure(LakeContract.CLAIMS);
    table.requireVault(before);
    table.requireVault(load(table, "b", 10));
    table.requireVault(before);
  }
}
