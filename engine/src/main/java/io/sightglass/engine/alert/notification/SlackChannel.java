package io.sightglass.engine.alert.notification;

import com.slack.api.Slack;
import com.slack.api.SlackConfig;
import com.slack.api.util.http.SlackHttpClient;
import com.slack.api.webhook.Payload;
import com.slack.api.webhook.WebhookResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts notifications to Slack's incoming webhooks: to that of the channel which the contact of the
 * dataset names, else to a common one.
 *
 * <p>It goes to configured addresses alone: a contact names a channel, never an address, and a
 * redirect is not followed. Of the answer little is read.
 */
public final class SlackChannel implements Channel {

  /** Its name in the outbox. */
  public static final String NAME = "slack";

  private static final Logger LOG = LoggerFactory.getLogger(SlackChannel.class);

  /** What a contract calls the channel of its people. */
  private static final String CONTACT = "slack";

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final long LONGEST_ANSWER = 4_096;

  private final URI common;
  private final Map<String, URI> channels;
  private final Recipients recipients;
  private final Slack slack;

  /**
   * A channel. The caller closes it.
   *
   * @param common webhook for everything whose channel has none of its own
   * @param channels webhooks by the name of their channel
   * @param timeout until Slack has answered
   */
  public SlackChannel(
      URI common, Map<String, URI> channels, Recipients recipients, Duration timeout) {
    this.common = common;
    this.channels = Map.copyOf(channels);
    this.recipients = recipients;
    SlackConfig config = new SlackConfig();
    // They write requests to the log, whose addresses are secrets.
    config.getHttpClientResponseHandlers().clear();
    this.slack = Slack.getInstance(config, new SlackHttpClient(client(config, timeout)));
  }

  private static OkHttpClient client(SlackConfig config, Duration timeout) {
    return SlackHttpClient.buildOkHttpClient(config)
        .newBuilder()
        .connectTimeout(CONNECT_TIMEOUT)
        .callTimeout(timeout)
        .followRedirects(false)
        .followSslRedirects(false)
        // A message that was perhaps received is not for this layer to send again.
        .retryOnConnectionFailure(false)
        .addNetworkInterceptor(chain -> {
          try (Response response = chain.proceed(chain.request())) {
            return response.newBuilder().body(response.peekBody(LONGEST_ANSWER)).build();
          }
        })
        .build();
  }

  @Override
  public String name() {
    return NAME;
  }

  /** <a href="https://docs.slack.dev/apis/web-api/rate-limits">One, with short bursts.</a> */
  @Override
  public int mostPerSecond() {
    return 1;
  }

  @Override
  public Answer send(Notification notification) throws IOException {
    Message message = notification.message();
    String wanted = recipients.contact(message).get(CONTACT);
    URI own = wanted == null ? null : channels.get(wanted);
    Payload payload =
        Payload.builder()
            .text(SlackText.of(message, recipients, own == null ? wanted : null))
            .build();
    WebhookResponse response = slack.send((own == null ? common : own).toString(), payload);
    List<String> retryAfter = response.getHeaders().getOrDefault("retry-after", List.of());
    return Answers.of(response.getCode(), retryAfter.isEmpty() ? null : retryAfter.getFirst());
  }

  @Override
  public void close() {
    try {
      slack.close();
    } catch (Exception e) {
      LOG.warn("The connections to Slack did not close", e);
    }
  }
}
