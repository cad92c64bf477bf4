package io.sightglass.engine.ingest;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.ingest.staging.SourceColumns;
import java.util.List;

/** What loads tell people: one alert per dataset and kind. Immutable. */
final class LoadAlerts {

  static final String LEFT_OUT = "Left out, since the contract does not name them: ";
  static final String MISSING = "NULL in every row, since the source lacks them: ";

  private final AlertService alerts;
  private final Ledger ledger;

  LoadAlerts(AlertService alerts, Ledger ledger) {
    this.alerts = alerts;
    this.ledger = ledger;
  }

  /** Tells of an ended load what somebody should look at, or that a cause has gone. */
  void ended(Load load, LoadOutcome outcome) {
    QualifiedName dataset = load.dataset();
    switch (outcome.state()) {
      case FAILED ->
          raise("load-failed", Alert.Severity.HIGH, "A load of %s failed", load, outcome);
      case QUARANTINED ->
          raise(
              "load-quarantined",
              Alert.Severity.HIGH,
              "A file of %s is in quarantine",
              load,
              outcome);
      case COMMITTED, SKIPPED -> {
        if (!ledger.hasUnsettled(dataset, Load.State.FAILED)) {
          alerts.clear("load-failed:" + dataset);
        }
        if (!ledger.hasUnsettled(dataset, Load.State.QUARANTINED)) {
          alerts.clear("load-quarantined:" + dataset);
        }
      }
      case FOUND, RUNNING -> throw new IllegalStateException("not ended: " + outcome.state());
    }
  }

  /** Tells once of each column that no contract names, and of each that a source lacks. */
  void drifted(Load load, SourceColumns columns) {
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
    List<String> unseen =
        ledger
            .addUnknown(
                load.dataset(), names.stream().map(name -> prefix + name).toList(), load.id())
            .stream()
            .map(name -> name.substring(prefix.length()))
            .toList();
    if (!unseen.isEmpty()) {
      alerts.raise(
          new AlertService.Happening(
              kind + ":" + load.dataset(),
              Alert.Severity.LOW,
              "%s in the source of %s".formatted(title, load.dataset()),
              what + String.join(", ", unseen),
              load.dataset(),
              link(load)));
    }
  }

  private void raise(
      String kind, Alert.Severity severity, String title, Load load, LoadOutcome outcome) {
    alerts.raise(
        new AlertService.Happening(
            kind + ":" + load.dataset(),
            severity,
            title.formatted(load.dataset()),
            "\"%s\": %s: %s"
                .formatted(load.source().visibleName(), outcome.code(), outcome.reason()),
            load.dataset(),
            link(load)));
  }

  private static String link(Load load) {
    return "/v1/loads/" + load.id();
  }
}
