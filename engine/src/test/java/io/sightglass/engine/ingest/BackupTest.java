package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.backup.Backup;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.maintenance.Maintenance;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deployment that was lost, and is back as it was. */
class BackupTest {

  private static final String REJECTS = "vault/rejects";
  private static final String ROWS = "id, person, note, _file_date, _load_id, _row_key";

  private static final Dataset PEOPLE =
      new TestingDataset("t.people")
          .source("people/%Y-%m-%d.csv", Format.CSV)
          .load(LoadMode.REPLACE_DATE)
          .key(null, "id")
          .column("id", Scalar.INTEGER)
          .direct("person", Scalar.VARCHAR, Mask.PSEUDONYM)
          .column("note", Scalar.VARCHAR)
          .build();

  @TempDir private Path folder;

  private BackupStores target;
  private Instant opened = Instant.now();

  @BeforeEach
  void openTarget() {
    target =
        new BackupStores(
            new LocalObjectStore(folder.resolve("backup/data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("backup/vault"), Privacy.PRIVATE));
  }

  /**
   * A deployment with databases of its own; what it had in another life lies below {@code root}.
   */
  TestingLoads deployment(Path root, Dataset dataset) {
    return new TestingLoads(root, dataset);
  }

  private TestingLoads open(String name) {
    TestingLoads loads = deployment(folder.resolve(name), PEOPLE);
    opened = opened.plus(Duration.ofHours(1)); // time goes on from one deployment to the next
    loads.now = opened;
    return loads;
  }

  private static void deliver(TestingLoads loads, int day, String note) {
    loads.deliver(
        "people/2025-01-%02d.csv".formatted(day),
        "id,person,note\n%d,CNRY %d,%s\n%d,CNRY %d,%s\nx,CNRY bad,%s\n"
            .formatted(day * 10, day, note, day * 10 + 1, day + 50, note, note));
  }

  /** Gone but for what the source still has. */
  private void destroy(String name) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(name))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.startsWith(folder.resolve(name).resolve("landing"))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (java.nio.file.DirectoryNotEmptyException landing) {
      return;
    }
  }

  /** The same landing folder under another root. */
  private void moveLanding(String from, String to) throws IOException {
    Files.createDirectories(folder.resolve(to));
    Files.move(folder.resolve(from).resolve("landing"), folder.resolve(to).resolve("landing"));
  }

  @Test
  void aLostDeploymentIsBackAsItWasAndKnowsWhatItHasLoaded() throws Exception {
    List<String> rows;
    List<String> vault;
    List<String> rowsBefore;
    PairSnapshot before;
    PairSnapshot now;
    List<Load> ledger;
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      before = loads.table().findCurrent().orElseThrow();
      deliver(loads, 1, "second");
      deliver(loads, 2, "second");
      loads.load();
      now = loads.table().findCurrent().orElseThrow();
      rows = loads.rows(Side.ORDINARY, ROWS);
      rowsBefore = loads.rows(before, Side.ORDINARY, ROWS);
      vault = loads.rows(Side.VAULT, "person, _row_key");
      ledger = loads.all();
      Backup.Outcome made = loads.backup(target).run();
      assertThat(made.copied()).isEqualTo(made.files()).isPositive();
      loads.now = loads.now.plusSeconds(60);
      assertThat(loads.backup(target).run().copied()).isZero();
    }
    for (String root : List.of("one", "elsewhere")) {
      if (root.equals("one")) {
        destroy("one");
      } else {
        moveLanding("one", root);
      }
      try (TestingLoads loads = open(root)) {
        loads.restore(target).run(List.of());
        loads.restart();
        assertThat(loads.table().history())
            .containsExactly(now, loads.table().history().get(1), before);
        assertThat(loads.rows(Side.ORDINARY, ROWS)).isEqualTo(rows);
        assertThat(loads.rows(Side.VAULT, "person, _row_key")).isEqualTo(vault);
        assertThat(loads.rows(before, Side.ORDINARY, ROWS)).isEqualTo(rowsBefore);
        assertThat(loads.table().findAsOf(before.committedAt())).contains(before);
        assertThat(loads.all()).isEqualTo(ledger);
        assertThat(loads.service().rejects(ledger.getFirst().id(), true, 10, null).items())
            .singleElement()
            .satisfies(reject -> assertThat(reject.value()).contains("x"));
        assertThat(loads.load()).isEmpty();
        if (root.equals("elsewhere")) {
          assertGoesOn(loads);
        }
      }
    }
  }

