package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.FileCache.Lease;
import io.sightglass.engine.storage.FileCache.WantedFile;
import io.sightglass.engine.storage.TestingFaultProxy.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What passes is not noticed; what does not is said in words. */
class S3FaultsTest {

  private static final int SIZE = 300_000;

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static TestingS3 server;

  @SuppressWarnings("NullAway.Init")
  private static TestingFaultProxy wire;

  @SuppressWarnings("NullAway.Init")
  private static S3Connection connection;

  @SuppressWarnings("NullAway.Init")
  private static ObjectStore store;

  @BeforeAll
  static void start() {
    server = TestingS3.start(folder.resolve("buckets"), "lake");
    wire = new TestingFaultProxy(server.endpoint());
    connection = TestingS3.connect(wire.endpoint());
    store = TestingS3.store(connection, "lake", "store");
  }

  @AfterAll
  static void stop() {
    connection.close();
    wire.close();
    server.close();
  }

  @AfterEach
  void calm() {
    wire.rule(request -> Fault.NONE);
  }

  /** Every request meets the fault the first time. */
  private static AtomicInteger once(Fault fault) {
    AtomicInteger met = new AtomicInteger();
    wire.rule(request -> met.getAndIncrement() == 0 ? fault : Fault.NONE);
    return met;
  }

  private static void always(Fault fault) {
    wire.rule(request -> fault);
  }

  private static byte[] content(int seed, int size) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    return content;
  }

  private static Path file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void oneFaultIsNotNoticedByWhoWrites(Fault fault) throws IOException {
    byte[] content = content(fault.name().hashCode(), SIZE);
    once(fault);
    store.put("put/" + fault, file("put", content));
    once(fault);
    store.create("create/" + fault, content);
    assertThat(read("put/" + fault)).isEqualTo(content);
    assertThat(read("create/" + fault)).isEqualTo(content);
    once(fault);
    store.delete("put/" + fault);
    assertThat(store.find("put/" + fault)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FLIPPED_BIT", "FULL"})
  void oneFaultIsNotNoticedByWhoReads(Fault fault) throws IOException {
    byte[] content = content(fault.name().hashCode(), SIZE);
    store.create("read/" + fault, content);
    once(fault);
    assertThat(read("read/" + fault)).isEqualTo(content);
    once(fault);
    try (Stream<ObjectStore.StoredObject> objects = store.list("read/" + fault)) {
      assertThat(objects).hasSize(1);
    }
    once(fault);
    assertThat(store.find("read/" + fault)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void theCacheHoldsWhatWasStoredWhateverTheWireDoes(Fault fault) throws IOException {
    byte[] content = content(fault.name().hashCode(), SIZE);
    Path file = file("cached", content);
    store.put("cached/" + fault, file);
    WantedFile wanted = new WantedFile("cached/" + fault, SIZE, Digests.sha256(file));
    try (FileCache cache =
        new FileCache(store, folder.resolve("cache-" + fault), 1 << 20, InstantSource.system())) {
      AtomicInteger met = once(fault);
      try (Lease lease = cache.lease(List.of(wanted))) {
        assertThat(lease.paths().getFirst()).hasBinaryContent(content);
      }
      assertThat(met).hasValueGreaterThanOrEqualTo(fault == Fault.NONE ? 1 : 2);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"BUSY", "RESET", "FULL"})
  void aFaultThatStaysIsAClearFailure(Fault fault) throws IOException {
    store.create("stays/" + fault, content(3, SIZE));
    Path file = file("stays", content(4, SIZE));
    always(fault);
    assertThatThrownBy(() -> store.put("stays/other", file))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageMatching(".*(too busy|cannot be reached|does not answer|quota is full).*");
  }

  @Test
  void aLargeFileIsSentInPartsAndAnyOfThemAgain() throws IOException {
    byte[] content = content(5, (int) S3Upload.PART_BYTES * 2 + 12_345);
    Path file = file("large", content);
    AtomicInteger parts = new AtomicInteger();
    wire.rule(request ->
        request.path().contains("partNumber=") && parts.getAndIncrement() == 1
            ? Fault.RESET
            : Fault.NONE);
    store.put("large", file);
    assertThat(parts).hasValueGreaterThanOrEqualTo(4);
    assertThat(read("large")).isEqualTo(content);
    wire.rule(request -> request.path().contains("partNumber=2") ? Fault.RESET : Fault.NONE);
    assertThatThrownBy(() -> store.put("larger", file))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
    wire.rule(request -> Fault.NONE);
    assertThat(store.find("larger")).isEmpty();
    assertThat(
            connection.client().listMultipartUploads(request -> request.bucket("lake")).uploads())
        .isEmpty();
  }

  @Test
  void anObjectThatIsReplacedWhileItIsReadIsNotMixed() throws IOException {
    store.put("mixed", file("one", content(6, SIZE)));
    AtomicInteger requests = new AtomicInteger();
    wire.rule(request -> requests.getAndIncrement() == 0 ? Fault.CUT_AT_HALF : Fault.NONE);
    try (InputStream in = store.read("mixed", 0)) {
      in.readNBytes(1000);
      store.put("mixed", file("two", content(7, SIZE)));
      assertThatThrownBy(in::readAllBytes)
          .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
          .hasMessageContaining("replaced");
    }
  }

  @Test
  void whatIsWrongWithTheDeploymentIsSaidInWords() {
    ObjectStore elsewhere = TestingS3.store(connection, "no-such-bucket", "");
    assertThatThrownBy(() -> elsewhere.create("key", "x".getBytes(UTF_8)))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageContaining("no bucket");
    assertThatThrownBy(() -> elsewhere.list(""))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageContaining("no bucket");
    try (S3Connection stranger = TestingS3.connect(server.endpoint(), "wrong-secret")) {
      ObjectStore closed = TestingS3.store(stranger, "lake", "store");
      assertThatThrownBy(() -> closed.list("")).hasMessageContaining("credentials");
      assertThatThrownBy(() -> closed.find("key")).hasMessageContaining("credentials");
      assertThatThrownBy(() -> closed.read("key", 0)).hasMessageContaining("credentials");
    }
  }

  private static byte[] read(String key) throws IOException {
    try (InputStream in = store.read(key, 0)) {
      return in.readAllBytes();
    } catch (EngineException e) {
      throw new AssertionError(e);
    }
  }
}
