package io.sightglass.web.wiring;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads who is notified; a part of {@link SettingsReader}. No mistake shows a secret. */
final class NotificationSettings {

  private static final int SHORTEST_SECRET = 16;

  private final Function<Setting, Optional<String>> text;
  private final List<String> mistakes;

  NotificationSettings(Function<Setting, Optional<String>> text, List<String> mistakes) {
    this.text = text;
    this.mistakes = mistakes;
  }

  Settings.Notification read() {
    return new Settings.Notification(
        findAddress(Setting.PUBLIC_URL).orElse(null),
        findSlack().orElse(null),
        findWebhook().orElse(null));
  }

  private Optional<Settings.Slack> findSlack() {
    Map<String, URI> channels = channels();
    if (!channels.isEmpty() && text.apply(Setting.NOTIFY_SLACK).isEmpty()) {
      mistakes.add(
          "%s: missing; %s needs it for all other channels"
              .formatted(Setting.NOTIFY_SLACK.key(), Setting.NOTIFY_SLACK_CHANNELS.key()));
    }
    return findAddress(Setting.NOTIFY_SLACK).map(address -> new Settings.Slack(address, channels));
  }

  private Map<String, URI> channels() {
    Setting setting = Setting.NOTIFY_SLACK_CHANNELS;
    Map<String, URI> channels = new LinkedHashMap<>();
    for (String pair : text.apply(setting).orElse("").split(",", -1)) {
      String[] parts = pair.strip().split("=", 2);
      if (pair.isBlank()) {
        continue;
      }
      Optional<URI> address =
          parts.length == 2 && !parts[0].isBlank() ? findWeb(parts[1].strip()) : Optional.empty();
      if (address.isEmpty()) {
        mistakes.add(
            "%s: entry %d; allowed: channel=URL, commas between them"
                .formatted(setting.key(), channels.size() + 1));
        return channels;
      }
      channels.put(parts[0].strip(), address.get());
    }
    return channels;
  }

  private Optional<Settings.Webhook> findWebhook() {
    Optional<String> secret = text.apply(Setting.NOTIFY_WEBHOOK_SECRET);
    boolean isGiven = text.apply(Setting.NOTIFY_WEBHOOK).isPresent();
    if (isGiven && secret.isEmpty()) {
      mistakes.add(
          "%s: missing; %s needs it"
              .formatted(Setting.NOTIFY_WEBHOOK_SECRET.key(), Setting.NOTIFY_WEBHOOK.key()));
    }
    if (secret.isPresent() && secret.get().length() < SHORTEST_SECRET) {
      mistakes.add(
          "%s: %d characters; allowed: %d or more"
              .formatted(
                  Setting.NOTIFY_WEBHOOK_SECRET.key(), secret.get().length(), SHORTEST_SECRET));
    }
    if (secret.isPresent() && !isGiven) {
      mistakes.add(
          "%s: missing; %s is of no use without it"
              .formatted(Setting.NOTIFY_WEBHOOK.key(), Setting.NOTIFY_WEBHOOK_SECRET.key()));
    }
    return findAddress(Setting.NOTIFY_WEBHOOK)
        .flatMap(address -> secret.map(key -> new Settings.Webhook(address, key)));
  }

  private Optional<URI> findAddress(Setting setting) {
    Optional<String> given = text.apply(setting);
    Optional<URI> address = given.flatMap(NotificationSettings::findWeb);
    if (given.isPresent() && address.isEmpty()) {
      mistakes.add(
          "%s: %s; allowed: an http or https URL"
              .formatted(
                  setting.key(), setting.isSecret() ? "no address" : '"' + given.get() + '"'));
    }
    return address;
  }

  private static Optional<URI> findWeb(String text) {
    try {
      URI uri = URI.create(text);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      return Set.of("http", "https").contains(scheme) && uri.getHost() != null
          ? Optional.of(uri)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
