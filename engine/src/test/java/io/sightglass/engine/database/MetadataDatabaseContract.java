package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the metadata database does, whichever it is. */
abstract class MetadataDatabaseContract {

  private static final int PROCESSES = 4;

  private enum Colour {
    RED
  }

  @TempDir java.nio.file.Path folder;

  DatabaseSettings settings;
  MetadataDatabase database;

  /** A database with nothing in it. */
  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    settings = emptyDatabase();
    database = MetadataDatabase.open(settings);
    database.inTransaction(transaction ->
        transaction.update(
            "CREATE TABLE thing (name TEXT NOT NULL PRIMARY KEY, amount BIGINT, at BIGINT,"
                + " day TEXT, good BOOLEAN, share DOUBLE PRECISION, colour TEXT)"));
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void everyTypeComesBackAsItWent() {
    Instant at = Instant.parse("2026-03-01T10:20:30.123456Z");
    insert("a", 7L, at, LocalDate.of(2026, 2, 28), true, 0.25, Colour.RED);
    insert("b", null, null, null, null, null, null);
    database.read(transaction -> {
      List<String> names =
          transaction.list(
              "SELECT * FROM thing ORDER BY name",
              row -> {
                if (row.text("name").equals("a")) {
                  assertThat(row.number("amount")).isEqualTo(7);
                  assertThat(row.instant("at")).isEqualTo(at);
                  assertThat(row.date("day")).isEqualTo("2026-02-28");
                  assertThat(row.flag("good")).isTrue();
                  assertThat(row.shareOrNull("share")).isEqualTo(0.25);
                  assertThat(row.constant(Colour.class, "colour")).isEqualTo(Colour.RED);
                } else {
                  assertThat(row.numberOrNull("amount")).isNull();
                  assertThat(row.instantOrNull("at")).isNull();
                  assertThat(row.dateOrNull("day")).isNull();
                  assertThat(row.shareOrNull("share")).isNull();
                  assertThat(row.textOrNull("colour")).isNull();
                  assertThatThrownBy(() -> row.flag("good")).hasMessageContaining("good");
                }
                return row.text("name");
              });
      assertThat(names).containsExactly("a", "b");
      return null;
    });
  }

  @Test
  void whatThrowsLeavesNothing() {
    assertThatThrownBy(() ->
            database.inTransaction(transaction -> {
              transaction.update("INSERT INTO thing (name) VALUES (?)", "a");
              throw new IllegalArgumentException("no");
            }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(count()).isZero();
  }

  @Test
  void aBatchIsOneTransaction() {
    List<List<String>> names = List.of(List.of("a"), List.of("b"), List.of("a"));
    assertThatThrownBy(() ->
            database.inTransaction(transaction -> {
              transaction.batch("INSERT INTO thing (name) VALUES (?)", names);
              return null;
            }))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    assertThat(count()).isZero();
  }

  @Test
  void aDuplicateKeyIsAConflictThatNamesNoValue() {
    insert("secret", null, null, null, null, null, null);
    assertThatThrownBy(() -> insert("secret", null, null, null, null, null, null))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
              assertThat(e.detail()).doesNotContain("secret");
            });
  }

  @Test
  void aMistakeInSqlIsInternal() {
    assertThatThrownBy(
            () -> database.inTransaction(transaction -> transaction.update("UPDATE nothing")))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
  }

  @Test
  void readingCannotWrite() {
    if (settings.isEmbedded()) {
      assertThatThrownBy(
              () -> database.read(tx -> tx.update("INSERT INTO thing (name) VALUES ('a')")))
          .isInstanceOf(EngineException.class);
    }
    assertThat(count()).isZero();
  }

  @Test
  void readingSeesOneStateAndWaitsForNoWriter() throws Exception {
    insert("a", null, null, null, null, null, null);
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<List<Long>> counts =
          threads.submit(() ->
              database.read(transaction -> {
                long before = count(transaction);
                reading.countDown();
                await(written);
                return List.of(before, count(transaction));
              }));
      reading.await();
      insert("b", null, null, null, null, null, null);
      written.countDown();
      assertThat(counts.get()).containsExactly(1L, 1L);
    }
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void noUpdateIsLostAmongManyWritersInTwoProcesses() throws Exception {
    insert("counter", 0L, null, null, null, null, null);
    int writers = 6;
    int rounds = 25;
    try (MetadataDatabase other = MetadataDatabase.open(settings);
        ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<?>> done = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        MetadataDatabase mine = writer % 2 == 0 ? database : other;
        done.add(
            threads.submit(() -> {
              for (int round = 0; round < rounds; round++) {
                addOne(mine);
              }
            }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
    assertThat(amount()).hasValue((long) writers * rounds);
  }

  /** Reads first and writes then, as a ledger would; a client tries again when others persist. */
  private static void addOne(MetadataDatabase database) {
    while (true) {
      try {
        database.inTransaction(transaction -> {
          long amount =
              transaction
                  .find("SELECT amount FROM thing", row -> row.number("amount"))
                  .orElseThrow();
          return transaction.update("UPDATE thing SET amount = ?", amount + 1);
        });
        return;
      } catch (EngineException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      }
    }
  }

  @Test
  void theSchemaIsMadeOnceAndKept() {
    insert("a", null, null, null, null, null, null);
    database.close();
    database = MetadataDatabase.open(settings);
    assertThat(count()).isEqualTo(1);
    List<String> alerts =
        database.read(tx -> tx.list("SELECT * FROM alert", row -> row.text("fingerprint")));
    assertThat(alerts).isEmpty();
  }

  @RepeatedTest(3)
  void severalProcessesMayStartAtOnce() throws Exception {
    DatabaseSettings fresh = emptyDatabase();
    CountDownLatch start = new CountDownLatch(PROCESSES);
    try (ExecutorService threads = Executors.newFixedThreadPool(PROCESSES)) {
      List<Future<MetadataDatabase>> opened = new ArrayList<>();
      for (int process = 0; process < PROCESSES; process++) {
        opened.add(
            threads.submit(() -> {
              start.countDown();
              start.await();
              return MetadataDatabase.open(fresh);
            }));
      }
      for (Future<MetadataDatabase> one : opened) {
        one.get().close();
      }
    }
  }

  @Test
  void settingsDoNotShowThePassword() {
    assertThat(new DatabaseSettings("jdbc:postgresql:x", "u", "geheim").toString())
        .doesNotContain("geheim");
  }

  private void insert(@Nullable Object... values) {
    database.inTransaction(transaction ->
        transaction.update(
            "INSERT INTO thing (name, amount, at, day, good, share, colour)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values));
  }

  private long count() {
    return database.read(MetadataDatabaseContract::count);
  }

  private static long count(Transaction transaction) {
    return transaction
        .find("SELECT count(*) AS n FROM thing", row -> row.number("n"))
        .orElseThrow();
  }

  private Optional<Long> amount() {
    return database.read(tx -> tx.find("SELECT amount FROM thing", row -> row.number("amount")));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
