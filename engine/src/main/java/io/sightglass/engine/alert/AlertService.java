package io.sightglass.engine.alert;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.MetadataDatabase;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Raises and keeps alerts, one per fingerprint. Thread-safe; survives restarts. */
@SuppressWarnings("DoNotCallSuggester")
public final class AlertService {

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
      @Nullable String link) {}

  /** A page of alerts; {@code next} is null at the end. */
  public record Page(List<Alert> items, @Nullable String next) {}

  public AlertService(MetadataDatabase database, InstantSource clock, AlertListener listener) {}

  /** Opens the alert, counts one more happening of it, or opens it again after it was resolved. */
  public Alert raise(Happening happening) {
    throw new UnsupportedOperationException();
  }

  /** Those not resolved first, then the newest happening first. */
  public Page list(int limit, @Nullable String cursor) {
    throw new UnsupportedOperationException();
  }

  public Optional<Alert> find(String fingerprint) {
    throw new UnsupportedOperationException();
  }

  /** Notes that {@code by} has seen it. */
  public Alert acknowledge(String fingerprint, String by) {
    throw new UnsupportedOperationException();
  }

  /** Makes {@code to} the one who cares for it. */
  public Alert assign(String fingerprint, String to) {
    throw new UnsupportedOperationException();
  }

  /** Ends it; {@code by} is null when the service found it gone. */
  public Alert resolve(
      String fingerprint, @Nullable String by, @Nullable String text, @Nullable String link) {
    throw new UnsupportedOperationException();
  }

  /** Ends it without a person, if it is there and open; for a cause that has gone. */
  public void clear(String fingerprint) {
    throw new UnsupportedOperationException();
  }
}
