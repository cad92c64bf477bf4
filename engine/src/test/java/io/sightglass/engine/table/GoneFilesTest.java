package io.sightglass.engine.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.query.LakeFiles;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A statement's files go after it was bound to its state, and before it opens them. */
class GoneFilesTest {

  private static final ScanFilter ALL = new ScanFilter.All();

  @TempDir Path folder;

  private LocalObjectStore data;
  private Lake lake;
  private TestingTables tables;
  private FileCache cache;
  private LakeTable table;
  private LakeFiles files;

  @BeforeEach
  void open() {
    data = new LocalObjectStore(folder.resolve("warehouse/data"), Privacy.SHARED);
    lake =
        Lake.open(
            DatabaseSettings.sqlite(folder.resolve("catalog.db")),
            data,
            new LocalObjectStore(folder.resolve("warehouse/vault"), Privacy.PRIVATE));
    tables = new TestingTables(folder, lake);
    cache = new FileCache(data, folder.resolve("cache"), 1_000_000, InstantSource.system());
    table = lake.ensure(LakeContract.CLAIMS);
    files =
        new LakeFiles(Map.of(TestingTables.CLAIMS, table), Map.of(), Map.of(Side.ORDINARY, cache));
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, new Replacement.Nothing()));
  }

  @AfterEach
  void close() {
    cache.close();
    tables.close();
    lake.close();
  }

  private void assertLease(PinnedTable pinned, ErrorCode code, String words) {
    assertThatThrownBy(() -> files.lease(pinned, Side.ORDINARY, ALL).close())
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.detail()).contains("benefits.claims", words).doesNotContain("/");
            });
  }

  @Test
  void whereTheSnapshotHasExpiredMeanwhileItIsSaid() {
    PinnedTable pinned = files.pin(TestingTables.CLAIMS);
    assertThat(files.plan(pinned, Side.ORDINARY, ALL)).as("remembered from now on").hasSize(1);
    tables.commit(
        table, tables.load(table, "b", "2024-01-01", 100, 3, new Replacement.Loads(Set.of("a"))));
    files.lease(pinned, Side.ORDINARY, ALL).close();
    table
        .side(Side.ORDINARY)
        .load()
        .expireSnapshots()
        .expireSnapshotId(Objects.requireNonNull(pinned.snapshot()).id())
        .commit();
    assertLease(pinned, ErrorCode.NO_SNAPSHOT, "expired meanwhile");
    files.lease(files.pin(TestingTables.CLAIMS), Side.ORDINARY, ALL).close();
  }

  @Test
  void aFileThatIsLostIsNoneThatNobodyAskedFor() {
    PinnedTable pinned = files.pin(TestingTables.CLAIMS);
    List<DataFile> planned = files.plan(pinned, Side.ORDINARY, ALL);
    data.delete(planned.getFirst().key());
    assertLease(pinned, ErrorCode.STORE_UNAVAILABLE, "missing from the store");
  }
}
