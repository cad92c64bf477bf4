package io.sightglass.web.wiring;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.Channel;
import io.sightglass.engine.alert.notification.NotificationSender;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.alert.notification.Recipients;
import io.sightglass.engine.alert.notification.SlackChannel;
import io.sightglass.engine.alert.notification.WebhookChannel;
import io.sightglass.engine.database.MetadataDatabase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** How people are told outside the service, as configured. */
final class Notifications {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private Notifications() {}

  /** Where messages are written down for the channels that are configured. */
  static Outbox outbox(Settings.Notification settings) {
    List<String> channels = new ArrayList<>();
    if (settings.slack() != null) {
      channels.add(SlackChannel.NAME);
    }
    if (settings.webhook() != null) {
      channels.add(WebhookChannel.NAME);
    }
    return new Outbox(channels);
  }

  /** What sends them; not started. */
  static NotificationSender sender(
      Settings.Notification settings,
      MetadataDatabase database,
      InstantSource clock,
      AlertService alerts,
      Function<QualifiedName, Map<String, String>> contacts) {
    Recipients recipients = new Recipients(contacts, settings.publicUrl());
    List<Channel> channels = new ArrayList<>();
    Settings.Slack slack = settings.slack();
    if (slack != null) {
      channels.add(new SlackChannel(slack.address(), slack.channels(), recipients, TIMEOUT));
    }
    Settings.Webhook webhook = settings.webhook();
    if (webhook != null) {
      channels.add(
          new WebhookChannel(webhook.address(), webhook.secret(), recipients, TIMEOUT, clock));
    }
    return new NotificationSender(database, clock, channels, watcher(alerts));
  }

  /** That a channel does not get through is an alert of its own. */
  private static NotificationSender.Watcher watcher(AlertService alerts) {
    return new NotificationSender.Watcher() {
      @Override
      public void failing(String channel, String reason) {
        alerts.raise(
            new AlertService.Happening(
                "notification-failed:" + channel,
                Alert.Severity.HIGH,
                "Messages by %s do not arrive".formatted(channel),
                reason + "; they are tried again for a day each",
                null,
                null));
      }

      @Override
      public void delivered(String channel) {
        alerts.clear("notification-failed:" + channel);
      }
    };
  }
}
