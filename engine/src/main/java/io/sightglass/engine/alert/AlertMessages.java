package io.sightglass.engine.alert;

import io.sightglass.engine.alert.notification.Message;
import java.util.Map;

/** What people are told of an alert. */
final class AlertMessages {

  private AlertMessages() {}

  static Message of(Alert alert, Message.Event event) {
    return new Message(
        event,
        alert.fingerprint(),
        null,
        alert.severity().name(),
        alert.title(),
        detail(alert, event),
        alert.dataset(),
        alert.link(),
        Map.of("happenings", alert.count()));
  }

  private static String detail(Alert alert, Message.Event event) {
    Alert.Resolution resolution = alert.resolution();
    if (event != Message.Event.ALERT_RESOLVED || resolution == null) {
      return alert.detail();
    }
    String by = resolution.by();
    if (by == null) {
      return "Its cause has gone";
    }
    return resolution.text() == null ? "By " + by : "By %s: %s".formatted(by, resolution.text());
  }
}
