package io.sightglass.engine.alert.notification;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Posts notifications as JSON to one configured address, signed.
 *
 * <p>It goes to that address alone: a redirect is not followed. What the receiver writes is not
 * read but for its status, so that it can neither hold the sender nor fill its memory.
 */
public final class WebhookChannel implements Channel {

  /** Its name in the outbox. */
  public static final String NAME = "webhook";

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MOST_PER_SECOND = 50;

  private final URI address;
  private final String secret;
  private final Recipients recipients;
  private final Duration timeout;
  private final InstantSource clock;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .version(HttpClient.Version.HTTP_1_1)
          .build();

  /**
   * A channel. The caller closes it.
   *
   * @param secret that the receiver shares
   * @param timeout until the receiver has answered
   */
  public WebhookChannel(
      URI address, String secret, Recipients recipients, Duration timeout, InstantSource clock) {
    this.address = address;
    this.secret = secret;
    this.recipients = recipients;
    this.timeout = timeout;
    this.clock = clock;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int mostPerSecond() {
    return MOST_PER_SECOND;
  }

  @Override
  public Answer send(Notification notification) throws IOException, InterruptedException {
    byte[] body = MessageJson.of(notification, recipients);
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .header("User-Agent", "sightglass")
            .header("Sightglass-Delivery", notification.id())
            .header("Sightglass-Event", notification.message().event().key())
            .header("Sightglass-Attempt", Long.toString(notification.attempt()))
            .header("Sightglass-Signature", WebhookSignature.of(secret, clock.instant(), body))
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
    response.body().close();
    return Answers.of(
        response.statusCode(), response.headers().firstValue("Retry-After").orElse(null));
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
