package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.FileCache.Lease;
import io.sightglass.engine.storage.FileCache.WantedFile;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCacheTest {

  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  @TempDir Path folder;

  private TestingObjectStore store;
  private FileCache cache;

  @BeforeEach
  void open() {
    store = TestingObjectStore.remote(folder.resolve("store"));
    cache = newCache(1000);
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private FileCache newCache(long limit) {
    return new FileCache(store, folder.resolve("cache"), limit, CLOCK);
  }

  @Test
  void filesOfALocalStoreAreUsedInPlace() {
    TestingObjectStore local = TestingObjectStore.local(folder.resolve("store"));
    WantedFile file = stored("a", 10);
    try (FileCache inPlace = new FileCache(local, folder.resolve("other"), 1000, CLOCK);
        Lease lease = inPlace.lease(List.of(file))) {
      assertThat(lease.paths()).containsExactly(local.findLocal("a").orElseThrow());
      assertThat(local.count(Operation.READ)).isZero();
    }
  }

  @Test
  void aFileIsFetchedOnceAndKept() throws IOException {
    WantedFile a = stored("a", 10);
    WantedFile b = stored("b/c", 20);
    try (Lease lease = cache.lease(List.of(b, a))) {
      assertThat(lease.paths()).hasSize(2);
      assertThat(lease.paths().getFirst()).hasSize(20);
      assertThat(lease.paths().getLast()).hasSize(10);
    }
    cache.lease(List.of(a, a)).close();
    assertThat(store.count(Operation.READ)).isEqualTo(2);
    assertThat(cache.statistics()).isEqualTo(new FileCache.Statistics(30, 2, 2, 0));
  }

  @Test
  void manyWhoAskAtOnceWaitForOneFetch() throws Exception {
    WantedFile file = stored("a", 10);
    int askers = 16;
    CountDownLatch asked = new CountDownLatch(askers);
    store.intercept((operation, key, call) -> {
      await(asked);
      return call.run();
    });
    try (ExecutorService threads = Executors.newFixedThreadPool(askers)) {
      List<Future<Path>> paths = new ArrayList<>();
      for (int asker = 0; asker < askers; asker++) {
        paths.add(
            threads.submit(() -> {
              asked.countDown();
              try (Lease lease = cache.lease(List.of(file))) {
                return lease.paths().getFirst();
              }
            }));
      }
      for (Future<Path> path : paths) {
        assertThat(path.get()).hasSize(10);
      }
    }
    assertThat(store.count(Operation.READ)).isEqualTo(1);
  }

  @Test
  void theLeastRecentlyUsedGoes() {
    List<WantedFile> files = IntStream.range(0, 5).mapToObj(i -> stored("f" + i, 250)).toList();
    files.subList(0, 4).forEach(this::use);
    use(files.get(0));
    use(files.get(4));
    assertThat(cache.statistics().evictions()).isEqualTo(1);
    long before = store.count(Operation.READ);
    use(files.get(0));
    assertThat(store.count(Operation.READ)).isEqualTo(before);
    use(files.get(1));
    assertThat(store.count(Operation.READ)).isEqualTo(before + 1);
    assertThat(cache.statistics().bytes()).isEqualTo(1000);
    assertThat(bytesOnDisk()).isEqualTo(1000);
  }

  @Test
  void aFileInUseStaysEvenBeyondTheLimit() {
    WantedFile large = stored("large", 900);
    WantedFile larger = stored("larger", 950);
    try (Lease first = cache.lease(List.of(large));
        Lease second = cache.lease(List.of(larger))) {
      assertThat(first.paths().getFirst()).exists();
      assertThat(second.paths().getFirst()).exists();
      assertThat(cache.statistics().bytes()).isEqualTo(1850);
    }
    assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(1000);
    assertThat(bytesOnDisk()).isLessThanOrEqualTo(1000);
  }

  @Test
  void aDiskThatIsSmallerThanTheLimitHoldsWhatWasUsedLast() throws Exception {
    cache.close();
    String disk = folder.resolve("cache").toString();
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk),
        "No file system can be mounted here: that takes root");
    try {
      cache = newCache(1_000_000);
      List<WantedFile> files =
          IntStream.range(0, 9).mapToObj(i -> stored("f" + i, 20_000)).toList();
      files.forEach(this::use);
      try (Lease held = cache.lease(files.subList(6, 9))) {
        assertThat(held.paths()).allSatisfy(path -> assertThat(path).exists());
        assertThatThrownBy(() -> use(files.getFirst()))
            .hasMessageContaining("The disk of the file cache is full");
      }
      use(files.getFirst());
      assertThat(cache.statistics().bytes()).isEqualTo(bytesOnDisk());
      cache.close();
    } finally {
      assertThat(run("umount", disk)).isTrue();
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  @Test
  void closingALeaseTwiceReleasesItOnce() {
    WantedFile file = stored("a", 900);
    Lease one = cache.lease(List.of(file));
    Lease other = cache.lease(List.of(file));
    one.close();
    one.close();
    use(stored("b", 900));
    assertThat(other.paths().getFirst()).exists();
    other.close();
  }

  @Test
  void aBrokenTransferIsResumedWhereItBroke() {
    WantedFile file = stored("a", 100);
    AtomicInteger reads = new AtomicInteger();
    store.intercept((operation, key, call) ->
        reads.incrementAndGet() <= 3
            ? TestingObjectStore.breakingAfter(30, (InputStream) call.run())
            : call.run());
    try (Lease lease = cache.lease(List.of(file))) {
      assertThat(lease.paths().getFirst()).hasSize(100);
    }
    assertThat(reads).hasValue(4);
  }

  @Test
  void aTransferThatNeverEndsWellFailsAndLeavesNothing() {
    WantedFile file = stored("a", 100);
    store.intercept(
        (operation, key, call) -> TestingObjectStore.breakingAfter(1, (InputStream) call.run()));
    assertThatThrownBy(() -> cache.lease(List.of(file)))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
    assertThat(bytesOnDisk()).isZero();
    assertThat(cache.statistics().bytes()).isZero();
    store.calm();
    use(file);
  }

  @Test
  void aFlippedBitIsFetchedAgain() {
    WantedFile file = stored("a", 100);
    AtomicInteger reads = new AtomicInteger();
    store.intercept((operation, key, call) ->
        reads.incrementAndGet() == 1
            ? TestingObjectStore.flipped((InputStream) call.run())
            : call.run());
    use(file);
    assertThat(reads).hasValue(2);
  }

  @Test
  void anObjectThatDiffersFromItsDigestIsRefused() {
    WantedFile file = stored("a", 100);
    WantedFile other = new WantedFile(file.key(), file.size(), "0".repeat(64));
    assertThatThrownBy(() -> cache.lease(List.of(other)))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageContaining("digest");
    WantedFile shorter = new WantedFile(file.key(), 99, null);
    assertThatThrownBy(() -> cache.lease(List.of(shorter))).isInstanceOf(EngineException.class);
    WantedFile longer = new WantedFile(file.key(), 101, null);
    assertThatThrownBy(() -> cache.lease(List.of(longer))).isInstanceOf(EngineException.class);
    assertThat(bytesOnDisk()).isZero();
  }

  @Test
  void oneMissingFileFailsTheWholeLease() {
    WantedFile there = stored("a", 10);
    WantedFile missing = new WantedFile("missing", 10, null);
    assertThatThrownBy(() -> cache.lease(List.of(there, missing)))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.NOT_FOUND));
    use(stored("b", 995));
    assertThat(cache.statistics().bytes()).isEqualTo(995);
  }

  @Test
  void copiesSurviveARestartAndAreCheckedAgain() throws IOException {
    WantedFile good = stored("good", 100);
    WantedFile bad = stored("bad", 100);
    use(good);
    Path spoilt;
    try (Lease lease = cache.lease(List.of(bad))) {
      spoilt = lease.paths().getFirst();
    }
    cache.close();
    Files.write(spoilt, new byte[100]);
    Files.writeString(folder.resolve("cache").resolve("x.parquet.unfinished"), "half");

    cache = newCache(1000);
    long before = store.count(Operation.READ);
    use(good);
    assertThat(store.count(Operation.READ)).isEqualTo(before);
    use(bad);
    assertThat(store.count(Operation.READ)).isEqualTo(before + 1);
    assertThat(bytesOnDisk()).isEqualTo(200);
  }

  @Test
  void aRestartWithALowerLimitKeepsIt() {
    IntStream.range(0, 4).forEach(i -> use(stored("f" + i, 200)));
    cache.close();
    cache = newCache(500);
    assertThat(cache.statistics().bytes()).isEqualTo(400);
    assertThat(bytesOnDisk()).isEqualTo(400);
  }

  @Test
  void aCopyThatSomebodyRemovedIsFetchedAgain() throws IOException {
    WantedFile file = stored("a", 100);
    Path copy;
    try (Lease lease = cache.lease(List.of(file))) {
      copy = lease.paths().getFirst();
    }
    Files.delete(copy);
    use(file);
    assertThat(copy).hasSize(100);
    assertThat(cache.statistics().bytes()).isEqualTo(100);
  }

  @Test
  void aCopyThatSomebodyCutOffIsFetchedAgain() throws IOException {
    WantedFile file = stored("a", 100);
    Path copy;
    try (Lease lease = cache.lease(List.of(file))) {
      copy = lease.paths().getFirst();
    }
    Files.writeString(copy, "half");
    use(file);
    assertThat(copy).hasSize(100);
  }

  @Test
  void copiesThatWereCutOffBeforeARestartCountAsWhatTheyTakeAfterIt() throws IOException {
    List<WantedFile> files = IntStream.range(0, 4).mapToObj(i -> stored("f" + i, 200)).toList();
    for (WantedFile file : files) {
      try (Lease lease = cache.lease(List.of(file))) {
        Files.writeString(lease.paths().getFirst(), "half");
      }
    }
    cache.close();
    cache = newCache(500);
    files.forEach(this::use);
    assertThat(cache.statistics().bytes()).isEqualTo(400).isEqualTo(bytesOnDisk());
  }

  @Test
  void whoeverWaitsWhenTheCacheClosesIsTold() throws Exception {
    WantedFile file = stored("a", 100);
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    store.intercept((operation, key, call) -> {
      fetching.countDown();
      while (closed.getCount() > 0) {
        Thread.onSpinWait();
      }
      return call.run();
    });
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<Lease> waiting = threads.submit(() -> cache.lease(List.of(file)));
      fetching.await();
      cache.close();
      closed.countDown();
      assertThatThrownBy(waiting::get).hasCauseInstanceOf(EngineException.class);
    }
    assertThatThrownBy(() -> cache.lease(List.of(stored("b", 100))))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
    cache = newCache(1000);
  }

  @Test
  void aFolderServesOneCacheOnly() {
    assertThatThrownBy(() -> newCache(1000))
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
  }

  @Test
  void underLoadNoLeasedFileIsMissingAndTheLimitIsKeptAfterwards() throws Exception {
    List<WantedFile> files = IntStream.range(0, 30).mapToObj(i -> stored("f" + i, 100)).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> users = new ArrayList<>();
      for (int user = 0; user < 8; user++) {
        Random random = new Random(user);
        users.add(
            threads.submit(() -> {
              for (int round = 0; round < 200; round++) {
                List<WantedFile> some =
                    random.ints(3, 0, files.size()).mapToObj(files::get).toList();
                try (Lease lease = cache.lease(some)) {
                  lease.paths().forEach(path -> assertThat(path).hasSize(100));
                }
              }
            }));
      }
      for (Future<?> user : users) {
        user.get();
      }
    }
    assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(1000).isEqualTo(bytesOnDisk());
  }

  private void use(WantedFile file) {
    try (Lease lease = cache.lease(List.of(file))) {
      assertThat(lease.paths().getFirst()).hasSize(file.size());
    }
  }

  private WantedFile stored(String key, int size) {
    byte[] content = key.repeat(size).substring(0, size).getBytes(UTF_8);
    store.create(key, content);
    return new WantedFile(key, size, HexFormat.of().formatHex(Digests.sha256().digest(content)));
  }

  private long bytesOnDisk() {
    return quietly(() -> {
      try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
        return files
            .filter(path -> !path.endsWith("lock"))
            .mapToLong(p -> p.toFile().length())
            .sum();
      }
    });
  }

  private interface Risky<T> {
    T get() throws IOException;
  }

  private static <T> T quietly(Risky<T> risky) {
    Supplier<T> supplier =
        () -> {
          try {
            return risky.get();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    return supplier.get();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
