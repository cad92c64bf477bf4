package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.maintenance.DamageAlerts;
import io.sightglass.engine.ingest.maintenance.Maintenance;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.MergeLimits;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What maintenance leaves as it was, and what it takes away. */
class MaintenanceTest {

  private static final String ROWS = "id, note, _file_date";

  @TempDir private Path folder;

  private TestingLoads loads;

  private static TestingDataset contract(LoadMode mode) {
    return new TestingDataset("t.people")
        .source("people/%Y-%m-%d*.csv", Format.CSV)
        .load(mode)
        .key(null, "id")
        .retention(Period.ofDays(30))
        .column("id", Scalar.INTEGER)
        .direct("person", Scalar.VARCHAR, Mask.PSEUDONYM);
  }

  private static Dataset people(LoadMode mode) {
    return contract(mode).column("note", Scalar.VARCHAR).build();
  }

  @BeforeEach
  void open() {
    loads = new TestingLoads(folder, people(LoadMode.REPLACE_DATE));
    loads.now = Instant.now().minusSeconds(3600);
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliver(int day, String note) {
    loads.deliver("people/2025-01-%02d.csv".formatted(day), file(day, note));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  private static String file(int day, String note) {
    StringBuilder text = new StringBuilder("id,person,note\n");
    for (int row = 0; row < 5; row++) {
      text.append("%d,CNRY %d %d,%s\n".formatted(day * 100 + row, day, row, note));
    }
    return text.toString();
  }

  private List<Maintenance> compact() {
    List<Maintenance> told = new ArrayList<>();
    loads.maintenance().compact(null, told::add);
    return told;
  }

  private List<Maintenance> expire() {
    List<Maintenance> told = new ArrayList<>();
    loads.maintenance().expire(null, told::add);
    return told;
  }

  private List<Maintenance> orphans() {
    List<Maintenance> told = new ArrayList<>();
    loads.maintenance().removeOrphans(told::add);
    return told;
  }

  private List<Maintenance.Different> verify() {
    List<Maintenance.Different> told = new ArrayList<>();
    loads
        .maintenance()
        .verify(
            null,
            done -> {
              if (done instanceof Maintenance.Different different) {
                told.add(different);
              }
            });
    return told;
  }

  private PairSnapshot now() {
    return loads.table().findCurrent().orElseThrow();
  }

  private int files(Side side) {
    return loads.table().plan(now(), side, new ScanFilter.All()).size();
  }

  private void assertPaired() {
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
  }

  @Test
  void aCompactionChangesNoAnswerNowOrBefore() {
    for (int day = 1; day <= 4; day++) {
      deliver(day, "first");
    }
    PairSnapshot before = now();
    List<String> rows = loads.rows(Side.ORDINARY, ROWS + ", _load_id, _row_key, person");
    List<String> vault = loads.rows(Side.VAULT, "person, _row_key");
    assertThat(compact())
        .extracting(Object::toString)
        .anyMatch(line -> line.contains("ORDINARY, filesBefore=4, filesAfter=1"))
        .anyMatch(line -> line.contains("VAULT, filesBefore=4, filesAfter=1"));
    assertThat(now().id()).isNotEqualTo(before.id());
    assertThat(now().vaultSnapshotId()).isNotEqualTo(before.vaultSnapshotId());
    assertThat(now().dataAsOf()).isEqualTo(before.dataAsOf());
    assertThat(now().rowCount()).isEqualTo(20);
    assertThat(loads.rows(Side.ORDINARY, ROWS + ", _load_id, _row_key, person")).isEqualTo(rows);
    assertThat(loads.rows(Side.VAULT, "person, _row_key")).isEqualTo(vault);
    PairSnapshot asOf = loads.table().findAsOf(before.committedAt()).orElseThrow();
    assertThat(asOf).isEqualTo(before);
    assertThat(loads.rows(asOf, Side.ORDINARY, ROWS + ", _load_id, _row_key, person"))
        .isEqualTo(rows);
    assertThat(loads.rows(asOf, Side.VAULT, "person, _row_key")).isEqualTo(vault);
    assertThat(compact()).isEmpty();
    assertThat(verify()).isEmpty();
  }

  @Test
  void fewFilesAreMergedWhereTheyMakeAFullOneOrTooManyWouldBeLeft() {
    deliver(1, "first");
    deliver(2, "first");
    loads.merge = new MergeLimits(128L << 20, 1_000_000, 4, 2);
    assertThat(compact()).isEmpty();
    loads.merge = new MergeLimits(128L << 20, 10, 4, 2);
    deliver(3, "first");
    compact();
    assertThat(files(Side.ORDINARY)).as("the first two are full").isEqualTo(2);
    loads.merge = new MergeLimits(128L << 20, 1_000_000, 4, 1);
    compact();
    assertThat(files(Side.ORDINARY)).as("at most one is wanted").isEqualTo(1);
    assertThat(loads.rows(Side.ORDINARY, ROWS)).hasSize(15);
    assertPaired();
  }

  @Test
  void loadsGoOnAsIfFilesHadNeverBeenMerged() {
    for (int day = 1; day <= 3; day++) {
      deliver(day, "first");
    }
    compact();
    loads.deliver("people/2025-01-02.csv", file(2, "first"));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.SKIPPED);
    deliver(2, "second");
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("first|10", "second|5");
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)")).hasSize(3);
    assertPaired();
    compact();
    loads.service().backfill(TestingLoads.name("t.people"), day(1), day(3));
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("first|10", "second|5");
    assertPaired();
    assertThat(verify()).isEmpty();
  }

