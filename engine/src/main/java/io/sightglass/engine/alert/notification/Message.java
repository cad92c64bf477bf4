package io.sightglass.engine.alert.notification;

import io.sightglass.engine.QualifiedName;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What people are told, once. Immutable; without values of rows.
 *
 * @param subject what it is about: messages of one subject arrive in their order
 * @param cause of two messages with the same one the second is dropped; null: it has none like it
 * @param severity of the alert; null where nothing is wrong
 * @param title one line
 * @param detail what happened, in words
 * @param dataset whose contact it is for; null: about none
 * @param link where to look, below the service's address; null: nowhere in particular
 * @param numbers what can be counted, such as {@code rowsRead}
 */
public record Message(
    Event event,
    String subject,
    @Nullable String cause,
    @Nullable String severity,
    String title,
    String detail,
    @Nullable QualifiedName dataset,
    @Nullable String link,
    Map<String, Long> numbers) {

  public Message {
    numbers = Map.copyOf(numbers);
  }

  /** What has happened. */
  public enum Event {
    ALERT_OPENED,
    /** It was resolved, and has happened again. */
    ALERT_REOPENED,
    /** It is open, and has become more severe. */
    ALERT_ESCALATED,
    /** It is open, and its mute has ended. */
    ALERT_UNMUTED,
    ALERT_RESOLVED,
    LOAD_COMMITTED,
    /** The alert about it was open already, for another load. */
    LOAD_FAILED,
    /** Likewise. */
    LOAD_QUARANTINED;

    /** As receivers read it, such as {@code alert.opened}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");
    }
  }
}
