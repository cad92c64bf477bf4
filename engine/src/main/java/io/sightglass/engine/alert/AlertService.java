package io.sightglass.engine.alert;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.notification.Message;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Raises and keeps alerts, one per fingerprint. Thread-safe; survives restarts.
 *
 * <p>Whoever is to be told of a change is told through the outbox, which is written in the
 * transaction of the change: both are stored, or neither. Told is what opens, opens again, becomes
 * more severe, or ends; a repetition is not, and nothing while the alert is muted. One that is
 * still open when its mute ends is told again.
 */
public final class AlertService {

  /** Whoever wants silence for longer has a contract, or an expectation, to change. */
  private static final Duration LONGEST_MUTE = Duration.ofDays(366);

  /** Leaves room for a kind and what comes behind the name. */
  private static final int LONGEST_NAME = 165;

  private static final Pattern FINGERPRINT = Pattern.compile("[A-Za-z0-9._:-]{1,200}");

  /**
   * One happening.
   *
   * @param fingerprint at most 200 characters of {@code [A-Za-z0-9._:-]}
   */
  public record Happening(
      String fingerprint,
      Alert.Severity severity,
      String title,
      String detail,
      @Nullable QualifiedName dataset,
      @Nullable String link) {

    public Happening {
      if (!FINGERPRINT.matcher(fingerprint).matches()) {
        throw new IllegalArgumentException(
            "Fingerprint: \"%s\"; allowed: %s".formatted(fingerprint, FINGERPRINT.pattern()));
      }
    }
  }

  /** A page of alerts; {@code next} is null at the end. */
  public record Page(List<Alert> items, @Nullable String next) {}

  private final MetadataDatabase database;
  private final InstantSource clock;
  private final Outbox outbox;

  public AlertService(MetadataDatabase database, InstantSource clock, Outbox outbox) {
    this.database = database;
    this.clock = clock;
    this.outbox = outbox;
  }