  private static java.time.LocalDate day(int day) {
    return java.time.LocalDate.of(2025, 1, day);
  }

  @Test
  void anAppendedKeyIsFoundInMergedFilesAndAnUpsertTakesItsRowOut() {
    for (LoadMode mode : List.of(LoadMode.APPEND, LoadMode.UPSERT)) {
      try (TestingLoads other = new TestingLoads(folder.resolve(mode.name()), people(mode))) {
        for (int day = 1; day <= 3; day++) {
          other.deliver("people/2025-01-%02d.csv".formatted(day), file(day, "first"));
          other.loadOne();
        }
        other.maintenance().compact(null, done -> {});
        other.deliver("people/2025-01-09.csv", file(2, "again"));
        Load load = other.loadOne();
        assertThat(load.state()).isEqualTo(Load.State.COMMITTED);
        assertThat(other.rows(Side.ORDINARY, "id")).hasSize(15).doesNotHaveDuplicates();
        assertThat(other.rows(Side.ORDINARY, "note, count(*)"))
            .isEqualTo(
                mode == LoadMode.APPEND ? List.of("first|15") : List.of("again|5", "first|10"));
        assertThat(other.rows(Side.VAULT, "_row_key"))
            .isEqualTo(other.rows(Side.ORDINARY, "_row_key"));
      }
    }
  }

  @Test
  void aColumnThatTheContractNoLongerNamesIsKept() {
    deliver(1, "kept");
    deliver(2, "kept");
    loads.define(contract(LoadMode.REPLACE_DATE).build());
    compact();
    assertThat(files(Side.ORDINARY)).isEqualTo(1);
    loads.define(people(LoadMode.REPLACE_DATE));
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("kept|10");
  }

