package io.sightglass.engine.alert.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Row;
import io.sightglass.engine.database.Transaction;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The messages that are still to be sent, in the metadata database. Immutable.
 *
 * <p>A message is written in the transaction of what it tells, once per channel, so that no crash
 * loses it and none tells what did not happen. A sender takes it for a while, sends it, and notes
 * that it is sent. Only a crash, or a receiver that takes a message and does not say so, between
 * the last two leads to a repetition, under the same id.
 */
public final class Outbox {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, Long>> NUMBERS = new TypeReference<>() {};
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final AtomicLong LAST = new AtomicLong();
  private static final int RANDOM_BYTES = 6;

  /** Sent messages are kept for so long, to tell repetitions of their cause. */
  private static final Duration KEPT = Duration.ofDays(30);

  private static final String STILL_TAKEN = " WHERE id = ? AND state = 'SENDING' AND attempts = ?";

  private final List<String> channels;

  /**
   * An outbox.
   *
   * @param channels the names of those that every message goes to; none: nobody is told
   */
  public Outbox(List<String> channels) {
    this.channels = List.copyOf(channels);
  }

  /** Writes a message down, to be sent once the transaction is committed. */
  public void add(Transaction transaction, Message message, Instant now) {
    for (String channel : channels) {
      String id = newId(now);
      QualifiedName dataset = message.dataset();
      transaction.update(
          """
          INSERT INTO notification (id, channel, cause, event, subject, severity, title, detail,
            dataset, link, numbers, created_at, state, attempts, due_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAITING', 0, ?)
          ON CONFLICT (channel, cause) DO NOTHING
          """,
          id,
          channel,
          message.cause() == null ? id : message.cause(),
          message.event(),
          message.subject(),
          message.severity(),
          message.title(),
          message.detail(),
          dataset == null ? null : dataset.toString(),
          message.link(),
          text(message.numbers()),
          now,
          now);
    }
  }

  /** Whether there is something to take. */
  static boolean hasDue(Transaction transaction, String channel, Instant now) {
    return findDue(transaction, channel, now).isPresent();
  }

  /**
   * Takes the oldest message that is due, so that no other sender does before {@code until}; of one
   * subject never a later one before an earlier one is done.
   */
  static Optional<Notification> take(
      Transaction transaction, String channel, Instant now, Instant until) {
    return findDue(transaction, channel, now)
        .filter(due ->
            transaction.update(
                    """
                    UPDATE notification SET state = 'SENDING', attempts = attempts + 1, due_at = ?
                    WHERE id = ? AND state IN ('WAITING', 'SENDING') AND due_at <= ?
                    """,
                    until,
                    due.id(),
                    now)
                == 1);
  }

  private static Optional<Notification> findDue(
      Transaction transaction, String channel, Instant now) {
    return transaction.find(
        """
        SELECT * FROM notification AS due
        WHERE channel = ? AND state IN ('WAITING', 'SENDING') AND due_at <= ?
          AND NOT EXISTS (SELECT 1 FROM notification AS older
            WHERE older.channel = due.channel AND older.subject = due.subject
              AND older.state IN ('WAITING', 'SENDING') AND older.id < due.id)
        ORDER BY id LIMIT 1
        """,
        Outbox::notification,
        channel,
        now);
  }

  static void sent(Transaction transaction, Notification sent, Instant now) {
    transaction.update(
        "UPDATE notification SET state = 'SENT', error = NULL, ended_at = ? WHERE id = ?",
        now,
        sent.id());
  }

  /** Puts one off that could not be sent, unless another has taken it since, and perhaps sent. */
  static void putOff(Transaction transaction, Notification unsent, String error, Instant until) {
    transaction.update(
        "UPDATE notification SET state = 'WAITING', error = ?, due_at = ?" + STILL_TAKEN,
        error,
        until,
        unsent.id(),
        unsent.attempt());
  }

  /** Likewise. */
  static void giveUp(Transaction transaction, Notification unsent, String error, Instant now) {
    transaction.update(
        "UPDATE notification SET state = 'GIVEN_UP', error = ?, ended_at = ?" + STILL_TAKEN,
        error,
        now,
        unsent.id(),
        unsent.attempt());
  }

  /** Forgets what was sent, or given up, long ago. */
  static void forgetOld(Transaction transaction, Instant now) {
    transaction.update(
        "DELETE FROM notification WHERE state IN ('SENT', 'GIVEN_UP') AND ended_at < ?",
        now.minus(KEPT));
  }

  private static Notification notification(Row row) {
    String dataset = row.textOrNull("dataset");
    return new Notification(
        row.text("id"),
        row.text("channel"),
        new Message(
            row.constant(Message.Event.class, "event"),
            row.text("subject"),
            row.text("cause"),
            row.textOrNull("severity"),
            row.text("title"),
            row.text("detail"),
            dataset == null ? null : QualifiedName.parse(dataset),
            row.textOrNull("link"),
            numbers(row.text("numbers"))),
        row.instant("created_at"),
        row.number("attempts") + 1);
  }

  /** Grows with time, so that ids are in the order in which messages were written. */
  private static String newId(Instant now) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
    long number = LAST.updateAndGet(last -> Math.max(last + 1, micros));
    byte[] random = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(random);
    return "%014x-%s".formatted(number, HexFormat.of().formatHex(random));
  }

  private static String text(Map<String, Long> numbers) {
    try {
      return JSON.writeValueAsString(new TreeMap<>(numbers));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Numbers could not be written", e);
    }
  }

  private static Map<String, Long> numbers(String text) {
    try {
      return JSON.readValue(text, NUMBERS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Numbers of a notification could not be read", e);
    }
  }
}
