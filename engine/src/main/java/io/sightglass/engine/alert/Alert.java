package io.sightglass.engine.alert;

import io.sightglass.engine.QualifiedName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a person should look at, told once however often it happens. Immutable.
 *
 * @param fingerprint says which happenings are the same alert
 * @param title one line
 * @param detail the last happening in words; without values of rows
 * @param dataset null when it is about none
 * @param link where to look; null: nowhere in particular
 * @param count of happenings since it was last opened
 * @param firstAt when it was last opened
 * @param lastAt its last happening
 * @param assignee who cares for it; null: nobody yet
 * @param acknowledgedBy who has seen it; null: nobody yet
 * @param resolution how it ended; null while it has not
 * @param mute until when nobody is told, and why; null: told
 */
public record Alert(
    String fingerprint,
    Severity severity,
    State state,
    String title,
    String detail,
    @Nullable QualifiedName dataset,
    @Nullable String link,
    long count,
    Instant firstAt,
    Instant lastAt,
    @Nullable String assignee,
    @Nullable String acknowledgedBy,
    @Nullable Resolution resolution,
    @Nullable Mute mute) {

  /** Whether nobody is told of it. */
  public boolean isMutedAt(Instant now) {
    return mute != null && mute.until().isAfter(now);
  }

  /** How much it matters. */
  public enum Severity {
    LOW,
    HIGH,
    EXTREME
  }

  /** Where it stands. */
  public enum State {
    OPEN,
    ACKNOWLEDGED,
    RESOLVED
  }

  /**
   * How it ended.
   *
   * @param by who said so; null: the service found it gone
   */
  public record Resolution(
      Instant at, @Nullable String by, @Nullable String text, @Nullable String link) {}

  /** Silence until an instant. */
  public record Mute(Instant until, String by, String reason, @Nullable String link) {}
}