  /** Whatever they hold: orphan removal would find them a day later. */
  @Test
  void filesThatAreMergedInVainGoAtOnce() {
    TestingStores local = TestingStores.local(folder.resolve("vain"));
    TestingObjectStore data = TestingObjectStore.local(folder.resolve("vain/warehouse/data"));
    Dataset people = people(LoadMode.REPLACE_DATE);
    try (TestingLoads other =
        new TestingLoads(
            folder.resolve("vain"),
            people,
            new TestingStores(local.landing(), data, local.vault(), local.rejects()))) {
      for (int day = 1; day <= 2; day++) {
        other.deliver("people/2025-01-%02d.csv".formatted(day), file(day, "first"));
        other.loadOne();
      }
      AtomicBoolean isFirst = new AtomicBoolean(true);
      data.intercept((operation, key, call) -> {
        Object result = call.run();
        if (operation == TestingObjectStore.Operation.PUT
            && key.endsWith(".parquet")
            && isFirst.getAndSet(false)) {
          // What is merged has been uploaded; now one of its files is replaced.
          other.deliver("people/2025-01-02.csv", file(2, "second"));
          other.loadOne();
        }
        return result;
      });
      other.maintenance().compact(null, done -> {});
      data.calm();
      assertThat(isFirst).isFalse();
      assertThat(other.rows(Side.ORDINARY, "note, count(*)"))
          .containsExactly("first|5", "second|5");
      assertThat(data.list("").filter(object -> object.key().endsWith(".parquet"))).hasSize(3);
    }
  }

