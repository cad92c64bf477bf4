package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.FirstAnswers.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is created once per key, whichever database says so. */
abstract class FirstAnswersContract {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir java.nio.file.Path folder;

  private final AtomicInteger made = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private MetadataDatabase database;

  @SuppressWarnings("NullAway.Init")
  private Leases leases;

  /** A database with nothing in it. */
  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    database = MetadataDatabase.open(emptyDatabase());
    leases = Leases.open(database, "one", LONG);
  }

  @AfterEach
  void close() {
    leases.close();
    database.close();
  }

  private Answer make() {
    return new Answer(201, "/v1/things/" + made.incrementAndGet(), "{\"är\": 1}");
  }

  private FirstAnswers answers() {
    return new FirstAnswers(leases, LONG);
  }

  @Test
  void anotherProcessGivesTheFirstAnswerToo() {
    Answer first = answers().once("a", "x", this::make);
    assertThat(first.location()).isEqualTo("/v1/things/1");
    leases.close();
    leases = Leases.open(database, "two", LONG);
    assertThat(answers().once("a", "x", this::make)).isEqualTo(first);
    assertThat(answers().once("b", "x", this::make).location()).isEqualTo("/v1/things/2");
    assertThatThrownBy(() -> answers().once("a", "y", this::make))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH));
    assertThat(made).hasValue(2);
  }

  @Test
  void ofManyAtOnceOneCreates() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8);
        Leases others = Leases.open(database, "two", LONG)) {
      List<Callable<Answer>> requests = new ArrayList<>();
      for (int request = 0; request < 8; request++) {
        Leases of = request % 2 == 0 ? leases : others;
        requests.add(() -> new FirstAnswers(of, LONG).once("a", "x", this::make));
      }
      Set<Answer> answers = new HashSet<>();
      for (Future<Answer> answer : threads.invokeAll(requests)) {
        answers.add(answer.get());
      }
      assertThat(answers).hasSize(1);
      assertThat(made).hasValue(1);
    }
  }

  @Test
  void whatFailsIsNotNoted() {
    assertThatThrownBy(() ->
            answers()
                .once(
                    "a",
                    "x",
                    () -> {
                      throw new EngineException(ErrorCode.NOT_FOUND, "nothing there");
                    }))
        .hasMessageContaining("nothing there");
    assertThat(answers().once("a", "x", this::make).status()).isEqualTo(201);
  }

  @Test
  void whoComesWhileTheFirstIsAtWorkIsToldSo() {
    FirstAnswers impatient = new FirstAnswers(leases, Duration.ofMillis(100));
    try (Leases.Lease first = leases.tryTake("request a").orElseThrow()) {
      assertThat(first.isHeld()).isTrue();
      assertThatThrownBy(() -> impatient.once("a", "x", this::make))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    }
    assertThat(impatient.once("a", "x", this::make).status()).isEqualTo(201);
  }

  @Test
  void aDayLaterTheKeyIsNew() {
    answers().once("a", "x", this::make);
    database.inTransaction(transaction ->
        transaction.update(
            "UPDATE request SET answered_at = answered_at - ?",
            Duration.ofHours(25).toNanos() / 1000));
    assertThat(answers().once("a", "y", this::make).location()).isEqualTo("/v1/things/2");
    assertThat(answers().once("a", "y", this::make).location()).isEqualTo("/v1/things/2");
  }
}
