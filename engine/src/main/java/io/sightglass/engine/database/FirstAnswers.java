package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The first answers to requests that create something and say by a key which they are, for 24
 * hours, whichever process of the deployment gave them. Thread-safe.
 *
 * <p>A process that dies between what it creates and the note of its answer leaves no answer: the
 * same request is then run anew.
 */
public final class FirstAnswers {

  private static final Duration KEPT = Duration.ofHours(24);
  private static final long LOOK_AGAIN_MILLIS = 50;

  private final MetadataDatabase database;
  private final Leases leases;
  private final Duration patience;

  /**
   * Answers in the leases' database.
   *
   * @param patience with a request of the same key that is at work
   */
  public FirstAnswers(Leases leases, Duration patience) {
    this.database = leases.database();
    this.leases = leases;
    this.patience = patience;
  }

  /**
   * What was answered.
   *
   * @param status of HTTP
   * @param location of what was created; null: it has none
   * @param text the body
   */
  public record Answer(int status, @Nullable String location, String text) {}

  private record Noted(String body, Answer answer) {}

  /**
   * Runs {@code create}, or gives its first answer again.
   *
   * @param id a digest of whose request it is, and which
   * @param body a digest of all that decides what is created
   * @throws EngineException {@code IDEMPOTENCY_MISMATCH} when the key came with another body;
   *     {@code CONFLICT} when a request of the key is still at work; what {@code create} throws,
   *     and then nothing is noted
   */
  public Answer once(String id, String body, Supplier<Answer> create) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<Answer> known = find(id, body);
      if (known.isPresent()) {
        return known.get();
      }
      Optional<Leases.Lease> taken = leases.tryTake("request " + id);
      if (taken.isPresent()) {
        try {
          Optional<Answer> meanwhile = find(id, body);
          return meanwhile.isPresent() ? meanwhile.get() : noted(id, body, create.get());
        } finally {
          taken.get().close();
        }
      }
      if (System.nanoTime() > deadline) {
        throw new EngineException(
                ErrorCode.CONFLICT,
                "Idempotency-Key: the first request with it is still at work; send it again later")
            .retryAfter(patience);
      }
      pause();
    }
  }

  private Optional<Answer> find(String id, String body) {
    Optional<Noted> noted =
        database.read(transaction ->
            transaction.find(
                "SELECT body, status, location, answer FROM request WHERE id = ? AND answered_at >= ?",
                row ->
                    new Noted(
                        row.text("body"),
                        new Answer(
                            (int) row.number("status"),
                            row.textOrNull("location"),
                            row.text("answer"))),
                id,
                database.now(transaction).minus(KEPT)));
    if (noted.isPresent() && !noted.get().body().equals(body)) {
      throw new EngineException(
          ErrorCode.IDEMPOTENCY_MISMATCH,
          "Idempotency-Key: used before with another body; allowed: the same body, or a new key");
    }
    return noted.map(Noted::answer);
  }

  private Answer noted(String id, String body, Answer answer) {
    database.inTransaction(transaction -> {
      transaction.update(
          "DELETE FROM request WHERE answered_at < ?", database.now(transaction).minus(KEPT));
      return transaction.update(
          "INSERT INTO request (id, body, answered_at, status, location, answer) VALUES (?, ?, ?, ?, ?, ?)"
              + " ON CONFLICT (id) DO NOTHING",
          id,
          body,
          database.now(transaction),
          answer.status(),
          answer.location(),
          answer.text());
    });
    // Another has answered when this process was taken for dead.
    return find(id, body).orElse(answer);
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_AGAIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The service stops", e);
    }
  }
}
