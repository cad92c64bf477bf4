package io.sightglass.engine.alert.notification;

import io.sightglass.engine.alert.notification.Channel.Answer;
import io.sightglass.engine.database.MetadataDatabase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what waits in the outbox, each channel on a thread of its own, so that a receiver that is
 * slow or down delays no other and nothing else. Thread-safe; several processes may send from one
 * outbox.
 *
 * <p>What a receiver does not take is sent again, after growing pauses, for a day; then it is given
 * up. A channel that has refused rests for a while, whatever else waits for it.
 */
public final class NotificationSender implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NotificationSender.class);

  /** Longer than any channel may take, so that nobody takes over what is still being sent. */
  static final Duration LEASE = Duration.ofMinutes(2);

  static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** The attempt from which on people are told that a channel does not get through. */
  static final int TROUBLE_AT = 5;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_REST = Duration.ofMinutes(1);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Is told how a channel does; what it throws is logged. */
  public interface Watcher {

    /** Several attempts at one message have failed. */
    void failing(String channel, String reason);

    /** A message got through. */
    void delivered(String channel);
  }

  private final MetadataDatabase database;
  private final InstantSource clock;
  private final List<Channel> channels;
  private final Watcher watcher;
  private final Map<String, Instant> resting = new ConcurrentHashMap<>();
  private final List<ScheduledExecutorService> threads = new ArrayList<>();

  /**
   * A sender that sends nothing by itself until {@link #start}.
   *
   * @param channels are closed with it
   */
  public NotificationSender(
      MetadataDatabase database, InstantSource clock, List<Channel> channels, Watcher watcher) {
    this.database = database;
    this.clock = clock;
    this.channels = List.copyOf(channels);
    this.watcher = watcher;
  }

  /** Sends from now on until closed; called once. */
  public void start() {
    for (Channel channel : channels) {
      ScheduledExecutorService thread =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().name("notify-" + channel.name()).daemon().factory());
      threads.add(thread);
      var _ =
          thread.scheduleWithFixedDelay(
              () -> tick(channel), 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
      var _ = thread.scheduleWithFixedDelay(this::forgetOld, 1, 60, TimeUnit.MINUTES);
    }
  }

  private void tick(Channel channel) {
    try {
      send(channel);
    } catch (RuntimeException e) {
      // Thrown on, it would end the clock.
      LOG.error("Notifications by {} wait; the next look follows", channel.name(), e);
    }
  }

  private void forgetOld() {
    try {
      database.inTransaction(transaction -> {
        Outbox.forgetOld(transaction, clock.instant());
        return null;
      });
    } catch (RuntimeException e) {
      // Thrown on, it would end the clock.
      LOG.error("Old notifications are still kept; the next try follows", e);
    }
  }

  /**
   * Sends what is due now, on the calling thread, as much as a second may bring.
   *
   * @return the number of attempts
   */
  public int sendDue() {
    return channels.stream().mapToInt(this::send).sum();
  }

  /** Sends on the calling thread until nothing is due, for {@code longest} at most. */
  public void flush(Duration longest) {
    Instant end = clock.instant().plus(longest);
    while (sendDue() > 0 && clock.instant().isBefore(end)) {
      try {
        TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private int send(Channel channel) {
    for (int attempts = 0; attempts < channel.mostPerSecond(); attempts++) {
      Optional<Notification> next = take(channel);
      if (next.isEmpty()) {
        return attempts;
      }
      attempt(channel, next.get());
    }
    return channel.mostPerSecond();
  }

  private Optional<Notification> take(Channel channel) {
    Instant now = clock.instant();
    Instant rest = resting.get(channel.name());
    if (rest != null && rest.isAfter(now)) {
      return Optional.empty();
    }
    // Looking is cheap and taking is not, where a database has one writer.
    if (!database.read(transaction -> Outbox.hasDue(transaction, channel.name(), now))) {
      return Optional.empty();
    }
    return database.inTransaction(
        transaction -> Outbox.take(transaction, channel.name(), now, now.plus(LEASE)));
  }

  private void attempt(Channel channel, Notification notification) {
    try {
      switch (channel.send(notification)) {
        case Answer.Taken() -> taken(notification);
        case Answer.Refused(String reason, Duration retryAfter) ->
            refused(notification, reason, retryAfter);
      }
    } catch (IOException unreached) {
      // Its message may hold the address, which is a secret.
      refused(
          notification, "It could not be reached: " + unreached.getClass().getSimpleName(), null);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void taken(Notification sent) {
    database.inTransaction(transaction -> {
      Outbox.sent(transaction, sent, clock.instant());
      return null;
    });
    resting.remove(sent.channel());
    tellWatcher(() -> watcher.delivered(sent.channel()));
  }

  private void refused(Notification unsent, String reason, @Nullable Duration retryAfter) {
    Instant now = clock.instant();
    Duration pause = pause(unsent.attempt(), retryAfter);
    boolean last = !unsent.createdAt().plus(GIVE_UP_AFTER).isAfter(now);
    database.inTransaction(transaction -> {
      if (last) {
        Outbox.giveUp(transaction, unsent, reason, now);
      } else {
        Outbox.putOff(transaction, unsent, reason, now.plus(pause));
      }
      return null;
    });
    Duration rest = retryAfter == null && pause.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : pause;
    resting.put(unsent.channel(), now.plus(rest));
    if (last) {
      LOG.error(
          "Notification {} is given up after {} attempts by {}: {}",
          unsent.id(),
          unsent.attempt(),
          unsent.channel(),
          reason);
    } else {
      LOG.warn(
          "Notification {} by {} is tried again in {} s: {}",
          unsent.id(),
          unsent.channel(),
          pause.toSeconds(),
          reason);
    }
    if (unsent.attempt() == TROUBLE_AT || last) {
      tellWatcher(() -> watcher.failing(unsent.channel(), reason));
    }
  }

  /** Longer after every attempt, and a little by chance: replicas must not come together. */
  private static Duration pause(long attempt, @Nullable Duration retryAfter) {
    long doubled = FIRST_PAUSE.toMillis() << Math.min(attempt - 1, 20);
    long millis = Math.min(LONGEST_PAUSE.toMillis(), doubled);
    long wanted =
        retryAfter == null ? 0 : Math.min(LONGEST_PAUSE.toMillis(), retryAfter.toMillis());
    return Duration.ofMillis(
        Math.max(wanted, ThreadLocalRandom.current().nextLong(millis - millis / 5, millis + 1)));
  }

  private static void tellWatcher(Runnable tell) {
    try {
      tell.run();
    } catch (RuntimeException e) {
      LOG.error("It is not noted how a channel does", e);
    }
  }

  /** Ends after what is being sent; what is not sent by then is sent after the next start. */
  @Override
  public void close() {
    threads.forEach(ScheduledExecutorService::shutdown);
    try {
      for (ScheduledExecutorService thread : threads) {
        if (!thread.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          thread.shutdownNow();
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    channels.forEach(Channel::close);
  }
}
