package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ObjectStore} keeps to. A subclass gives the store. */
abstract class ObjectStoreContract {

  @TempDir Path folder;

  ObjectStore store;

  /** A store with nothing in it. */
  abstract ObjectStore emptyStore() throws IOException;

  @BeforeEach
  void open() throws IOException {
    store = emptyStore();
  }

  @Test
  void whatIsPutIsFoundListedAndRead() throws IOException {
    StoredObject put = put("a/b/c.csv", "hello");
    assertThat(put.size()).isEqualTo(5);
    assertThat(put.key()).isEqualTo("a/b/c.csv");
    assertThat(store.find("a/b/c.csv")).contains(put);
    assertThat(keys("")).containsExactly("a/b/c.csv");
    assertThat(text("a/b/c.csv", 0)).isEqualTo("hello");
  }

  @Test
  void readsFromAnOffset() throws IOException {
    put("key", "0123456789");
    assertThat(text("key", 7)).isEqualTo("789");
    assertThat(text("key", 10)).isEmpty();
  }

  @Test
  void theEmptyObjectIsAnObject() throws IOException {
    assertThat(put("empty", "").size()).isZero();
    assertThat(text("empty", 0)).isEmpty();
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(store.find("nothing")).isEmpty();
    assertThat(store.find("nothing/below")).isEmpty();
    assertThat(keys("nothing")).isEmpty();
    assertThat(store.findLocal("nothing")).isEmpty();
    assertThatThrownBy(() -> store.read("nothing", 0)).satisfies(hasCode(ErrorCode.NOT_FOUND));
    store.delete("nothing");
  }

  @Test
  void aSecondPutReplacesAndChangesTheEtag() throws IOException {
    StoredObject first = put("key", "one");
    StoredObject second = put("key", "two");
    assertThat(second.etag()).isNotEqualTo(first.etag());
    assertThat(text("key", 0)).isEqualTo("two");
    assertThat(keys("")).containsExactly("key");
  }

  @Test
  void createRefusesOtherContentAndAcceptsTheSame() throws IOException {
    StoredObject created = store.create("key", bytes("one"));
    assertThat(store.create("key", bytes("one")).etag()).isEqualTo(created.etag());
    assertThatThrownBy(() -> store.create("key", bytes("two")))
        .satisfies(hasCode(ErrorCode.CONFLICT));
    assertThat(text("key", 0)).isEqualTo("one");
  }

  @Test
  void ofManyWhoCreateOneKeyOneWins() throws Exception {
    int racers = 8;
    for (int round = 0; round < 10; round++) {
      String key = "race/" + round;
      CountDownLatch start = new CountDownLatch(racers);
      List<Callable<Boolean>> tries = new ArrayList<>();
      for (int racer = 0; racer < racers; racer++) {
        byte[] content = bytes("content of " + racer);
        tries.add(() -> {
          start.countDown();
          start.await();
          try {
            store.create(key, content);
            return true;
          } catch (EngineException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
            return false;
          }
        });
      }
      int winners = 0;
      try (ExecutorService threads = Executors.newFixedThreadPool(racers)) {
        for (Future<Boolean> won : threads.invokeAll(tries)) {
          winners += won.get() ? 1 : 0;
        }
      }
      assertThat(winners).as("round %d", round).isEqualTo(1);
      assertThat(text(key, 0)).startsWith("content of ");
    }
  }

  @Test
  void aReaderSeesOneContentOrTheOtherWhileItIsReplaced() throws Exception {
    String one = "1".repeat(300_000);
    String two = "2".repeat(300_000);
    put("key", one);
    Path first = file(one);
    Path second = file(two);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer =
          threads.submit(() -> {
            for (int round = 0; round < 40; round++) {
              store.put("key", round % 2 == 0 ? second : first);
            }
          });
      do {
        assertThat(undamaged("key")).isIn(one, two);
      } while (!writer.isDone());
      writer.get();
    }
  }

  @Test
  void deletedIsGone() throws IOException {
    put("a/b", "x");
    put("a/c", "y");
    store.delete("a/b");
    store.delete("a");
    assertThat(keys("")).containsExactly("a/c");
  }

  @Test
  void listsByPrefixInKeyOrder() throws IOException {
    List<String> all =
        List.of(
            "a",
            "b!/x",
            "b-c",
            "b/a",
            "b/b/c",
            "b/é",
            "b0",
            "ba/x",
            "c=1/d=%2F/x y.parquet",
            "e+f/%20 +&<.csv",
            "日/本");
    for (String key : all.reversed()) {
      put(key, key);
    }
    assertThat(keys("")).containsExactlyElementsOf(all);
    assertThat(keys("b")).containsExactly("b!/x", "b-c", "b/a", "b/b/c", "b/é", "b0", "ba/x");
    assertThat(keys("b/")).containsExactly("b/a", "b/b/c", "b/é");
    assertThat(keys("b/b")).containsExactly("b/b/c");
    assertThat(keys("c=1/d=%2F/x")).containsExactly("c=1/d=%2F/x y.parquet");
    assertThat(text("日/本", 0)).isEqualTo("日/本");
  }

  @Test
  void listsMoreThanOnePage() throws Exception {
    try (ExecutorService writers = Executors.newFixedThreadPool(8)) {
      List<Future<?>> created = new ArrayList<>();
      for (int index = 0; index < 1_100; index++) {
        String key = "many/%04d".formatted(index);
        created.add(writers.submit(() -> store.create(key, bytes("x"))));
      }
      for (Future<?> one : created) {
        one.get();
      }
    }
    assertThat(keys("many/")).hasSize(1_100).isSorted();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "a/./b",
        ".",
        "a//b",
        "a/",
        "a\u0000b",
        "a\nb"
      })
  void refusesKeysThatCouldLeadElsewhere(String key) throws IOException {
    Path content = file("x");
    assertThatThrownBy(() -> store.put(key, content)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.create(key, bytes("x")))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.read(key, 0)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.find(key)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.delete(key)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.findLocal(key)).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
  }

  @Test
  void refusesPrefixesThatCouldLeadElsewhere() {
    assertThatThrownBy(() -> keys("../")).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> keys("/etc/")).satisfies(hasCode(ErrorCode.INVALID_REQUEST));
  }

  @Test
  void refusesKeysThatAreTooLong() {
    assertThatThrownBy(() -> store.find("x".repeat(256)))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(() -> store.find("x/".repeat(600) + "y"))
        .satisfies(hasCode(ErrorCode.INVALID_REQUEST));
  }

  @Test
  void theRootIsAnUriWithoutAClosingSlash() {
    assertThat(store.uri()).matches("(file|s3):/.*[^/]");
  }

  static Consumer<Throwable> hasCode(ErrorCode code) {
    return failure ->
        assertThat(failure)
            .isInstanceOfSatisfying(
                EngineException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  StoredObject put(String key, String content) throws IOException {
    return store.put(key, file(content));
  }

  Path file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "content", ".tmp"), content);
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  String text(String key, long offset) throws IOException {
    try (InputStream in = store.read(key, offset)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /**
   * The whole of an object that others replace. S3Proxy looks at the digest and opens the file at
   * two moments: what it sends in between is told as damaged, and read again.
   */
  private String undamaged(String key) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return text(key, 0);
      } catch (DamagedTransferException e) {
        if (attempt == 5) {
          throw e;
        }
      }
    }
  }

  List<String> keys(String prefix) {
    try (Stream<StoredObject> objects = store.list(prefix)) {
      return objects.map(StoredObject::key).toList();
    }
  }
}