  @Test
  void loadsThatCommitWhileFilesAreMergedAreWhole() throws Exception {
    deliver(1, "first");
    deliver(2, "first");
    Thread merging =
        Thread.ofPlatform()
            .start(() -> {
              while (!Thread.currentThread().isInterrupted()
                  && loads.rows(Side.ORDINARY, "id").size() < 60) {
                compact();
              }
            });
    for (int day = 3; day <= 12; day++) {
      deliver(day, "first");
      if (day % 3 == 0) {
        deliver(day - 1, "second");
      }
    }
    merging.join(Duration.ofMinutes(2));
    assertThat(merging.isAlive()).isFalse();
    compact();
    assertThat(loads.rows(Side.ORDINARY, "id")).hasSize(60).doesNotHaveDuplicates();
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)"))
        .containsExactly("first|40", "second|20");
    assertPaired();
    assertThat(verify()).isEmpty();
  }

  @Test
  void statesOlderThanTheRetentionGoAsPairsAndTheirFilesLater() {
    deliver(1, "first");
    PairSnapshot first = now();
    deliver(1, "second");
    deliver(2, "second");
    compact();
    PairSnapshot last = now();
    assertThat(expire()).isEmpty();
    loads.now = last.committedAt().plus(Duration.ofDays(31));
    assertThat(expire()).hasSize(1);
    assertThat(loads.table().history()).containsExactly(last);
    assertThat(loads.table().findAsOf(first.committedAt())).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("second|10");
    assertPaired();
    // A statement that pinned a state before may read for some hours yet.
    loads.now = loads.now.plus(Duration.ofHours(6));
    orphans();
    assertThat(loads.filesWith("CNRY 1 1", "warehouse/vault")).hasSizeGreaterThan(1);
    loads.now = loads.now.plus(Duration.ofHours(2));
    orphans();
    assertThat(loads.filesWith("CNRY 1 1", "warehouse/vault"))
        .allMatch(file -> file.toString().endsWith(".parquet"))
        .hasSize(1);
    assertThat(verify()).isEmpty();
    assertThat(expire()).isEmpty();
    deliver(3, "third");
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("second|10", "third|5");
  }

  @Test
  void aStateThatWasCurrentWithinTheRetentionStays() {
    deliver(1, "first");
    PairSnapshot first = now();
    deliver(1, "second");
    loads.now = now().committedAt().plus(Duration.ofDays(30)).minusSeconds(1);
    assertThat(expire()).isEmpty();
    assertThat(loads.table().findAsOf(first.committedAt())).contains(first);
    assertThat(loads.rows(first, Side.ORDINARY, "note, count(*)")).containsExactly("first|5");
  }

  @Test
  void uploadsWithoutACommitGoOnceTheyAreOld() throws Exception {
    deliver(1, "first");
    loads.deliver("people/2025-01-02.csv", file(2, "second"));
    loads.now = loads.now.plusSeconds(1);
    loads.service().scan();
    loads.crashAt(LoadStep.UPLOADED);
    Path leftover = Files.createDirectories(folder.resolve("vault/staging/crashed"));
    Files.setLastModifiedTime(leftover, FileTime.from(Instant.now()));
    long there = files("warehouse");
    loads.now = Instant.now().plus(Duration.ofHours(23));
    loads.maintenance(Duration.ofDays(1)).removeOrphans(told -> {});
    assertThat(files("warehouse")).isEqualTo(there);
    assertThat(leftover).exists();
    loads.now = Instant.now().plus(Duration.ofHours(25));
    assertThat(orphans())
        .extracting(Object::toString)
        .anyMatch(line -> line.contains("ORDINARY, removed=1"))
        .anyMatch(line -> line.contains("VAULT, removed=1"));
    assertThat(leftover).doesNotExist();
    loads.restart();
    assertThat(loads.service().runDue()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("first|5", "second|5");
    assertThat(verify()).isEmpty();
  }

  @Test
  void uploadsThatWereThereBeforeAllProcessesGoAtOnce() {
    deliver(1, "first");
    loads.deliver("people/2025-01-02.csv", file(2, "second"));
    loads.now = loads.now.plusSeconds(1);
    loads.service().scan();
    loads.crashAt(LoadStep.UPLOADED);
    loads.restart();
    assertThat(orphans())
        .extracting(Object::toString)
        .anyMatch(line -> line.contains("ORDINARY, removed=1"))
        .anyMatch(line -> line.contains("VAULT, removed=1"));
    assertThat(loads.service().runDue()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("first|5", "second|5");
    assertThat(verify()).isEmpty();
  }

  /** It may write for hours before it commits, and is no replica of ours. */
  @Test
  void uploadsOfAnotherEngineStayForADay() throws Exception {
    deliver(1, "first");
    Path foreign =
        path(loads.table().plan(now(), Side.VAULT, new ScanFilter.All()).getFirst())
            .resolveSibling("00000-0-f3d3-00001.parquet");
    Files.write(foreign, new byte[10]);
    loads.restart();
    orphans();
    assertThat(foreign).exists();
    loads.now = loads.now.plus(Duration.ofDays(2));
    orphans();
    assertThat(foreign).doesNotExist();
  }

  private long files(String below) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(below))) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void verifyFindsAFlippedBitACutAndALostFile() throws Exception {
    for (int day = 1; day <= 3; day++) {
      deliver(day, "first");
    }
    assertThat(verify()).isEmpty();
    List<DataFile> files = loads.table().plan(now(), Side.VAULT, new ScanFilter.All());
    Path flipped = path(files.get(0));
    byte[] bytes = Files.readAllBytes(flipped);
    bytes[bytes.length / 2] ^= 1;
    Files.write(flipped, bytes);
    Path cut = path(files.get(1));
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(cut), 100));
    Files.delete(path(files.get(2)));
    assertThat(verify())
        .extracting(Maintenance.Different::what)
        .hasSize(4)
        .anyMatch(what -> what.contains("sha256 differs"))
        .anyMatch(what -> what.contains("100 bytes"))
        .contains("is missing");
  }

  @Test
  void damageIsAnAlertUntilItIsRepaired() throws Exception {
    deliver(1, "first");
    Path file = path(loads.table().plan(now(), Side.VAULT, new ScanFilter.All()).getFirst());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, new byte[whole.length]);
    DamageAlerts alerts = new DamageAlerts(loads.alerts);
    loads.maintenance().verify(null, alerts);
    loads.maintenance().verify(null, alerts);
    Alert alert = loads.alerts.find("damaged:t.people:vault").orElseThrow();
    assertThat(alert.severity()).isEqualTo(Alert.Severity.EXTREME);
    assertThat(alert.detail()).contains("sha256 differs");
    assertThat(loads.alerts.list(10, null).items()).hasSize(1);
    Files.write(file, whole);
    loads.maintenance().verify(null, alerts);
    assertThat(loads.alerts.find(alert.fingerprint()).orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  private Path path(DataFile file) {
    return folder.resolve("warehouse/vault").resolve(file.key());
  }
}
