package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.Message;
import io.sightglass.engine.database.DatabaseFailure;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.formats.SourceColumns;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What loads tell people: of one that failed one alert per dataset and kind, of one that is loaded
 * a message. Immutable.
 */
public final class LoadAlerts {

  private static final Logger LOG = LoggerFactory.getLogger(LoadAlerts.class);

  public static final String LEFT_OUT = "Left out, since the contract does not name them: ";
  public static final String MISSING = "NULL in every row, since the source lacks them: ";

  /** Of more days that do not exist nobody need be told one by one. */
  private static final int MOST_DAYS = 31;

  private final MetadataDatabase database;
  private final AlertService alerts;
  private final Supplier<ViewPack> pack;

  public LoadAlerts(MetadataDatabase database, AlertService alerts, Supplier<ViewPack> pack) {
    this.database = database;
    this.alerts = alerts;
    this.pack = pack;
  }

  /**
   * Tells of an ended load what somebody should look at or know, or that a cause has gone, in the
   * transaction that ends it. A fault in the telling leaves the end as it is: the load would run
   * for ever.
   *
   * @param load as it has ended
   */
  void ended(Transaction transaction, Load load) {
    try {
      tellEnd(transaction, load);
    } catch (RuntimeException fault) {
      if (DatabaseFailure.isBehind(fault)) {
        throw fault;
      }
      LOG.error("Load {} has ended, and nobody can be told", load.id(), fault);
    }
  }

  private void tellEnd(Transaction transaction, Load load) {
    QualifiedName dataset = load.dataset();
    switch (load.state()) {
      case FAILED -> raise(transaction, load, Message.Event.LOAD_FAILED);
      case QUARANTINED -> raise(transaction, load, Message.Event.LOAD_QUARANTINED);
      case COMMITTED, SKIPPED -> {
        if (load.state() == Load.State.COMMITTED) {
          alerts.tell(transaction, loaded(load));
        }
        Dataset contract = pack.get().datasets().get(dataset);
        boolean replaces = contract != null && contract.load().replaces();
        for (Load.State bad : List.of(Load.State.FAILED, Load.State.QUARANTINED)) {
          Ledger.findUnsettled(transaction, dataset, bad, replaces)
              .map(LoadAlerts::happening)
              .ifPresentOrElse(
                  another -> alerts.renew(transaction, another),
                  () -> alerts.clear(transaction, fingerprint(dataset, bad)));
        }
      }
      case FOUND, RUNNING -> throw new IllegalStateException("not ended: " + load.state());
    }
  }

  /** Tells once of each column that no contract names, and of each that a source lacks. */
  public void drifted(Load load, SourceColumns columns) {
    raiseOnce(load, "unknown-columns", "New columns", LEFT_OUT, "", columns.unknown());
    raiseOnce(load, "missing-columns", "Columns missing", MISSING, "missing:", columns.missing());
  }

  /**
   * Raises an alert about the names that it was never raised for.
   *
   * @param prefix of the names in the ledger, which keeps both kinds
   */
  private void raiseOnce(
      Load load, String kind, String title, String what, String prefix, List<String> names) {
    if (names.isEmpty()) {
      return;
    }
    database.inTransaction(transaction -> {
      List<String> unseen =
          Ledger.addUnknown(
                  transaction,
                  load.dataset(),
                  names.stream().map(name -> prefix + name).toList(),
                  load.id())
              .stream()
              .map(name -> name.substring(prefix.length()))
              .toList();
      if (!unseen.isEmpty()) {
        alerts.raise(
            transaction,
            new AlertService.Happening(
                AlertService.fingerprint(kind, load.dataset()),
                Alert.Severity.LOW,
                "%s in the source of %s".formatted(title, load.dataset()),
                what + String.join(", ", unseen),
                load.dataset(),
                link(load)));
      }
      return null;
    });
  }

  /**
   * Keeps an alert for each day that does not exist and that the name of an object says, as long as
   * it lies there.
   *
   * @param names by day
   */
  public void misnamed(QualifiedName dataset, Map<String, String> names) {
    String kind = AlertService.fingerprint("no-such-date", dataset) + ":";
    alerts.keep(
        kind,
        names.entrySet().stream()
            .limit(MOST_DAYS)
            .map(name ->
                new AlertService.Happening(
                    kind + name.getKey(),
                    Alert.Severity.HIGH,
                    "A file of %s is not loaded".formatted(dataset),
                    "\"%s\" names %s, which does not exist; allowed: a day of the calendar, an hour from 00 to 23"
                        .formatted(LoadSource.visible(name.getValue()), name.getKey()),
                    dataset,
                    null))
            .toList());
  }

  private void raise(Transaction transaction, Load load, Message.Event event) {
    AlertService.Happening happening = happening(load);
    alerts.raise(
        transaction, happening, message(load, event, happening.title(), happening.detail()));
  }

  private static String fingerprint(QualifiedName dataset, Load.State bad) {
    return AlertService.fingerprint(
        bad == Load.State.FAILED ? "load-failed" : "load-quarantined", dataset);
  }

  /** Of a load that failed or is in quarantine. */
  private static AlertService.Happening happening(Load load) {
    String title =
        load.state() == Load.State.FAILED ? "A load of %s failed" : "A file of %s is in quarantine";
    return new AlertService.Happening(
        fingerprint(load.dataset(), load.state()),
        Alert.Severity.HIGH,
        title.formatted(load.dataset()),
        "\"%s\": %s: %s%s"
            .formatted(load.source().visibleName(), load.code(), load.reason(), figures(load)),
        load.dataset(),
        link(load));
  }

  private static Message loaded(Load load) {
    String note = load.reason();
    return message(
        load,
        Message.Event.LOAD_COMMITTED,
        "A file of %s is loaded".formatted(load.dataset()),
        "\"%s\"%s%s"
            .formatted(
                load.source().visibleName(), figures(load), note == null ? "" : ". " + note));
  }

  private static Message message(Load load, Message.Event event, String title, String detail) {
    Map<String, Long> numbers = new TreeMap<>();
    Load.RowCounts rows = load.rows();
    if (rows != null) {
      numbers.put("rowsRead", rows.read());
      numbers.put("rowsWritten", rows.written());
      numbers.put("rowsRejected", rows.rejected());
      numbers.put("rowsDuplicate", rows.duplicate());
      numbers.put("rowsFiltered", rows.filtered());
    }
    Duration duration = duration(load);
    if (duration != null) {
      numbers.put("durationMillis", duration.toMillis());
    }
    return new Message(
        event,
        load.id(),
        "load %s %d".formatted(load.id(), load.attempts().size()),
        null,
        title,
        detail,
        load.dataset(),
        link(load),
        numbers);
  }

  private static String figures(Load load) {
    Load.RowCounts rows = load.rows();
    Duration duration = duration(load);
    return (rows == null
            ? ""
            : "; read %d, written %d, rejected %d, duplicate %d, filtered %d"
                .formatted(
                    rows.read(),
                    rows.written(),
                    rows.rejected(),
                    rows.duplicate(),
                    rows.filtered()))
        + (duration == null
            ? ""
            : String.format(Locale.ROOT, "; took %.1f s", duration.toMillis() / 1000.0));
  }

  /** Of its last attempt; null: it never ran. */
  private static @Nullable Duration duration(Load load) {
    Instant started = load.startedAt();
    Instant ended = load.endedAt();
    return started == null || ended == null ? null : Duration.between(started, ended);
  }

  private static String link(Load load) {
    return "/v1/loads/" + load.id();
  }
}
