package io.sightglass.engine.alert.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.alert.notification.Channel.Answer;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of messages, whichever database keeps them. */
abstract class NotificationSenderContract {

  private static final Answer REFUSED = new Answer.Refused("It answered 500", null);

  @TempDir Path folder;

  private final TestingChannel one = new TestingChannel("one");
  private final TestingChannel two = new TestingChannel("two");
  private final Outbox outbox = new Outbox(List.of("one", "two"));
  private final List<String> watched = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private DatabaseSettings settings;
  private MetadataDatabase database;
  private NotificationSender sender;

  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    settings = emptyDatabase();
    database = MetadataDatabase.open(settings);
    sender = newSender(one, two);
  }

  private NotificationSender newSender(Channel... channels) {
    return new NotificationSender(
        database,
        () -> now,
        List.of(channels),
        new NotificationSender.Watcher() {
          @Override
          public void failing(String channel, String reason) {
            watched.add(channel + ": " + reason);
          }

          @Override
          public void delivered(String channel) {
            watched.add(channel);
          }
        });
  }

  @AfterEach
  void close() {
    sender.close();
    database.close();
  }

  private void tell(String subject, String title, @Nullable String cause) {
    database.inTransaction(transaction -> {
      outbox.add(transaction, message(subject, title, cause), now);
      return null;
    });
  }

  private static Message message(String subject, String title, @Nullable String cause) {
    return new Message(
        Message.Event.ALERT_OPENED,
        subject,
        cause,
        "HIGH",
        title,
        "detail",
        null,
        "/v1/alerts",
        Map.of("happenings", 1L));
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private List<String> states() {
    return database.read(transaction ->
        transaction.list(
            "SELECT channel, state FROM notification ORDER BY id",
            row -> row.text("channel") + " " + row.text("state")));
  }

  @Test
  void everyMessageGoesToEveryChannelOnceAndInOrder() {
    tell("a", "first", null);
    tell("a", "second", null);
    tell("b", "third", null);
    assertThat(sender.sendDue()).isEqualTo(6);
    assertThat(sender.sendDue()).isZero();
    assertThat(one.sent).containsExactly("a first 1", "a second 1", "b third 1");
    assertThat(two.sent).isEqualTo(one.sent);
    assertThat(states()).allMatch(state -> state.endsWith(" SENT"));
  }

  @Test
  void whatIsRolledBackIsNeverSent() {
    assertThatThrownBy(() ->
            database.inTransaction(transaction -> {
              outbox.add(transaction, message("a", "first", null), now);
              throw new IllegalStateException("crash");
            }))
        .hasMessage("crash");
    assertThat(sender.sendDue()).isZero();
  }

  @Test
  void ofTwoMessagesOfOneCauseOneIsSent() {
    tell("a", "first", "load 1");
    tell("a", "again", "load 1");
    tell("a", "other", "load 2");
    sender.sendDue();
    tell("a", "and again", "load 1");
    sender.sendDue();
    assertThat(one.sent).containsExactly("a first 1", "a other 1");
  }

  @Test
  void aChannelThatRefusesIsAskedAgainAfterGrowingPauses() {
    one.behaviour = notification -> REFUSED;
    tell("a", "first", null);
    List<Instant> attempts = new ArrayList<>();
    for (int seconds = 0; seconds < 400; seconds++) {
      int before = one.sent.size();
      sender.sendDue();
      if (one.sent.size() > before) {
        attempts.add(now);
      }
      pass(Duration.ofSeconds(1));
    }
    List<Long> pauses = new ArrayList<>();
    for (int index = 1; index < attempts.size(); index++) {
      pauses.add(Duration.between(attempts.get(index - 1), attempts.get(index)).toSeconds());
    }
    assertThat(pauses).hasSizeBetween(5, 7).isSorted();
    assertThat(pauses.getFirst()).isBetween(4L, 6L);
    assertThat(pauses.get(4)).isBetween(64L, 81L);
    assertThat(two.sent).containsExactly("a first 1");
    assertThat(watched).containsExactly("two", "one: It answered 500");
  }

  @Test
  void aMessageIsNotOvertakenByALaterOneOfItsSubject() {
    one.behaviour = notification -> REFUSED;
    tell("a", "first", null);
    sender.sendDue();
    tell("a", "second", null);
    tell("b", "other", null);
    one.behaviour = notification -> new Answer.Taken();
    one.sent.clear();
    sender.sendDue();
    assertThat(one.sent).as("while the channel rests").isEmpty();
    pass(Duration.ofSeconds(10));
    sender.sendDue();
    assertThat(one.sent).containsExactly("a first 2", "a second 1", "b other 1");
  }

  @Test
  void theReceiverMaySayWhenToComeAgain() {
    one.behaviour = notification -> new Answer.Refused("It answered 429", Duration.ofSeconds(90));
    tell("a", "first", null);
    sender.sendDue();
    pass(Duration.ofSeconds(89));
    sender.sendDue();
    assertThat(one.sent).hasSize(1);
    pass(Duration.ofSeconds(1));
    sender.sendDue();
    assertThat(one.sent).hasSize(2);
  }

  @Test
  void noReceiverPutsUsOffForLongerThanTheLongestPause() {
    one.behaviour = notification -> new Answer.Refused("It answered 429", Duration.ofDays(9999));
    tell("a", "first", null);
    sender.sendDue();
    pass(NotificationSender.LONGEST_PAUSE);
    sender.sendDue();
    assertThat(one.sent).hasSize(2);
  }

  @Test
  void afterADayItIsGivenUpAndTheNextOneGoesOut() {
    one.behaviour =
        notification -> {
          throw new IOException("https://hooks.example.org/secret refused");
        };
    tell("a", "first", null);
    for (int quarters = 0; quarters <= 4 * 24; quarters++) {
      sender.sendDue();
      pass(Duration.ofMinutes(15));
    }
    assertThat(states()).containsExactlyInAnyOrder("one GIVEN_UP", "two SENT");
    List<String> errors =
        database.read(transaction ->
            transaction.list(
                "SELECT error FROM notification WHERE channel = 'one'", row -> row.text("error")));
    assertThat(errors).containsExactly("It could not be reached: IOException");
    one.sent.clear();
    one.behaviour = notification -> new Answer.Taken();
    tell("a", "second", null);
    sender.sendDue();
    assertThat(one.sent).containsExactly("a second 1");
  }

  @Test
  void aCrashBetweenSendingAndNotingLosesNothing() {
    one.behaviour =
        notification -> {
          throw new Crash();
        };
    tell("a", "first", null);
    assertThatThrownBy(() -> sender.sendDue()).isInstanceOf(Crash.class);
    database.close();
    database = MetadataDatabase.open(settings);
    one.behaviour = notification -> new Answer.Taken();
    sender = newSender(one, two);
    sender.sendDue();
    assertThat(one.sent).as("another may still be sending it").containsExactly("a first 1");
    assertThat(two.sent).containsExactly("a first 1");
    pass(NotificationSender.LEASE);
    sender.sendDue();
    sender.sendDue();
    assertThat(one.sent).containsExactly("a first 1", "a first 2");
    assertThat(states()).allMatch(state -> state.endsWith(" SENT"));
  }

  @Test
  void whoWasAsleepWhileAnotherSentItDoesNotHaveItSentAgain() {
    TestingChannel ofAnother = new TestingChannel("one");
    one.behaviour =
        notification -> {
          pass(NotificationSender.LEASE);
          newSender(ofAnother).sendDue();
          throw new IOException("the connection has gone meanwhile");
        };
    tell("a", "first", null);
    sender.sendDue();
    assertThat(ofAnother.sent).containsExactly("a first 2");
    pass(NotificationSender.LONGEST_PAUSE);
    sender.sendDue();
    assertThat(one.sent).containsExactly("a first 1");
    assertThat(states()).allMatch(state -> state.endsWith(" SENT"));
  }

  /** Nothing may catch it. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aFaultOfAChannelIsNoEndOfIt() {
    one.behaviour =
        notification -> {
          throw new IllegalStateException("a bug");
        };
    tell("a", "first", null);
    assertThatThrownBy(() -> sender.sendDue()).hasMessage("a bug");
    pass(NotificationSender.LEASE);
    one.behaviour = notification -> new Answer.Taken();
    sender.sendDue();
    assertThat(states()).allMatch(state -> state.endsWith(" SENT"));
  }

  @Test
  void severalSendersSendNothingTwice() throws Exception {
    for (int index = 0; index < 40; index++) {
      tell("subject " + index % 7, "message " + index, null);
    }
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Set<String> twice = ConcurrentHashMap.newKeySet();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> replicas = new ArrayList<>();
      for (int replica = 0; replica < 4; replica++) {
        TestingChannel channel = new TestingChannel("one");
        channel.behaviour =
            notification -> {
              if (!seen.add(notification.id())) {
                twice.add(notification.id());
              }
              return new Answer.Taken();
            };
        NotificationSender other = newSender(channel);
        replicas.add(
            threads.submit(() -> {
              while (seen.size() < 40) {
                other.sendDue();
              }
            }));
      }
      for (Future<?> replica : replicas) {
        replica.get();
      }
    }
    assertThat(seen).hasSize(40);
    assertThat(twice).isEmpty();
  }
}
