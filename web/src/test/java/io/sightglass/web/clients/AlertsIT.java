package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people are told of loads and of dates that have not come, and what they do about it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AlertsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "alerts");
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final String SECRET = "shared by the two of us";
  private static final String QUARANTINED = "load-quarantined:depot.parcels";

  /** So late that few dates have been due since, and early enough that some have. */
  private static LocalDate first;

  @TempDir static Path folder;

  private static WebhookReceiver receiver;
  private static RunningService service;
  private static LoadLedger ledger;

  @BeforeAll
  static void start() throws Exception {
    first = LocalDate.now(ZoneOffset.UTC).minusDays(5);
    receiver = new WebhookReceiver();
    land(0, "number,place\n1,north\n2,south\nx,south\n");
    serve();
    assertThat(ledger.scan()).hasSize(1);
  }

  private static void serve() throws Exception {
    service =
        RunningService.serve(
            folder.resolve("data"),
            PACK,
            Map.of(
                "SIGHTGLASS_NOTIFY_WEBHOOK",
                receiver.address("/hook/s3cr3t"),
                "SIGHTGLASS_NOTIFY_WEBHOOK_SECRET",
                SECRET,
                "SIGHTGLASS_NOTIFY_SLACK",
                receiver.address("/slack/common-t0ken"),
                "SIGHTGLASS_NOTIFY_SLACK_CHANNELS",
                "#depot=" + receiver.address("/slack/depot-t0ken")),
            "--public-url",
            "https://data.example.org");
    ledger = new LoadLedger(service, token("operator"));
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
    receiver.close();
  }

  private static String name(int day) {
    return "parcels_%s.csv".formatted(first.plusDays(day));
  }

  private static void land(int day, String text) throws Exception {
    Path file = folder.resolve("data/landing/depot").resolve(name(day));
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static String token(String role) {
    return service.token(role, List.of(role), Map.of("place", List.of("north")));
  }

  private static HttpResponse<String> post(String role, String path, String body) throws Exception {
    return service.send(
        service
            .request("/v1/alerts/" + path, token(role))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)),
        BodyHandlers.ofString());
  }

  private static JsonNode done(HttpResponse<String> answer) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static JsonNode alert(String fingerprint) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request("/v1/alerts?limit=1000", token("operator")), BodyHandlers.ofString());
    for (JsonNode item : done(answer).get("items")) {
      if (item.get("fingerprint").asText().equals(fingerprint)) {
        return item;
      }
    }
    return JSON.nullNode();
  }

  private static List<String> events() {
    return receiver.received.stream()
        .filter(message -> message.path().equals("/hook/s3cr3t"))
        .map(message -> message.headers().getFirst("Sightglass-Event"))
        .toList();
  }

  @Test
  @Order(1)
  void aLoadedFileIsToldWithItsFiguresAndALink() throws Exception {
    String id = ledger.loads().getFirst().get("id").asText();
    Eventually.within(TIME, "a message", () -> events().contains("load.committed"));
    WebhookReceiver.Received message =
        receiver.received.stream()
            .filter(one -> "load.committed".equals(one.headers().getFirst("Sightglass-Event")))
            .findFirst()
            .orElseThrow();
    JsonNode body = message.body();
    assertThat(body.get("link").asText()).isEqualTo("https://data.example.org/v1/loads/" + id);
    assertThat(body.at("/contact/slack").asText()).isEqualTo("#depot");
    assertThat(body.at("/numbers/rowsRead").asInt()).isEqualTo(3);
    assertThat(body.at("/numbers/rowsWritten").asInt()).isEqualTo(2);
    assertThat(body.at("/numbers/rowsRejected").asInt()).isEqualTo(1);
    assertThat(body.at("/numbers/durationMillis").asLong()).isPositive();
    assertThat(message.headers().getFirst("Sightglass-Delivery"))
        .isEqualTo(body.get("id").asText());
    assertThat(message.headers().getFirst("Sightglass-Signature"))
        .matches("t=\\d+,v1=[0-9a-f]{64}");

    Eventually.within(TIME, "Slack", () -> !receiver.texts("/slack/depot-t0ken").isEmpty());
    assertThat(receiver.texts("/slack/depot-t0ken").getFirst())
        .contains("read 3, written 2, rejected 1", "data.example.org/v1/loads/" + id, "took ");
  }

  @Test
  @Order(2)
  void datesThatHaveNotComeAreAlertsAndTheSameForWhoSeesFewerRows() throws Exception {
    String missing = "missing-date:depot.parcels:" + first.plusDays(1);
    Eventually.within(TIME, "an alert", () -> !alert(missing).isNull());
    assertThat(alert(missing).get("detail").asText())
        .contains("every day", first.plusDays(2) + "T06:00:00Z");
    JsonNode all = dataset("reader");
    JsonNode some = dataset("local_reader");
    assertThat(all.get("missingDates").size()).isBetween(3, 4);
    assertThat(all.at("/missingDates/0").asText()).isEqualTo(first.plusDays(1).toString());
    assertThat(all.at("/late/since").asText()).isEqualTo(first.plusDays(2) + "T06:00:00Z");
    for (String told : List.of("missingDates", "late", "lastLoad", "dataAsOf")) {
      assertThat(some.get(told)).as(told).isEqualTo(all.get(told));
    }
    for (String measured : List.of("rowCount", "bytes", "partitions")) {
      assertThat(some.get(measured).isNull()).as(measured).isTrue();
      assertThat(all.get(measured).isNull()).as(measured).isFalse();
    }
  }

  private static JsonNode dataset(String role) throws Exception {
    return done(
        service.send(
            service.request("/v1/datasets/depot/parcels", token(role)), BodyHandlers.ofString()));
  }

  @Test
  @Order(3)
  void eachFileInQuarantineIsToldOnceAndTheirAlertIsCaredFor() throws Exception {
    land(1, "number,place\nx,north\n");
    land(2, "number,place\nx,north\n");
    ledger.scan();
    Eventually.within(TIME, "an alert", () -> alert(QUARANTINED).path("count").asInt() == 2);
    assertThat(done(post("operator", QUARANTINED + "/acknowledge", "")).get("state").asText())
        .isEqualTo("ACKNOWLEDGED");
    assertThat(alert(QUARANTINED).get("acknowledgedBy").asText()).isEqualTo("operator");
    assertThat(
            done(post("operator", QUARANTINED + "/assign", "{\"to\":\"kim\"}"))
                .get("assignee")
                .asText())
        .isEqualTo("kim");
    Eventually.within(
        TIME,
        "a message",
        () -> receiver.texts("/slack/depot-t0ken").stream().anyMatch(AlertsIT::isQuarantine));
    Eventually.within(
        TIME,
        "the same by the other channel",
        () -> receiver.texts("/hook/s3cr3t").stream().filter(AlertsIT::isQuarantine).count() >= 2);
    // Of one file the alert tells, of the other, while it is open, the load.
    assertThat(receiver.texts("/hook/s3cr3t").stream().filter(AlertsIT::isQuarantine))
        .hasSize(2)
        .anyMatch(text -> text.contains("\"event\":\"alert.opened\""))
        .anyMatch(text -> text.contains("\"event\":\"load.quarantined\""));
  }

  private static boolean isQuarantine(String text) {
    return text.contains("A file of depot.parcels is in quarantine");
  }

  @Test
  @Order(4)
  void aMuteOutlivesARestartAndLeavesPeopleInPeace() throws Exception {
    Instant until = Instant.now().plus(2, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    String mute =
        "{\"until\":\"%s\",\"reason\":\"they know\",\"link\":\"https://example.org/1\"}"
            .formatted(until);
    JsonNode muted = done(post("operator", QUARANTINED + "/mute", mute)).get("mute");
    assertThat(muted.get("until").asText()).isEqualTo(until.toString());
    assertThat(muted.get("by").asText()).isEqualTo("operator");
    service.close();
    serve();
    assertThat(alert(QUARANTINED).get("mute")).isEqualTo(muted);

    int before = receiver.texts("/hook/s3cr3t").size();
    JsonNode resolved =
        done(
            post(
                "operator",
                QUARANTINED + "/resolve",
                "{\"text\":\"the source was told\",\"link\":\"https://example.org/2\"}"));
    assertThat(resolved.at("/resolution/text").asText()).isEqualTo("the source was told");
    assertThat(resolved.get("state").asText()).isEqualTo("RESOLVED");
    land(3, "number,place\nx,north\n");
    land(4, "number,place\n5,north\n");
    ledger.scan();
    Eventually.within(
        TIME,
        "the next message",
        () ->
            receiver.texts("/hook/s3cr3t").stream()
                .anyMatch(text -> text.contains("is loaded") && text.contains(name(4))));
    assertThat(alert(QUARANTINED).get("state").asText()).isEqualTo("OPEN");
    assertThat(receiver.texts("/hook/s3cr3t").stream().skip(before))
        .noneMatch(AlertsIT::isQuarantine);

    JsonNode unmuted =
        done(
            service.send(
                service.request("/v1/alerts/" + QUARANTINED + "/mute", token("operator")).DELETE(),
                BodyHandlers.ofString()));
    assertThat(unmuted.get("mute").isNull()).isTrue();
    Eventually.within(TIME, "the alert", () -> events().contains("alert.unmuted"));
  }

  @Test
  @Order(5)
  void whatCouldNotBeSentBeforeARestartIsSentAfterIt() throws Exception {
    receiver.status = 503;
    land(5, "number,place\n6,north\n");
    ledger.scan();
    int refused = receiver.received.size();
    Eventually.within(TIME, "a refusal", () -> receiver.received.size() > refused);
    service.close();
    receiver.received.clear();
    receiver.status = 200;
    serve();
    Eventually.within(
        TIME,
        "the message",
        () -> receiver.texts("/hook/s3cr3t").stream().anyMatch(text -> text.contains(name(5))));
    assertThat(service.log())
        .doesNotContain("s3cr3t", "t0ken", SECRET)
        .contains("notify.webhook", "***");
  }

  @ParameterizedTest
  @Order(6)
  @CsvSource(
      delimiter = '|',
      value = {
        "acknowledge|",
        "assign|{\"to\":\"kim\"}",
        "resolve|{\"text\":\"done\"}",
        "mute|{\"until\":\"2099-01-01\",\"reason\":\"x\"}"
      })
  void whoMayNotSeeAlertsMayNotChangeThem(String action, String body) throws Exception {
    HttpResponse<String> answer =
        post("loader", QUARANTINED + "/" + action, body == null ? "" : body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    assertThat(answer.body()).contains("MISSING_PERMISSION", "alerts");
  }

  @ParameterizedTest
  @Order(7)
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing/acknowledge||404|There is no alert",
        "nothing/mute|{\"until\":\"TOMORROW\",\"reason\":\"x\"}|404|There is no alert",
        "X/assign||400|to: missing",
        "X/assign|{\"to\":\"\"}|400|to: missing; allowed: 1 to 200",
        "X/resolve|{\"text\":\" \"}|400|text: missing; allowed: 1 to 4000",
        "X/resolve|{\"text\":\"x\",\"link\":\"javascript:alert(1)\"}|400|link: not an address",
        "X/mute|{}|400|until: missing",
        "X/mute|{\"until\":\"tomorrow\",\"reason\":\"x\"}|400|until: \"tomorrow\"",
        "X/mute|{\"until\":\"2020-01-01\",\"reason\":\"x\"}|400|until: \"2020-01-01T00:00:00Z\"",
        "X/mute|{\"until\":\"2999-01-01\",\"reason\":\"x\"}|400|at most 366 days",
        "X/mute|{\"until\":\"2026-12-31\"}|400|reason: missing",
        "X/mute|no json|400|",
        "X/mute|{\"until\":20261224,\"reason\":\"x\"}|400|until: not a text",
        "X/mute|{\"until\":\"TOMORROW\",\"reason\":\"x\",\"bogus\":1}|400|bogus: unknown",
        "X/mute|{\"until\":\"TOMORROW\",\"reason\":\"a\\u0000\"}|400|reason: holds U+0000",
        "X/acknowledge|{\"x\":1}|400|x: unknown; allowed: no field",
        "X/assign|{\"to\":5}|400|to: not a text",
        "X/assign|{\"to\":[\"a\"]}|400|to: not a text",
        "X/assign|{\"to\":\"a\",\"to\":\"b\"}|400|a name twice",
        "X/assign|{\"to\":\"\\u0000\"}|400|to: holds U+0000",
        "X/resolve|{\"text\":\"\\ud800\"}|400|text: holds U+0000 or half of a surrogate pair",
        "a%00b/acknowledge||404|U+0000",
        "a%00b/assign|{\"to\":\"a\"}|404|U+0000",
      })
  void whatIsWrongIsSaid(String path, String body, int status, String detail) throws Exception {
    HttpResponse<String> answer =
        post(
            "operator",
            path.replace("X", QUARANTINED),
            body == null
                ? ""
                : body.replace("TOMORROW", Instant.now().plus(1, ChronoUnit.DAYS).toString()));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.get("code").asText())
        .isEqualTo(status == 404 ? "NOT_FOUND" : "INVALID_REQUEST");
    assertThat(problem.get("detail").asText()).contains(detail == null ? "" : detail);
  }
}