  private static void assertGoesOn(TestingLoads loads) {
    deliver(loads, 2, "second");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.SKIPPED);
    deliver(loads, 3, "third");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.maintenance().compact(null, done -> {});
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("second|4", "third|2");
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
    AtomicInteger differences = new AtomicInteger();
    loads
        .maintenance()
        .verify(
            null,
            done -> {
              if (done instanceof Maintenance.Different) {
                differences.incrementAndGet();
              }
            });
    assertThat(differences).hasValue(0);
  }

  @Test
  void theVaultLiesApartAndForItsOwnerAlone() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      loads.backup(target).run();
      assertThat(loads.filesWith("CNRY", "../backup/data")).isEmpty();
      assertThat(loads.filesWith("CNRY", "../backup/vault")).isNotEmpty();
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("backup/vault")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void onlyAnEmptyDeploymentIsFilled() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      loads.backup(target).run();
      assertConflict(loads);
    }
    Path stray = folder.resolve("stray/warehouse/data/t/people/data/else.parquet");
    Files.createDirectories(stray.getParent());
    Files.writeString(stray, "somebody's");
    try (TestingLoads loads = open("stray")) {
      assertConflict(loads);
      assertThat(loads.lake().names()).isEmpty();
    }
  }

  private void assertConflict(TestingLoads loads) {
    assertThatThrownBy(() -> loads.restore(target).run(List.of()))
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CONFLICT));
  }

  @Test
  void aBackupThatWasKilledIsNoneAndTheNextGoesOn() {
    TestingObjectStore dying = TestingObjectStore.local(folder.resolve("backup/data"));
    AtomicInteger puts = new AtomicInteger();
    dying.intercept((operation, key, call) -> {
      if (operation == TestingObjectStore.Operation.PUT && puts.incrementAndGet() > 3) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "killed");
      }
      return call.run();
    });
    try (TestingLoads loads = open("one");
        TestingLoads other = open("two")) {
      deliver(loads, 1, "first");
      loads.load();
      BackupStores broken = new BackupStores(dying, target.vault());
      assertThatThrownBy(() -> loads.backup(broken).run()).hasMessageContaining("killed");
      assertThatThrownBy(() -> other.restore(target).run(List.of()))
          .hasMessageContaining("no complete backup");
      Backup.Outcome made = loads.backup(target).run();
      assertThat(made.copied()).isEqualTo(made.files() - 3);
      other.restore(target).run(List.of());
      assertThat(other.rows(Side.ORDINARY, ROWS)).isEqualTo(loads.rows(Side.ORDINARY, ROWS));
    }
  }

  @Test
  void whatIsCopiedWhileLoadsRunIsOneState() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      Thread copying =
          Thread.ofPlatform()
              .start(() -> {
                while (!done.get()) {
                  loads.backup(target).run();
                }
              });
      for (int day = 2; day <= 8; day++) {
        deliver(loads, day, "first");
        loads.load();
      }
      done.set(true);
      copying.join(Duration.ofMinutes(1));
      assertThat(copying.isAlive()).isFalse();
    }
    moveLanding("one", "two");
    try (TestingLoads loads = open("two")) {
      loads.restore(target).run(List.of());
      loads.restart();
      loads.load();
      assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("first|16");
      assertThat(loads.rows(Side.ORDINARY, "id")).doesNotHaveDuplicates();
      assertThat(loads.rows(Side.VAULT, "_row_key"))
          .isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
    }
  }

  @Test
  void rejectedLinesThatWereErasedSinceAnOlderBackupDoNotComeBack() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      loads.backup(target).run();
      assertThat(loads.filesWith("CNRY bad", REJECTS)).isNotEmpty();
      loads.erasures().erase(PEOPLE.name(), Map.of("person", "CNRY bad"), "ada");
      assertThat(loads.filesWith("CNRY bad", REJECTS)).isEmpty();
      loads.now = loads.now.plusSeconds(60);
      loads.backup(target).run();
    }
    try (TestingLoads loads = open("two")) {
      loads.restore(target).run(List.of());
      loads.restart();
      assertThat(loads.filesWith("CNRY bad", REJECTS)).isEmpty();
    }
  }

  /** Nobody who erases knows of a backup that is not complete yet. */
  @Test
  void whoWasErasedWhileABackupRanDoesNotComeBack() throws Exception {
    TestingObjectStore slow = TestingObjectStore.local(folder.resolve("backup/data"));
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      loads.load();
      slow.intercept((operation, key, call) -> {
        if (operation == TestingObjectStore.Operation.CREATE && key.endsWith("set.json")) {
          slow.calm();
          Erasure done = loads.erasures().erase(PEOPLE.name(), Map.of("person", "CNRY 1"), "ada");
          assertThat(done.state()).isEqualTo(Erasure.State.DONE);
        }
        return call.run();
      });
      loads.backup(new BackupStores(slow, target.vault())).run();
    }
    try (TestingLoads loads = open("two")) {
      loads.restore(target).run(List.of());
      loads.restart();
      assertThat(loads.rows(Side.VAULT, "person")).contains("CNRY 1");
      assertThat(loads.erasures().resume())
          .singleElement()
          .satisfies(again -> assertThat(again.state()).isEqualTo(Erasure.State.DONE));
      assertThat(loads.rows(Side.VAULT, "person")).doesNotContain("CNRY 1");
    }
  }

  @Test
  void rejectedLinesAreRestoredAsTheyWereAtTheTimeOfTheSet() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads, 1, "first");
      Load load = loads.load().getFirst();
      loads.backup(target).run();
      Path file = loads.folder.resolve(REJECTS + "/t/people/" + load.id() + ".parquet");
      byte[] before = Files.readAllBytes(file);
      byte[] after = "x".repeat(before.length).getBytes(StandardCharsets.UTF_8);
      Files.delete(file); // a server keeps what it knows of a file that is written over
      Files.write(file, after); // of the same size
      TestingObjectStore dying = TestingObjectStore.local(folder.resolve("backup/data"));
      dying.intercept((operation, key, call) -> {
        if (operation == TestingObjectStore.Operation.CREATE) {
          throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "killed");
        }
        return call.run();
      });
      loads.now = loads.now.plusSeconds(60);
      BackupStores broken = new BackupStores(dying, target.vault());
      assertThatThrownBy(() -> loads.backup(broken).run()).hasMessageContaining("killed");
      assertRejects("of the older", load, before);
      loads.now = loads.now.plusSeconds(60);
      loads.backup(target).run();
      assertRejects("of the newer", load, after);
    }
  }

  private void assertRejects(String restored, Load load, byte[] expected) throws Exception {
    try (TestingLoads loads = open(restored)) {
      Path file = loads.folder.resolve(REJECTS + "/t/people/" + load.id() + ".parquet");
      Files.createDirectories(file.getParent());
      Files.writeString(file.resolveSibling("else.parquet"), "somebody's");
      assertConflict(loads);
      Files.delete(file.resolveSibling("else.parquet"));
      Files.writeString(file, "half"); // a restore that was killed
      loads.restore(target).run(List.of());
      assertThat(file).hasBinaryContent(expected);
    }
  }
}
