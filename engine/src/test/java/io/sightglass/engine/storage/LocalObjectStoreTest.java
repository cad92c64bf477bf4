package io.sightglass.engine.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LocalObjectStoreTest extends ObjectStoreContract {

  @Override
  ObjectStore emptyStore() {
    return new LocalObjectStore(folder.resolve("root"), Privacy.SHARED);
  }

  @Test
  void anObjectIsAFileInPlace() throws IOException {
    put("a/b", "x");
    assertThat(store.findLocal("a/b")).contains(folder.toRealPath().resolve("root/a/b"));
    assertThat(store.uri()).isEqualTo("file:" + folder.toRealPath().resolve("root"));
  }

  /** Its name holds a value. */
  @Test
  void aPartitionsFolderGoesWithItsLastObjectAndNoOtherFolder() throws IOException {
    put("t/data/zip=1/day=2/a", "x");
    put("t/data/zip=1/day=3/b", "x");
    store.delete("t/data/zip=1/day=2/a");
    Path data = folder.resolve("root/t/data");
    assertThat(data.resolve("zip=1/day=2")).doesNotExist();
    assertThat(keys("")).containsExactly("t/data/zip=1/day=3/b");
    store.delete("t/data/zip=1/day=3/b");
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void whoWritesIntoAPartitionThatIsBeingEmptiedLosesNothing() throws Exception {
    Path content = file("x");
    AtomicBoolean done = new AtomicBoolean();
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                store.put("t/zip=1/day=2/a", content);
                store.delete("t/zip=1/day=2/a");
              }
            });
    try {
      for (int round = 0; round < 300; round++) {
        store.put("t/zip=1/day=2/b", content);
        assertThat(store.find("t/zip=1/day=2/b")).isPresent();
        store.delete("t/zip=1/day=2/b");
      }
    } finally {
      done.set(true);
      other.join();
    }
  }

  @Test
  void linksAreNeitherListedNorFollowed() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    put("inside", "x");
    Path root = folder.resolve("root");
    Files.createSymbolicLink(root.resolve("folder"), outside);
    Files.createSymbolicLink(root.resolve("file"), outside.resolve("secret"));
    Files.createSymbolicLink(root.resolve("alias"), root.resolve("inside"));
    Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nothing"));

    assertThat(keys("")).containsExactly("inside");
    assertThat(keys("folder/")).isEmpty();
    for (String key : List.of("folder/secret", "file", "alias", "dangling")) {
      assertThat(store.find(key)).as(key).isEmpty();
      assertThat(store.findLocal(key)).as(key).isEmpty();
      assertThatThrownBy(() -> store.read(key, 0)).satisfies(hasCode(ErrorCode.NOT_FOUND));
      store.delete(key);
    }
    Path content = file("y");
    assertThatThrownBy(() -> store.put("folder/new", content))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThat(outside.resolve("secret")).hasContent("secret");
    assertThat(outside.resolve("new")).doesNotExist();
    store.put("file", content);
    assertThat(outside.resolve("secret")).hasContent("secret");
  }

  @Test
  void anObjectCannotLieBelowAnother() throws IOException {
    put("a", "x");
    put("b/c", "x");
    Path content = file("y");
    assertThatThrownBy(() -> store.put("a/b", content))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.put("b", content)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.create("b", bytes("y")))
        .satisfies(failure ->
            assertThat(((EngineException) failure).code())
                .isIn(ErrorCode.INVALID_REQUEST, ErrorCode.CONFLICT));
    assertThat(keys("")).containsExactly("a", "b/c");
  }

  @Test
  void aPrivateStoreIsForItsOwnerAlone() throws IOException {
    Path root = folder.resolve("vault");
    Files.createDirectory(root);
    ObjectStore vault = new LocalObjectStore(root, Privacy.PRIVATE);
    vault.put("a/b/c", file("x"));
    vault.create("a/d", bytes("x"));
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as(path.toString())
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void nothingUnfinishedIsLeftNorListed() throws IOException {
    put("key", "x");
    assertThatThrownBy(() -> store.put("other", folder.resolve("no such file")))
        .satisfies(hasCode(ErrorCode.STORE_UNAVAILABLE));
    Path unfinished = folder.resolve("root").resolve(LocalObjectStore.UNFINISHED);
    assertThat(unfinished).isEmptyDirectory();
    Files.writeString(unfinished.resolve("left by a crash"), "half");
    assertThat(keys("")).containsExactly("key");
    assertThat(keys(LocalObjectStore.UNFINISHED)).isEmpty();
    assertThatThrownBy(() -> store.find(LocalObjectStore.UNFINISHED + "/left by a crash"))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
  }

  @Test
  void aNameThatCanBeNoKeyHidesNoOther() throws IOException {
    put("a", "x");
    Files.writeString(folder.resolve("root").resolve("b\nc"), "hostile");
    Files.createDirectories(folder.resolve("root").resolve("d\t"));
    Files.writeString(folder.resolve("root").resolve("d\t").resolve("e"), "hostile");
    put("f", "x");
    assertThat(keys("")).containsExactly("a", "f");
  }

  @Test
  void aFolderThatCannotBeLookedIntoIsNoEmptyOne() throws IOException {
    Path deep = folder;
    while (deep.toString().length() < 3_880) {
      deep = deep.resolve("d".repeat(100));
    }
    ObjectStore deepest = new LocalObjectStore(deep, Privacy.SHARED);
    String tooFar = "e".repeat(250) + "/" + "f".repeat(250) + "/";
    assertThatThrownBy(() -> deepest.list(tooFar))
        .satisfies(hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageContaining("cannot be listed");
  }

  @Test
  void messagesNameNoPath() {
    assertThatThrownBy(() -> store.put("key", folder.resolve("no such file")))
        .hasMessageNotContaining(folder.toString());
  }

  @Test
  void aChangeInPlaceChangesTheEtag() throws IOException {
    String before = put("key", "one").etag();
    Path path = store.findLocal("key").orElseThrow();
    Files.setLastModifiedTime(path, FileTime.fromMillis(1));
    assertThat(store.find("key").orElseThrow().etag()).isNotEqualTo(before);
  }
}
