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
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups in which something is not as it was written. */
class BackupDamageTest {

  private static final Dataset PEOPLE =
      new TestingDataset("t.people")
          .source("people/%Y-%m-%d.csv", Format.CSV)
          .load(LoadMode.REPLACE_DATE)
          .key(null, "id")
          .column("id", Scalar.INTEGER)
          .direct("person", Scalar.VARCHAR, Mask.PSEUDONYM)
          .build();

  @TempDir private Path folder;

  private BackupStores target;

  @BeforeEach
  void openTarget() {
    target =
        new BackupStores(
            new LocalObjectStore(folder.resolve("backup/data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("backup/vault"), Privacy.PRIVATE));
  }

  private TestingLoads open(String name) {
    return new TestingLoads(folder.resolve(name), PEOPLE);
  }

  private static void deliver(TestingLoads loads) {
    loads.deliver("people/2025-01-01.csv", "id,person\n1,CNRY 1\n2,CNRY 2\nx,CNRY bad\n");
    loads.load();
  }

  /** Of the backup, or of what a restore has filled so far. */
  private List<Path> files(String below) throws IOException {
    Path root = folder.resolve(below);
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static byte[] flipped(byte[] content) {
    byte[] other = content.clone();
    other[other.length / 2] ^= 1;
    return other;
  }

  /** Without what its last line says. */
  private static byte[] cut(byte[] content) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf('\n', text.length() - 2) + 1;
    return text.substring(0, end).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As an object that rots does: nobody sees that it was written. */
  private static void damage(Path file, UnaryOperator<byte[]> how) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    Files.write(file, how.apply(Files.readAllBytes(file)));
    Files.setLastModifiedTime(file, modified);
  }

  @Test
  void noDamagedObjectIsRestoredAndTheNextTryIsNotInItsWay() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads);
      loads.backup(target).run();
      loads.erasures().erase(PEOPLE.name(), Map.of("person", "CNRY 2"), "ada");
    }
    assertThat(files("backup"))
        .anyMatch(file -> file.endsWith("metadata.ndjson"))
        .anyMatch(file -> file.endsWith("pseudonyms.key"))
        .anyMatch(file -> file.toString().endsWith(".avro"))
        .anyMatch(file -> file.toString().endsWith(".metadata.json"))
        .anyMatch(file -> file.toString().contains("/vault/rejects/"))
        .anyMatch(file -> file.toString().contains("/vault/erasures/"));
    try (TestingLoads loads = open("two")) {
      for (Path file : files("backup")) {
        byte[] content = Files.readAllBytes(file);
        damage(file, BackupDamageTest::flipped);
        assertRefused(loads, file, "is not what the backup has written");
        if (file.toString().endsWith(".txt") || file.toString().endsWith(".ndjson")) {
          Files.write(file, cut(content));
          assertRefused(loads, file, "is not what the backup has written");
        }
        if (!file.endsWith("set.json") && !file.toString().contains("/erasures/")) {
          Files.delete(file);
          assertRefused(loads, file, "is missing");
        }
        Files.write(file, content);
      }
      loads.restore(target).run(List.of());
      loads.restart();
      assertThat(loads.erasures().resume()).hasSize(1);
      assertThat(loads.rows(Side.VAULT, "person")).containsExactly("CNRY 1");
    }
  }

  private void assertRefused(TestingLoads loads, Path file, String what) throws IOException {
    String part = folder.resolve("backup").relativize(file).getName(0).toString();
    String key = folder.resolve("backup").resolve(part).relativize(file).toString();
    assertThatThrownBy(() -> loads.restore(target).run(List.of()))
        .as("%s %s", key, what)
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("The backup is damaged")
        .hasMessageContaining(key)
        .hasMessageContaining(what);
    assertThat(files("two/warehouse")).isEmpty();
    assertThat(files("two/vault/rejects")).isEmpty();
    assertThat(loads.all()).isEmpty();
  }

  @Test
  void aSetOfAnotherFormatIsRefusedInWords() throws Exception {
    try (TestingLoads loads = open("one")) {
      deliver(loads);
      String set = loads.backup(target).run().set();
      Files.writeString(
          folder.resolve("backup/data/sets/" + set + "/set.json"), "{\"format\":2,\"id\":\"x\"}");
      assertThatThrownBy(() -> loads.restore(target).run(List.of()))
          .hasMessageContaining("format 2")
          .hasMessageContaining("knows 3")
          .hasMessageContaining("the version that made it");
      assertThat(loads.backup(target).run().copied()).isZero();
    }
  }

  @Test
  void theNextBackupIntoAFolderMendsWhatRotThere() throws Exception {
    try (TestingLoads loads = open("one");
        TestingLoads other = open("two")) {
      deliver(loads);
      Backup.Outcome first = loads.backup(target).run();
      for (String part : List.of("data/tables", "vault/tables", "vault/rejects")) {
        for (Path file : files("backup/" + part)) {
          damage(file, BackupDamageTest::flipped);
        }
      }
      loads.now = loads.now.plusSeconds(60);
      Backup.Outcome second = loads.backup(target).run();
      assertThat(second.copied()).isEqualTo(first.files()).isEqualTo(second.files());
      other.restore(target).run(List.of());
      assertThat(other.rows(Side.VAULT, "person")).hasSize(2);
    }
  }

  /** What was written by somebody else is read, and copied anew where it is something else. */
  @Test
  void theNextBackupIntoABucketReadsWhatHasBeenWrittenSince() throws Exception {
    TestingObjectStore data = TestingObjectStore.remote(folder.resolve("backup/data"));
    BackupStores bucket =
        new BackupStores(data, TestingObjectStore.remote(folder.resolve("backup/vault")));
    try (TestingLoads loads = open("one");
        TestingLoads other = open("two")) {
      deliver(loads);
      loads.backup(bucket).run();
      loads.now = loads.now.plusSeconds(60);
      assertThat(loads.backup(bucket).run().copied()).isZero();
      assertThat(readsOfTables(data)).as("nobody has written any since").isZero();
      List<Path> files = files("backup/data/tables");
      Path touched = files.getFirst();
      byte[] content = Files.readAllBytes(touched);
      Files.delete(touched);
      Files.write(touched, content);
      damage(files.getLast(), BackupDamageTest::flipped);
      loads.now = loads.now.plusSeconds(60);
      assertThat(loads.backup(bucket).run().copied()).isOne();
      assertThat(readsOfTables(data)).isEqualTo(2);
      other.restore(bucket).run(List.of());
      assertThat(other.rows(Side.ORDINARY, "id")).hasSize(2);
    }
  }

  private static long readsOfTables(TestingObjectStore store) {
    return store.calls().stream()
        .filter(call -> call.startsWith(Operation.READ + " tables/"))
        .count();
  }

  @Test
  void theNextBackupDoesNotRelyOnADamagedOne() throws Exception {
    try (TestingLoads loads = open("one");
        TestingLoads other = open("two")) {
      deliver(loads);
      String set = loads.backup(target).run().set();
      for (String list : List.of("data/sets/%s/ordinary.txt", "vault/sets/%s/rejects.txt")) {
        damage(folder.resolve("backup").resolve(list.formatted(set)), BackupDamageTest::flipped);
      }
      loads.now = loads.now.plusSeconds(60);
      assertThat(loads.backup(target).run().copied()).isZero();
      other.restore(target).run(List.of());
      assertThat(other.rows(Side.ORDINARY, "id")).hasSize(2);
    }
  }
}
