package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;

/**
 * Loads that something broke are tried again by themselves, after growing pauses, a few times;
 * meanwhile they are FOUND, and say why they wait. Then they are FAILED until somebody retries
 * them. Immutable.
 */
public final class LoadRetries {

  /** How often a load is tried before it is FAILED. */
  public static final int MOST_ATTEMPTS = 5;

  /**
   * How often one is begun at once whose process has ended: whoever kills many meets some twice.
   */
  public static final int MOST_DEATHS = 10;

  /** How the error of an attempt begins whose process has ended. */
  public static final String STOPPED =
      "The service stopped before the commit; nothing of it is visible";

  private static final String DEAD = "LIKE ?";
  private static final String FAILED = "NOT LIKE ?";

  /** Then two minutes, eight, and half an hour: what passes by itself has passed by then. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);

  private static final int GROWTH = 4;

  private final MetadataDatabase database;
  private final InstantSource clock;

  public LoadRetries(MetadataDatabase database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Puts a RUNNING load off that has failed. Attempts that ended with their process do not count.
   *
   * @return false when it has been tried often enough; nothing is changed then
   */
  public boolean putOff(LedgerEntry entry, LoadOutcome failed) {
    return database.inTransaction(transaction ->
        putOff(transaction, entry, failed, attempts(transaction, entry.id(), FAILED), 0));
  }

  /**
   * The same of a load whose process has ended with it, {@link #MOST_DEATHS} times before.
   *
   * @param died its reason begins with {@link #STOPPED}
   */
  public boolean putOffDead(LedgerEntry entry, LoadOutcome died) {
    return database.inTransaction(transaction -> {
      int deaths = attempts(transaction, entry.id(), DEAD) + 1;
      return putOff(transaction, entry, died, deaths, MOST_DEATHS);
    });
  }

  /** How many attempts of a load have ended with their process. */
  public int deaths(String id) {
    return database.read(transaction -> attempts(transaction, id, DEAD));
  }

  /**
   * Puts it off.
   *
   * @param free so many of the attempts have no pause behind them
   */
  private boolean putOff(
      Transaction transaction, LedgerEntry entry, LoadOutcome failed, int attempts, int free) {
    if (attempts >= MOST_ATTEMPTS + free) {
      return false;
    }
    Instant now = clock.instant();
    Instant until = now.plus(pause(attempts - free));
    int put =
        transaction.update(
            """
            UPDATE loads SET state = 'FOUND', code = ?, reason = ?, due_at = ?, ended_at = NULL,
              holder = NULL
            WHERE id = ? AND state = 'RUNNING' AND coalesce(holder, '') = ?\
            """,
            failed.code(),
            "Attempt %d of %d failed, the next is due at %s: %s"
                .formatted(attempts, MOST_ATTEMPTS + free, until, failed.reason()),
            until,
            entry.id(),
            LedgerStates.holder(entry));
    if (put == 1) {
      LedgerStates.endAttempt(transaction, entry.id(), failed.attemptError(), now);
    }
    return put == 1;
  }

  private static int attempts(Transaction transaction, String id, String which) {
    return transaction
        .list(
            "SELECT number FROM load_attempts WHERE load_id = ? AND coalesce(error, '') " + which,
            row -> row.number("number"),
            id,
            STOPPED + "%")
        .size();
  }

  private static Duration pause(int attempts) {
    return FIRST_PAUSE.multipliedBy((long) Math.pow(GROWTH, attempts - 1));
  }

  /** Loads whose next attempt is not due yet. */
  public Set<String> waiting() {
    return database.read(transaction ->
        Set.copyOf(
            transaction.list(
                "SELECT id FROM loads WHERE state = 'FOUND' AND due_at > ?",
                row -> row.text("id"),
                clock.instant())));
  }

  /** The time until the next attempt is due, if that is less than {@code most}. */
  public Duration within(Duration most) {
    Instant now = clock.instant();
    return database
        .read(transaction ->
            transaction.find(
                """
                SELECT due_at FROM loads WHERE state = 'FOUND' AND due_at > ?
                ORDER BY due_at LIMIT 1\
                """,
                row -> row.instant("due_at"),
                now))
        .map(due -> Duration.between(now, due))
        .filter(wait -> wait.compareTo(most) < 0)
        .orElse(most);
  }

  /**
   * Makes the next attempt due now.
   *
   * @param accepted codes that shall not quarantine its object
   * @return false when the load does not wait for one
   */
  public boolean hurry(String id, Set<String> accepted) {
    Instant now = clock.instant();
    return database.inTransaction(transaction ->
        transaction.update(
                """
                UPDATE loads SET due_at = NULL, code = NULL, reason = NULL, accepted = ?
                WHERE id = ? AND state = 'FOUND' AND due_at > ?\
                """,
                String.join(",", accepted),
                id,
                now)
            == 1);
  }
}
