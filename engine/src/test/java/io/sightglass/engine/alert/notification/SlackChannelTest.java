package io.sightglass.engine.alert.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.notification.Channel.Answer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Slack's SDK against a receiver that answers, refuses, stalls, redirects and lies. */
class SlackChannelTest {

  private static final QualifiedName CLAIMS = QualifiedName.parse("claims.daily");
  private static final QualifiedName CALLS = QualifiedName.parse("centre.calls");

  private TestingReceiver receiver;
  private SlackChannel channel;

  @BeforeEach
  void start() throws IOException {
    receiver = new TestingReceiver();
    Map<QualifiedName, Map<String, String>> contacts =
        Map.of(
            CLAIMS, Map.of("slack", "#claims", "runbook", "https://wiki.example.org/claims"),
            CALLS, Map.of("slack", receiver.address("/elsewhere").toString()));
    channel =
        new SlackChannel(
            receiver.address("/common"),
            Map.of("#claims", receiver.address("/claims")),
            new Recipients(
                dataset -> contacts.getOrDefault(dataset, Map.of()),
                URI.create("https://data.example.org")),
            Duration.ofMillis(500));
  }

  @AfterEach
  void stop() {
    channel.close();
    receiver.close();
  }

  private static Notification notification(
      Message.Event event, String title, String detail, @Nullable QualifiedName dataset) {
    return new Notification(
        "id-1",
        "slack",
        new Message(
            event,
            "subject",
            null,
            event == Message.Event.LOAD_COMMITTED ? null : "EXTREME",
            title,
            detail,
            dataset,
            "/v1/loads/load1",
            Map.of()),
        Instant.EPOCH,
        1);
  }

  private String text() throws IOException {
    JsonNode body = new ObjectMapper().readTree(receiver.received.getLast().body());
    return body.get("text").asText();
  }

  @Test
  void theChannelOfTheContactIsTold() throws Exception {
    Notification loaded =
        notification(
            Message.Event.LOAD_COMMITTED,
            "A file of claims.daily is loaded",
            "\"in/claims.csv\"; read 3, written 2, rejected 1; took 1.2 s",
            CLAIMS);
    assertThat(channel.send(loaded)).isEqualTo(new Answer.Taken());
    assertThat(receiver.received.getLast().path()).isEqualTo("/claims");
    assertThat(receiver.received.getLast().headers().get("content-type"))
        .startsWith("application/json");
    assertThat(text())
        .isEqualTo(
            """
            :inbox_tray: A file of claims.daily is loaded
            "in/claims.csv"; read 3, written 2, rejected 1; took 1.2 s
            <https://data.example.org/v1/loads/load1|Look> \
            <https://wiki.example.org/claims|Runbook>\
            """);
  }

  @Test
  void whoHasNoChannelOfTheirOwnIsNamedInTheCommonOne() throws Exception {
    channel.send(notification(Message.Event.ALERT_OPENED, "title", "detail", null));
    assertThat(receiver.received.getLast().path()).isEqualTo("/common");
    assertThat(text()).startsWith(":warning: *extreme* title\ndetail\n").doesNotContain("For ");
    channel.send(notification(Message.Event.ALERT_RESOLVED, "title", "detail", CALLS));
    assertThat(receiver.received.getLast().path()).isEqualTo("/common");
    assertThat(text()).startsWith(":white_check_mark: *resolved* title").contains("\nFor http://");
  }

  @Test
  void aContactIsNeverAnAddressToSendTo() throws Exception {
    channel.send(notification(Message.Event.ALERT_OPENED, "title", "detail", CALLS));
    assertThat(receiver.received)
        .extracting(TestingReceiver.Received::path)
        .containsOnly("/common");
  }

  @Test
  void aFilesNameCallsNobodyTogether() throws Exception {
    channel.send(
        notification(
            Message.Event.ALERT_OPENED,
            "<!channel> & <https://evil.example.org|Slack>",
            "<@U123>" + "x".repeat(100_000),
            null));
    assertThat(text())
        .contains("&lt;!channel&gt; &amp; &lt;https://evil.example.org|Slack&gt;")
        .contains("&lt;@U123&gt;")
        .doesNotContain("<!", "<@")
        .hasSizeLessThan(4_000);
  }

  @Test
  void whatIsNoSuccessIsRefusedAndARedirectNotFollowed() throws Exception {
    Notification any = notification(Message.Event.ALERT_OPENED, "title", "detail", null);
    receiver.behaviour = TestingReceiver.status(404);
    assertThat(channel.send(any)).isEqualTo(new Answer.Refused("It answered 404", null));
    receiver.behaviour = TestingReceiver.status(429, "Retry-After", "30");
    assertThat(channel.send(any))
        .isEqualTo(new Answer.Refused("It answered 429", Duration.ofSeconds(30)));
    receiver.behaviour =
        TestingReceiver.status(307, "Location", receiver.address("/elsewhere").toString());
    assertThat(channel.send(any)).isEqualTo(new Answer.Refused("It answered 307", null));
    assertThat(receiver.received)
        .extracting(TestingReceiver.Received::path)
        .containsOnly("/common");
  }

  @Test
  void whoSaysNothingIsLeftAndWhoTalksForEverIsNotListenedTo() throws Exception {
    Notification any = notification(Message.Event.ALERT_OPENED, "title", "detail", null);
    receiver.behaviour = receiver.stall();
    long begun = System.nanoTime();
    assertThatThrownBy(() -> channel.send(any)).isInstanceOf(IOException.class);
    receiver.behaviour = TestingReceiver.endless();
    assertThat(channel.send(any)).isEqualTo(new Answer.Taken());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }
}
