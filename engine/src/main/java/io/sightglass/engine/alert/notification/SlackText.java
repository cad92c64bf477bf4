package io.sightglass.engine.alert.notification;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A notification in Slack's <a
 * href="https://docs.slack.dev/messaging/formatting-message-text">mrkdwn</a>. What others have
 * named, such as a file, is text there and nothing else: it can neither call a channel together nor
 * pass for a link.
 */
final class SlackText {

  /** Slack shortens longer ones itself, in the middle of a link as well. */
  private static final int LONGEST = 3_000;

  private SlackText() {}

  /**
   * The text.
   *
   * @param addressed the channel that it is for but does not go to; null: it goes there
   */
  static String of(Message message, Recipients recipients, @Nullable String addressed) {
    StringBuilder text = new StringBuilder();
    String severity = message.severity();
    text.append(
        switch (message.event()) {
          case ALERT_OPENED, ALERT_REOPENED, ALERT_ESCALATED, ALERT_UNMUTED ->
              ":warning: *%s* "
                  .formatted(severity == null ? "" : severity.toLowerCase(Locale.ROOT));
          case ALERT_RESOLVED -> ":white_check_mark: *resolved* ";
          case LOAD_COMMITTED -> ":inbox_tray: ";
          case LOAD_FAILED, LOAD_QUARANTINED -> ":warning: ";
        });
    text.append(escaped(message.title())).append('\n').append(escaped(message.detail()));
    Map<String, String> contact = recipients.contact(message);
    String link = recipients.link(message);
    if (link != null) {
      text.append('\n').append(linked(link, "Look"));
    }
    String runbook = contact.get("runbook");
    if (runbook != null) {
      text.append(link == null ? '\n' : ' ').append(linked(runbook, "Runbook"));
    }
    if (addressed != null) {
      text.append("\nFor ").append(escaped(addressed));
    }
    return text.toString();
  }

  private static String linked(String address, String label) {
    return address.matches("https?://[^\\s|<>]+")
        ? "<%s|%s>".formatted(escaped(address), label)
        : "%s: %s".formatted(label, escaped(address));
  }

  /** As Slack asks for it, shortened before. */
  private static String escaped(String text) {
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
