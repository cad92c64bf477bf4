package io.sightglass.engine.alert;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Where a page of alerts ended: by rank, then newest, then fingerprint. Immutable. */
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
        Instant lastAt = Instant.parse(parts[1]);
        var _ = ChronoUnit.MICROS.between(Instant.EPOCH, lastAt); // as the database counts
        return new AlertCursor(Long.parseLong(parts[0]), lastAt, parts[2]);
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
