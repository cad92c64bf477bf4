package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.table.Side;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Raises an alert for each table of which a stored file is not what was committed, and ends it once
 * all of them are again. Thread-safe.
 */
public final class DamageAlerts implements Consumer<Maintenance> {

  private final AlertService alerts;

  public DamageAlerts(AlertService alerts) {
    this.alerts = alerts;
  }

  @Override
  public void accept(Maintenance done) {
    switch (done) {
      case Maintenance.Different(var table, boolean isResult, var side, String file, String what) ->
          alerts.raise(
              new AlertService.Happening(
                  fingerprint(table, isResult, side),
                  Alert.Severity.EXTREME,
                  "Stored data of %s is not what was committed".formatted(table),
                  "%s: %s: %s".formatted(text(side), file, what),
                  table,
                  null));
      case Maintenance.Verified verified when verified.different() == 0 ->
          alerts.clear(fingerprint(verified.table(), verified.isResult(), verified.side()));
      default -> {
        // Says nothing of what the files hold.
      }
    }
  }

  private static String fingerprint(QualifiedName table, boolean isResult, Side side) {
    return AlertService.fingerprint("damaged", table) + ":" + (isResult ? "result" : text(side));
  }

  private static String text(Side side) {
    return side.name().toLowerCase(Locale.ROOT);
  }
}