  /**
   * The fingerprint of a kind of alert about a dataset or view, to which up to 15 characters may be
   * added. A very long name is shortened, and a digest keeps it apart from others.
   *
   * @param kind at most 19 characters
   */
  public static String fingerprint(String kind, QualifiedName name) {
    String text = name.toString();
    if (text.length() > LONGEST_NAME) {
      // Nobody's secret: it only tells names apart.
      String digest = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.US_ASCII)).toString();
      text = text.substring(0, LONGEST_NAME - digest.length() - 1) + "-" + digest;
    }
    return kind + ":" + text;
  }

  /** As {@link #raise(Transaction, Happening)}, in a transaction of its own. */
  public Alert raise(Happening happening) {
    return database.inTransaction(transaction -> raise(transaction, happening));
  }

  /**
   * Opens the alert, counts one more happening of it, or opens it again after it was resolved.
   * Severity, title, detail and link become those of this happening.
   */
  public Alert raise(Transaction transaction, Happening happening) {
    Optional<Alert> before = AlertRows.lock(transaction, happening.fingerprint());
    AlertRows.raise(transaction, happening, clock.instant());
    Alert alert = stored(transaction, happening.fingerprint());
    findNews(before, alert).ifPresent(event -> tell(transaction, alert, event));
    return alert;
  }

  /**
   * As {@link #raise(Transaction, Happening)}, of a kind of alert that collects what happens to
   * several: where that tells nobody, {@code alone} is told, unless the alert was about the same
   * link already, or is muted.
   */
  public void raise(Transaction transaction, Happening happening, Message alone) {
    Optional<Alert> before = AlertRows.lock(transaction, happening.fingerprint());
    Alert alert = raise(transaction, happening);
    boolean isNew = before.isPresent() && !Objects.equals(before.get().link(), happening.link());
    if (isNew && findNews(before, alert).isEmpty() && !alert.isMutedAt(clock.instant())) {
      tell(transaction, alone);
    }
  }

  /** Lets an open alert say what its cause is now; nobody is told, and it is not counted. */
  public void renew(Transaction transaction, Happening happening) {
    AlertRows.renew(transaction, happening);
  }

  /** What of a happening is told. */
  private static Optional<Message.Event> findNews(Optional<Alert> before, Alert alert) {
    if (before.isEmpty()) {
      return Optional.of(Message.Event.ALERT_OPENED);
    }
    if (before.get().state() == Alert.State.RESOLVED) {
      return Optional.of(Message.Event.ALERT_REOPENED);
    }
    return alert.severity().compareTo(before.get().severity()) > 0
        ? Optional.of(Message.Event.ALERT_ESCALATED)
        : Optional.empty();
  }

  private void tell(Transaction transaction, Alert alert, Message.Event event) {
    Instant now = clock.instant();
    if (!alert.isMutedAt(now)) {
      outbox.add(transaction, AlertMessages.of(alert, event), now);
    }
  }

  /** Tells of something that is no alert, in the transaction that stores it. */
  public void tell(Transaction transaction, Message message) {
    outbox.add(transaction, message, clock.instant());
  }

  /** All, as {@link #list(AlertFilter, int, String)}. */
  public Page list(int limit, @Nullable String cursor) {
    return list(AlertFilter.ALL, limit, cursor);
  }

  /**
   * Those not resolved first, then the newest happening first.
   *
   * @param cursor the {@code next} of the page before; null: the first
   * @throws EngineException {@code INVALID_REQUEST} for a cursor that is none
   */
  public Page list(AlertFilter filter, int limit, @Nullable String cursor) {
    AlertCursor after = cursor == null ? AlertCursor.START : AlertCursor.parse(cursor);
    List<Alert> found =
        database.read(transaction -> AlertRows.list(transaction, filter, after, limit + 1));
    boolean more = found.size() > limit;
    List<Alert> items = more ? found.subList(0, limit) : found;
    return new Page(
        List.copyOf(items), more && limit > 0 ? AlertCursor.after(items.getLast()).text() : null);
  }

  public Optional<Alert> find(String fingerprint) {
    return database.read(transaction -> AlertRows.find(transaction, fingerprint));
  }

  /**
   * Notes that {@code by} has seen it. One that is resolved stays resolved.
   *
   * @throws EngineException {@code NOT_FOUND}
   */
  public Alert acknowledge(String fingerprint, String by) {
    return change(
        fingerprint,
        (transaction, alert) -> AlertRows.acknowledge(transaction, fingerprint, by),
        null);
  }

  /**
   * Makes {@code to} the one who cares for it.
   *
   * @throws EngineException {@code NOT_FOUND}
   */
  public Alert assign(String fingerprint, String to) {
    return change(
        fingerprint, (transaction, alert) -> AlertRows.assign(transaction, fingerprint, to), null);
  }

  /**
   * Ends it; one that has ended stays as it is.
   *
   * @param by who says so; null: the service found it gone
   * @throws EngineException {@code NOT_FOUND}
   */
  public Alert resolve(
      String fingerprint, @Nullable String by, @Nullable String text, @Nullable String link) {
    Alert.Resolution resolution = new Alert.Resolution(clock.instant(), by, text, link);
    return change(
        fingerprint,
        (transaction, alert) -> AlertRows.resolve(transaction, fingerprint, resolution),
        Message.Event.ALERT_RESOLVED);
  }

  /**
   * Tells nobody of it until an instant, whatever happens to it; a mute that it has already is
   * replaced.
   *
   * @param until not before now, nor more than a year from now
   * @throws EngineException {@code NOT_FOUND}; {@code INVALID_REQUEST} for another {@code until}
   */
  public Alert mute(
      String fingerprint, Instant until, String by, String reason, @Nullable String link) {
    Instant now = clock.instant();
    if (!until.isAfter(now) || until.isAfter(now.plus(LONGEST_MUTE))) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "until: \"%s\"; allowed: an instant after now, %s, and at most %d days from now"
              .formatted(until, now, LONGEST_MUTE.toDays()));
    }
    Alert.Mute mute = new Alert.Mute(until, by, reason, link);
    return change(
        fingerprint, (transaction, alert) -> AlertRows.mute(transaction, fingerprint, mute), null);
  }

  /**
   * Ends its mute; without one, nothing changes.
   *
   * @throws EngineException {@code NOT_FOUND}
   */
  public Alert unmute(String fingerprint) {
    return database.inTransaction(transaction -> {
      Alert alert = AlertRows.lock(transaction, fingerprint).orElseThrow(AlertService::notFound);
      return alert.mute() == null ? alert : unmute(transaction, alert);
    });
  }

  private Alert unmute(Transaction transaction, Alert alert) {
    AlertRows.unmute(transaction, alert.fingerprint());
    Alert told = stored(transaction, alert.fingerprint());
    if (told.state() != Alert.State.RESOLVED) {
      tell(transaction, told, Message.Event.ALERT_UNMUTED);
    }
    return told;
  }

  /** Ends every mute whose time is over; called by a clock. */
  public void endMutes() {
    Instant now = clock.instant();
    for (String fingerprint :
        database.read(transaction -> AlertRows.mutedUntil(transaction, now))) {
      database.inTransaction(transaction -> {
        AlertRows.lock(transaction, fingerprint)
            .filter(alert -> alert.mute() != null && !alert.isMutedAt(now))
            .ifPresent(alert -> unmute(transaction, alert));
        return null;
      });
    }
  }

  /** As {@link #clear(Transaction, String)}, in a transaction of its own. */
  public void clear(String fingerprint) {
    if (find(fingerprint).filter(alert -> alert.state() != Alert.State.RESOLVED).isPresent()) {
      database.inTransaction(transaction -> {
        clear(transaction, fingerprint);
        return null;
      });
    }
  }

  /** Ends it without a person, if it is there and open; for a cause that has gone. */
  public void clear(Transaction transaction, String fingerprint) {
    AlertRows.lock(transaction, fingerprint)
        .filter(alert -> alert.state() != Alert.State.RESOLVED)
        .ifPresent(alert -> {
          Alert.Resolution gone = new Alert.Resolution(clock.instant(), null, null, null);
          AlertRows.resolve(transaction, fingerprint, gone);
          tell(transaction, stored(transaction, fingerprint), Message.Event.ALERT_RESOLVED);
        });
  }

  /**
   * Makes the open alerts of a kind exactly those that have a cause: opens the ones that lack, and
   * ends those whose cause has gone. What is open already is not counted again, but says what its
   * cause is now, and what a person has resolved stays so while its cause lasts.
   *
   * @param kind how the fingerprints of all {@code wanted}, and of no other alerts, begin
   */
  public void keep(String kind, Collection<Happening> wanted) {
    Map<String, Alert> settled = new HashMap<>();
    database
        .read(transaction -> AlertRows.settled(transaction, kind))
        .forEach(alert -> settled.put(alert.fingerprint(), alert));
    Set<String> causes = wanted.stream().map(Happening::fingerprint).collect(Collectors.toSet());
    for (Alert alert : settled.values()) {
      if (causes.contains(alert.fingerprint())) {
        continue;
      }
      if (alert.state() == Alert.State.RESOLVED) {
        forget(alert);
      } else {
        clear(alert.fingerprint());
      }
    }
    for (Happening happening : wanted) {
      Alert alert = settled.get(happening.fingerprint());
      if (alert == null) {
        raise(happening);
      } else if (!alert.title().equals(happening.title())
          || !alert.detail().equals(happening.detail())) {
        database.inTransaction(transaction -> {
          renew(transaction, happening);
          return null;
        });
      }
    }
  }

  /** What a person has resolved opens again if it happens again, now that its cause has gone. */
  private void forget(Alert resolved) {
    database.inTransaction(transaction -> AlertRows.causeGone(transaction, resolved.fingerprint()));
  }

  private interface Edit {
    /** The number of rows that have changed. */
    int apply(Transaction transaction, Alert alert);
  }

  /**
   * Changes one alert.
   *
   * @param event what is told when it has changed; null: nothing
   */
  private Alert change(String fingerprint, Edit edit, Message.@Nullable Event event) {
    return database.inTransaction(transaction -> {
      Alert before = AlertRows.lock(transaction, fingerprint).orElseThrow(AlertService::notFound);
      int rows = edit.apply(transaction, before);
      Alert alert = stored(transaction, fingerprint);
      if (rows > 0 && event != null) {
        tell(transaction, alert, event);
      }
      return alert;
    });
  }

  private static Alert stored(Transaction transaction, String fingerprint) {
    return AlertRows.find(transaction, fingerprint).orElseThrow(AlertService::notFound);
  }

  private static EngineException notFound() {
    return new EngineException(ErrorCode.NOT_FOUND, "There is no alert of that fingerprint");
  }
}
