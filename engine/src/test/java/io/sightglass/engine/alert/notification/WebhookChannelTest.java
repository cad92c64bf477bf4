package io.sightglass.engine.alert.notification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.notification.Channel.Answer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a receiver that answers, refuses, stalls, redirects and lies. */
class WebhookChannelTest {

  private static final String SECRET = "a secret of the two";
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:07Z");
  private static final Notification NOTIFICATION =
      new Notification(
          "id-1",
          "webhook",
          new Message(
              Message.Event.LOAD_COMMITTED,
              "load1",
              "load load1 1",
              null,
              "A file of claims.daily is loaded",
              "\"in/ä.csv\"; read 3",
              QualifiedName.parse("claims.daily"),
              "/v1/loads/load1",
              Map.of("rowsRead", 3L, "durationMillis", 1200L)),
          Instant.parse("2026-01-01T00:00:00Z"),
          2);

  private TestingReceiver receiver;
  private WebhookChannel channel;

  @BeforeEach
  void start() throws IOException {
    receiver = new TestingReceiver();
    channel = channel(receiver.address("/hook?key=1"));
  }

  private static WebhookChannel channel(URI address) {
    return new WebhookChannel(
        address,
        SECRET,
        new Recipients(
            dataset -> Map.of("slack", "#claims"), URI.create("https://data.example.org/")),
        Duration.ofMillis(500),
        () -> NOW);
  }

  @AfterEach
  void stop() {
    channel.close();
    receiver.close();
  }

  @Test
  void theReceiverLearnsAllThatThereIsToKnow() throws Exception {
    assertThat(channel.send(NOTIFICATION)).isEqualTo(new Answer.Taken());
    TestingReceiver.Received received = receiver.received.getFirst();
    assertThat(received.path()).isEqualTo("/hook");
    assertThat(received.headers())
        .containsEntry("content-type", "application/json")
        .containsEntry("sightglass-delivery", "id-1")
        .containsEntry("sightglass-event", "load.committed")
        .containsEntry("sightglass-attempt", "2");
    JsonNode body = new ObjectMapper().readTree(received.body());
    JsonNode expected =
        new ObjectMapper()
            .readTree(
                """
                {"id": "id-1", "event": "load.committed", "at": "2026-01-01T00:00:00Z",
                 "subject": "load1", "severity": null, "title": "A file of claims.daily is loaded",
                 "detail": "\\"in/ä.csv\\"; read 3", "dataset": "claims.daily",
                 "link": "https://data.example.org/v1/loads/load1", "contact": {"slack": "#claims"},
                 "numbers": {"durationMillis": 1200, "rowsRead": 3}}
                """);
    assertThat(body).isEqualTo(expected);
  }

  @Test
  void theSignatureHoldsForTheTimeAndTheBodyAndNothingElse() throws Exception {
    channel.send(NOTIFICATION);
    TestingReceiver.Received received = receiver.received.getFirst();
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
    String expected =
        HexFormat.of()
            .formatHex(mac.doFinal((NOW.getEpochSecond() + "." + received.body()).getBytes(UTF_8)));
    assertThat(received.headers().get("sightglass-signature"))
        .isEqualTo("t=%d,v1=%s".formatted(NOW.getEpochSecond(), expected));
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 400, 401, 404, 410, 500, 503})
  void whatIsNoSuccessIsRefused(int status) throws Exception {
    receiver.behaviour = TestingReceiver.status(status);
    assertThat(channel.send(NOTIFICATION))
        .isEqualTo(new Answer.Refused("It answered " + status, null));
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    receiver.behaviour =
        TestingReceiver.status(307, "Location", receiver.address("/elsewhere").toString());
    channel.send(NOTIFICATION);
    assertThat(receiver.received).hasSize(1);
  }

  @Test
  void theReceiverMaySayWhenToComeAgain() throws Exception {
    receiver.behaviour = TestingReceiver.status(429, "Retry-After", "90");
    assertThat(channel.send(NOTIFICATION))
        .isEqualTo(new Answer.Refused("It answered 429", Duration.ofSeconds(90)));
    for (String nonsense : new String[] {"-1", "99999999999999999999", "soon", ""}) {
      receiver.behaviour = TestingReceiver.status(429, "Retry-After", nonsense);
      assertThat(channel.send(NOTIFICATION)).isEqualTo(new Answer.Refused("It answered 429", null));
    }
  }

  @Test
  void aReceiverThatSaysNothingIsLeft() {
    receiver.behaviour = receiver.stall();
    long begun = System.nanoTime();
    assertThatThrownBy(() -> channel.send(NOTIFICATION)).isInstanceOf(IOException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void aReceiverThatTalksForEverIsNotListenedTo() throws Exception {
    receiver.behaviour = TestingReceiver.endless();
    long begun = System.nanoTime();
    assertThat(channel.send(NOTIFICATION)).isEqualTo(new Answer.Taken());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void nobodyThereIsAnIoException() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (WebhookChannel nobody = channel(URI.create("http://127.0.0.1:" + port))) {
      assertThatThrownBy(() -> nobody.send(NOTIFICATION)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void withoutAnAddressOfTheServiceTheLinkIsAPath() {
    Recipients recipients = new Recipients(dataset -> Map.of(), null);
    assertThat(recipients.link(NOTIFICATION.message())).isEqualTo("/v1/loads/load1");
  }
}
