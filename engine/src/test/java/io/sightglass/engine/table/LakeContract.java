package io.sightglass.engine.table;

import static io.sightglass.engine.table.TestingTables.dataset;
import static io.sightglass.engine.table.TestingTables.direct;
import static io.sightglass.engine.table.TestingTables.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tables do, whichever database holds their catalog. */
abstract class LakeContract {

  static final Dataset CLAIMS =
      dataset(
          LoadMode.REPLACE_DATE,
          plain("id", Scalar.BIGINT),
          direct("person", Scalar.VARCHAR, Mask.PSEUDONYM));

  private static final Replacement NOTHING = new Replacement.Nothing();

  @TempDir Path folder;

  private DatabaseSettings catalog;
  private Lake lake;
  private TestingTables tables;

  /** A database with nothing in it. */
  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    catalog = emptyDatabase();
    lake = openLake();
    tables = new TestingTables(folder, lake);
  }

  @AfterEach
  void close() {
    tables.close();
    lake.close();
  }

  private Lake openLake() {
    return Lake.open(
        catalog,
        new LocalObjectStore(folder.resolve("warehouse/data"), Privacy.SHARED),
        new LocalObjectStore(folder.resolve("warehouse/vault"), Privacy.PRIVATE));
  }

  @Test
  void aNewTableIsEmpty() {
    LakeTable table = lake.ensure(CLAIMS);
    assertThat(table.findCurrent()).isEmpty();
    assertThat(table.history()).isEmpty();
    assertThat(table.findAsOf(Instant.MAX)).isEmpty();
    assertThat(table.find(7)).isEmpty();
    assertThat(table.findCommitted("a")).isEmpty();
    assertThat(lake.names()).containsExactly(TestingTables.CLAIMS);
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*) FROM t")).containsExactly("0");
  }

  @Test
  void aLoadIsVisibleOnBothSidesAndSaysWhereItCameFrom() {
    LakeTable table = lake.ensure(CLAIMS);
    PairSnapshot made = tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    assertThat(table.findCurrent()).contains(made);
    assertThat(table.findCommitted("a")).contains(made);
    assertThat(made.rowCount()).isEqualTo(10);
    assertThat(made.bytes()).isPositive();
    assertThat(made.loadId()).isEqualTo("a");
    assertThat(made.vaultSnapshotId()).isNotNull();
    assertThat(made.summary())
        .containsEntry("sightglass.load-id", "a")
        .containsEntry("sightglass.source-id", "source of a")
        .containsEntry("sightglass.file-date", "2024-01-01")
        .containsEntry("sightglass.count.rows-read", "10");
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*), sum(id), min(person) FROM t"))
        .containsExactly("10|45|masked 0");
    assertThat(tables.now(table, Side.VAULT, "FROM t ORDER BY ALL LIMIT 1"))
        .containsExactly("CNRY 0|a-0");
  }

  @Test
  void identifiersLieBelowTheVaultAlone() throws Exception {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    Path data = folder.resolve("warehouse/data");
    for (String file : TestingTables.filesBelow(data)) {
      byte[] content = Files.readAllBytes(data.resolve(file));
      assertThat(new String(content, StandardCharsets.ISO_8859_1)).as(file).doesNotContain("CNRY");
    }
    assertThat(TestingTables.filesBelow(data))
        .anyMatch(file -> file.matches("benefits/claims/data/file_date_month=2024-01/.*parquet"))
        .anyMatch(file -> file.startsWith("benefits/claims/metadata/"));
    assertThat(TestingTables.filesBelow(folder.resolve("warehouse/vault")))
        .anyMatch(file -> file.startsWith("benefits/claims/data/"))
        .anyMatch(file -> file.startsWith("benefits/claims/metadata/"));
  }

  @Test
  void everyFileIsCalledAfterItsDigest() throws Exception {
    LakeTable table = lake.ensure(CLAIMS);
    PairSnapshot made = tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    for (Side side : Side.values()) {
      for (DataFile file : table.plan(made, side, new ScanFilter.All())) {
        Path path = lake.store(side).findLocal(file.key()).orElseThrow();
        assertThat(file.sha256()).isEqualTo(Digests.sha256(path));
        assertThat(file.size()).isEqualTo(Files.size(path));
        assertThat(file.rows()).isEqualTo(10);
      }
    }
  }

  @Test
  void committingALoadAgainChangesNothing() {
    LakeTable table = lake.ensure(CLAIMS);
    LoadCommit load = tables.load(table, "a", "2024-01-01", 0, 10, NOTHING);
    PairSnapshot made = tables.commit(table, load);
    tables.commit(table, tables.load(table, "b", "2024-01-02", 10, 10, NOTHING));
    assertThat(tables.commit(table, load)).isEqualTo(made);
    assertThat(tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING)))
        .isEqualTo(made);
    assertThat(table.history()).hasSize(2);
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*) FROM t")).containsExactly("20");
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("20");
  }

  @Test
  void aDayIsReplacedOnBothSidesAndTheOthersStay() {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    PairSnapshot before =
        tables.commit(table, tables.load(table, "b", "2024-01-02", 10, 10, NOTHING));
    tables.commit(
        table, tables.load(table, "c", "2024-01-01", 100, 3, new Replacement.Loads(Set.of("a"))));
    assertThat(
            tables.now(
                table, Side.ORDINARY, "SELECT _load_id, count(*) FROM t GROUP BY ALL ORDER BY ALL"))
        .containsExactly("b|10", "c|3");
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*), max(person) FROM t"))
        .containsExactly("13|CNRY 19");
    assertThat(tables.rewritten).isEmpty();
    assertThat(tables.query(table, before, Side.ORDINARY, "SELECT count(*) FROM t"))
        .containsExactly("20");
    assertThat(tables.query(table, before, Side.VAULT, "SELECT count(*) FROM t"))
        .containsExactly("20");
  }

  @Test
  void aDayInsideCompactedFilesIsReplacedByRewritingThem() {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    tables.commit(table, tables.load(table, "b", "2024-01-01", 10, 10, NOTHING));
    tables.commit(table, tables.load(table, "c", "2024-01-02", 20, 10, NOTHING));
    tables.compact(table);
    tables.commit(
        table, tables.load(table, "d", "2024-01-01", 100, 3, new Replacement.Loads(Set.of("a"))));
    assertThat(
            tables.now(
                table, Side.ORDINARY, "SELECT _load_id, count(*) FROM t GROUP BY ALL ORDER BY ALL"))
        .containsExactly("b|10", "c|10", "d|3");
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("23");
    assertPairsComplete(table);
    assertThat(tables.rewritten).containsExactlyInAnyOrder("ORDINARY 10", "VAULT 10");
  }

  @Test
  void everythingIsReplaced() {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    tables.commit(table, tables.load(table, "b", "2024-01-02", 10, 10, NOTHING));
    tables.commit(table, tables.load(table, "c", "2024-01-03", 0, 4, new Replacement.Everything()));
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*), min(_load_id) FROM t"))
        .containsExactly("4|c");
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("4");
  }

  @Test
  void aDayMayBecomeEmpty() {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    LoadCommit empty = tables.load(table, "b", "2024-01-01", 0, 1, NOTHING);
    PairSnapshot made =
        tables.commit(
            table,
            new LoadCommit(
                "b",
                empty.sourceId(),
                empty.fileDate(),
                empty.slot(),
                empty.base(),
                empty.counts(),
                new Replacement.Loads(Set.of("a")),
                List.of(),
                List.of()));
    assertThat(made.rowCount()).isZero();
    assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("0");
    tables.commit(
        table, tables.load(table, "c", "2024-01-01", 0, 5, new Replacement.Loads(Set.of("b"))));
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*) FROM t")).containsExactly("5");
  }

  @Test
  void ofTwoWhoReplaceOneDayTheSecondMustDecideAnew() {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    Replacement a = new Replacement.Loads(Set.of("a"));
    LoadCommit one = tables.load(table, "b", "2024-01-01", 100, 3, a);
    LoadCommit other = tables.load(table, "c", "2024-01-01", 200, 4, a);
    tables.commit(table, one);
    assertThatThrownBy(() -> tables.commit(table, other)).satisfies(hasCode(ErrorCode.CONFLICT));
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*), min(_load_id) FROM t"))
        .containsExactly("3|b");
    tables.commit(
        table, tables.load(table, "c", "2024-01-01", 200, 4, new Replacement.Loads(Set.of("b"))));
    assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*), min(_load_id) FROM t"))
        .containsExactly("4|c");
  }

  @Test
  void twoProcessesRacingForOneDayLeaveOneOfThem() throws Exception {
    LakeTable table = lake.ensure(CLAIMS);
    tables.commit(table, tables.load(table, "first", "2024-01-01", 0, 10, NOTHING));
    try (Lake otherLake = openLake()) {
      LakeTable other = otherLake.ensure(CLAIMS);
      for (int round = 0; round < 8; round++) {
        Set<String> there = Set.copyOf(loadsNow(table));
        LoadCommit one =
            tables.load(table, "one-" + round, "2024-01-01", 0, 3, new Replacement.Loads(there));
        LoadCommit two =
            tables.load(other, "two-" + round, "2024-01-01", 0, 3, new Replacement.Loads(there));
        List<Optional<PairSnapshot>> outcomes =
            race(List.of(() -> table.commit(one, tables), () -> other.commit(two, tables)));
        assertThat(outcomes.stream().filter(Optional::isPresent)).hasSize(1);
        assertThat(loadsNow(table)).hasSize(1);
        assertThat(tables.now(table, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("3");
        assertPairsComplete(table);
      }
    }
  }

  @Test
  void twoProcessesLoadingManyFilesLoseAndDoubleNothing() throws Exception {
    LakeTable table = lake.ensure(CLAIMS);
    try (Lake otherLake = openLake()) {
      LakeTable other = otherLake.ensure(CLAIMS);
      List<List<LoadCommit>> shares = List.of(new ArrayList<>(), new ArrayList<>());
      for (int load = 0; load < 24; load++) {
        String day = "2024-02-%02d".formatted(1 + load);
        LoadCommit commit = tables.load(table, "load-" + load, day, load * 10, 10, NOTHING);
        shares.get(load % 2).add(commit);
        if (load % 5 == 0) {
          shares.get(1 - load % 2).add(commit); // both try
        }
      }
      race(List.of(() -> commitAll(table, shares.get(0)), () -> commitAll(other, shares.get(1))));
      assertThat(table.history()).hasSize(24);
      assertThat(tables.now(table, Side.ORDINARY, "SELECT count(*), count(DISTINCT id) FROM t"))
          .containsExactly("240|240");
      assertThat(tables.now(table, Side.VAULT, "SELECT count(*), count(DISTINCT _row_key) FROM t"))
          .containsExactly("240|240");
      for (PairSnapshot state : table.history()) {
        assertPairComplete(table, state);
      }
    }
  }

  private PairSnapshot commitAll(LakeTable table, List<LoadCommit> loads) {
    loads.forEach(load -> table.commit(load, tables));
    return table.findCurrent().orElseThrow();
  }

  @Test
  void timeTravelFindsTheLastStateNotAfter() {
    LakeTable table = lake.ensure(CLAIMS);
    List<PairSnapshot> made = new ArrayList<>();
    for (int day = 1; day <= 3; day++) {
      made.add(
          tables.commit(
              table, tables.load(table, "l" + day, "2024-01-0" + day, day * 10, 10, NOTHING)));
    }
    assertThat(table.history()).isEqualTo(made.reversed());
    for (int index = 0; index < 3; index++) {
      PairSnapshot state = made.get(index);
      assertThat(table.find(state.id())).contains(state);
      assertThat(tables.query(table, state, Side.ORDINARY, "SELECT count(*) FROM t"))
          .containsExactly(Integer.toString(10 * (index + 1)));
      assertThat(tables.query(table, state, Side.VAULT, "SELECT count(*) FROM t"))
          .containsExactly(Integer.toString(10 * (index + 1)));
    }
    assertThat(table.findAsOf(made.getFirst().committedAt().minus(Duration.ofMillis(1)))).isEmpty();
    assertThat(table.findAsOf(made.get(1).committedAt()).orElseThrow().committedAt())
        .isEqualTo(made.get(1).committedAt());
    assertThat(table.findAsOf(Instant.now().plusSeconds(60))).contains(made.getLast());
  }

  @Test
  void aStateOfAnotherTableIsNotFound() {
    LakeTable table = lake.ensure(CLAIMS);
    PairSnapshot made = tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    PairSnapshot foreign =
        new PairSnapshot(made.id() + 1, null, made.committedAt(), null, 0, 0, Map.of());
    assertThat(table.find(foreign.id())).isEmpty();
    assertThatThrownBy(() -> table.plan(foreign, Side.ORDINARY, new ScanFilter.All()))
        .satisfies(hasCode(ErrorCode.NO_SNAPSHOT));
  }

  @Test
  void twoProcessesMayMakeOneTableAtOnce() throws Exception {
    for (int round = 0; round < 4; round++) {
      Dataset fresh =
          new Dataset(
              new QualifiedName("race", "table_" + round),
              CLAIMS.description(),
              CLAIMS.owner(),
              CLAIMS.grain(),
              CLAIMS.contact(),
              CLAIMS.sources(),
              CLAIMS.load(),
              CLAIMS.key(),
              null,
              null,
              CLAIMS.partition(),
              CLAIMS.expect(),
              CLAIMS.retention(),
              null,
              null,
              CLAIMS.columns());
      try (Lake other = openLake()) {
        CountDownLatch start = new CountDownLatch(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
          List<Future<List<LakeColumn>>> columns = new ArrayList<>();
          for (Lake one : List.of(lake, other)) {
            columns.add(
                threads.submit(() -> {
                  start.countDown();
                  start.await();
                  return one.ensure(fresh).columns(Side.ORDINARY);
                }));
          }
          assertThat(columns.get(0).get()).isEqualTo(columns.get(1).get());
        }
      }
    }
  }

  @Test
  void aRestartKnowsEverything() {
    LakeTable table = lake.ensure(CLAIMS);
    PairSnapshot made = tables.commit(table, tables.load(table, "a", "2024-01-01", 0, 10, NOTHING));
    List<LakeColumn> columns = table.columns(Side.VAULT);
    lake.close();
    lake = openLake();
    LakeTable again = lake.ensure(CLAIMS);
    assertThat(again.columns(Side.VAULT)).isEqualTo(columns);
    assertThat(again.findCurrent()).contains(made);
  }

  private List<String> loadsNow(LakeTable table) {
    return tables.now(table, Side.ORDINARY, "SELECT DISTINCT _load_id FROM t");
  }

  private void assertPairsComplete(LakeTable table) {
    assertPairComplete(table, table.findCurrent().orElseThrow());
  }

  /** Each ordinary row has its vault row, and the vault has no other. */
  private void assertPairComplete(LakeTable table, PairSnapshot state) {
    assertThat(tables.query(table, state, Side.VAULT, "SELECT _row_key FROM t ORDER BY ALL"))
        .as("vault of %s", state.loadId())
        .isEqualTo(
            tables.query(table, state, Side.ORDINARY, "SELECT _row_key FROM t ORDER BY ALL"));
  }

  private interface Racer {
    PairSnapshot run();
  }

  /** What each came to; empty for a conflict. */
  private static List<Optional<PairSnapshot>> race(List<Racer> racers) throws Exception {
    CountDownLatch start = new CountDownLatch(racers.size());
    try (ExecutorService threads = Executors.newFixedThreadPool(racers.size())) {
      List<Future<Optional<PairSnapshot>>> running = new ArrayList<>();
      for (Racer racer : racers) {
        running.add(
            threads.submit(() -> {
              start.countDown();
              start.await();
              try {
                return Optional.of(racer.run());
              } catch (EngineException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
                return Optional.empty();
              }
            }));
      }
      List<Optional<PairSnapshot>> outcomes = new ArrayList<>();
      for (Future<Optional<PairSnapshot>> one : running) {
        outcomes.add(one.get());
      }
      return outcomes;
    }
  }

  static Consumer<Throwable> hasCode(ErrorCode code) {
    return failure ->
        assertThat(failure)
            .isInstanceOfSatisfying(
                EngineException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
