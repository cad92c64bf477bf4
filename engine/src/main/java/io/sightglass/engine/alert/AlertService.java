package io.sightglass.engine.alert;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertListener.Change;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Raises and keeps alerts, one per fingerprint. Thread-safe; survives restarts. */
public final class AlertService {

  private static final Logger LOG = LoggerFactory.getLogger(AlertService.class);

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

  /** An alert as it is now, and what has just happened to it; null when nothing has. */
  private record Outcome(Alert alert, @Nullable Change change) {}

  private final MetadataDatabase database;
  private final InstantSource clock;
  private final AlertListener listener;

  public AlertService(MetadataDatabase database, InstantSource clock, AlertListener listener) {
    this.database = database;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Opens the alert, counts one more happening of it, or opens it again after it was resolved.
   * Severity, title, detail and link become those of this happening.
   */
  public Alert raise(Happening happening) {
    return told(
        database.inTransaction(transaction -> {
          Optional<Alert> before = AlertRows.lock(transaction, happening.fingerprint());
          AlertRows.raise(transaction, happening, clock.instant());
          return new Outcome(stored(transaction, happening.fingerprint()), changeAfter(before));
        }));
  }

  private static Change changeAfter(Optional<Alert> before) {
    return before
        .map(alert ->
            switch (alert.state()) {
              case OPEN, ACKNOWLEDGED -> Change.REPEATED;
              case RESOLVED -> Change.REOPENED;
            })
        .orElse(Change.OPENED);
  }

  /**
   * Those not resolved first, then the newest happening first.
   *
   * @param cursor the {@code next} of the page before; null: the first
   * @throws EngineException {@code INVALID_REQUEST} for a cursor that is none
   */
  public Page list(int limit, @Nullable String cursor) {
    AlertCursor after = cursor == null ? AlertCursor.START : AlertCursor.parse(cursor);
    List<Alert> found = database.read(transaction -> AlertRows.list(transaction, after, limit + 1));
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
        Change.ACKNOWLEDGED,
        (transaction, alert) -> AlertRows.acknowledge(transaction, fingerprint, by));
  }

  /**
   * Makes {@code to} the one who cares for it.
   *
   * @throws EngineException {@code NOT_FOUND}
   */
  public Alert assign(String fingerprint, String to) {
    return change(
        fingerprint,
        Change.ASSIGNED,
        (transaction, alert) -> AlertRows.assign(transaction, fingerprint, to));
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
        Change.RESOLVED,
        (transaction, alert) -> AlertRows.resolve(transaction, fingerprint, resolution));
  }

  /** Ends it without a person, if it is there and open; for a cause that has gone. */
  public void clear(String fingerprint) {
    if (find(fingerprint).filter(alert -> alert.state() != Alert.State.RESOLVED).isPresent()) {
      resolve(fingerprint, null, null, null);
    }
  }

  private interface Edit {
    /** The number of rows that have changed. */
    int apply(Transaction transaction, Alert alert);
  }

  private Alert change(String fingerprint, Change change, Edit edit) {
    return told(
        database.inTransaction(transaction -> {
          Alert alert =
              AlertRows.lock(transaction, fingerprint).orElseThrow(AlertService::notFound);
          int rows = edit.apply(transaction, alert);
          return new Outcome(stored(transaction, fingerprint), rows == 0 ? null : change);
        }));
  }

  private static Alert stored(Transaction transaction, String fingerprint) {
    return AlertRows.find(transaction, fingerprint).orElseThrow(AlertService::notFound);
  }

  private static EngineException notFound() {
    return new EngineException(ErrorCode.NOT_FOUND, "There is no alert of that fingerprint");
  }

  private Alert told(Outcome outcome) {
    Change change = outcome.change();
    if (change != null) {
      try {
        listener.alertChanged(outcome.alert(), change);
      } catch (RuntimeException e) {
        LOG.error("Nobody was told that alert {} is {}", outcome.alert().fingerprint(), change, e);
      }
    }
    return outcome.alert();
  }

  /** Where a page ended: by rank, then newest, then fingerprint. */
  record AlertCursor(long rank, Instant lastAt, String fingerprint) {

    static final AlertCursor START = new AlertCursor(-1, Instant.EPOCH, "");

    static AlertCursor after(Alert alert) {
      return new AlertCursor(
          alert.state() == Alert.State.RESOLVED ? 1 : 0, alert.lastAt(), alert.fingerprint());
    }

    String text() {
      return rank + "~" + lastAt + "~" + fingerprint;
    }

    static AlertCursor parse(String text) {
      String[] parts = text.split("~", -1);
      try {
        if (parts.length == 3) {
          return new AlertCursor(Long.parseLong(parts[0]), Instant.parse(parts[1]), parts[2]);
        }
      } catch (RuntimeException e) {
        throw wrong(e);
      }
      throw wrong(null);
    }

    private static EngineException wrong(@Nullable Throwable cause) {
      return new EngineException(
          ErrorCode.INVALID_REQUEST, "cursor: allowed is the \"next\" of the page before", cause);
    }
  }
}
