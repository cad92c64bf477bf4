package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A steward edits the folder of a service that is asked all the time: a typo changes nothing but
 * {@code /health} and one alert, a mend and a change come within ten seconds and as a whole, and no
 * statement fails.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ViewsChangeIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "corrections");
  private static final Duration PROMPT = Duration.ofSeconds(10);
  private static final String ALERT = "views:mistakes";
  private static final int ROWS = 2000;

  /** More rows than any buffer on their way holds. */
  private static final int COPIES = 500;

  @TempDir static Path folder;

  private static Path data;
  private static Path pack;
  private static RunningService service;
  private static ViewsPollers pollers;

  @BeforeAll
  static void start() throws Exception {
    data = folder.resolve("data");
    pack = folder.resolve("pack");
    copyPack();
    service = RunningService.serve(data, pack);
    StringBuilder sales = new StringBuilder("id,day,version,buyer\n");
    for (int id = 1; id <= ROWS; id++) {
      sales.append(id).append(",2026-01-02,1,Buyer ").append(id).append('\n');
    }
    Path landing = Files.createDirectories(data.resolve("landing").resolve("sales"));
    Files.writeString(landing.resolve("sales_2026-01-02.csv"), sales);
    LoadLedger ledger = new LoadLedger(service, service.token("lou", List.of("loader"), Map.of()));
    assertThat(ledger.scan())
        .singleElement()
        .satisfies(load -> assertThat(load.get("state").asText()).isEqualTo("COMMITTED"));
    pollers = ViewsPollers.start(service, reader());
  }

  @AfterAll
  static void stop() throws Exception {
    if (pollers != null) {
      pollers.close();
    }
    if (service != null) {
      service.close();
    }
  }

  @AfterEach
  void noStatementHasFailed() throws Exception {
    pollers.awaitAnother();
    assertThat(pollers.failures()).isEmpty();
  }

  @Test
  @Order(1)
  void aTypoChangesNothingButHealthAndOneAlert() throws Exception {
    String version = version();
    replace("shop/sales.sql", "SELECT", "SELEC");

    Eventually.isSeen(PROMPT, "DEGRADED", () -> views().get("status").asText());
    assertThat(views().get("detail").asText())
        .startsWith("1 mistakes")
        .doesNotContain("sales", "SELEC");
    assertThat(get("/health/ready").get("status").asText()).isEqualTo("UP");
    Eventually.isSeen(PROMPT, "OPEN", ViewsChangeIT::alertState);
    assertThat(alert().get("detail").asText()).startsWith("shop/sales.sql:5: SYNTAX_ERROR");
    assertThat(version()).isEqualTo(version);
    assertThat(pollers.changed()).isFalse();
  }

  @Test
  @Order(2)
  void theMendIsPickedUpAndResolvesTheAlert() throws Exception {
    String version = version();
    replace("shop/sales.sql", "SELEC", "SELECT");

    Eventually.isSeen(PROMPT, "UP", () -> views().get("status").asText());
    Eventually.isSeen(PROMPT, "RESOLVED", ViewsChangeIT::alertState);
    assertThat(alert().get("count").asInt()).isOne();
    assertThat(version()).isEqualTo(version);
  }

  @Test
  @Order(3)
  void aColumnAndAMaskComeTogetherAndWhatStreamsGoesOn() throws Exception {
    String version = version();
    HttpResponse<java.io.InputStream> stream =
        service.send(
            service.statement(
                "SELECT s.id, s.day FROM shop.sales s, range(%d) ORDER BY s.id".formatted(COPIES),
                "text/csv",
                reader()),
            BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("id,day");

      replace("shop/sales.sql", "SELECT", "SELECT 'sale ' || id AS label,");
      Files.writeString(
          pack.resolve("shop/grants.yaml"),
          """
          reader:
            - views: [sales, sales_identified]
              mask: {day: year}
            - views: [events, notes]
          """);
      Eventually.within(PROMPT, "another version", () -> !version().equals(version));
      pollers.awaitAnother();
      assertThat(pollers.changed()).isTrue();

      // It began under the policy of before, and ends under it.
      assertThat(lines.lines().filter(line -> line.endsWith(",2026-01-02"))).hasSize(ROWS * COPIES);
    }
  }

  @Test
  @Order(4)
  void aChangeThatTheTablesCannotFollowIsNotTakenHoweverItIsLookedAt() throws Exception {
    String version = version();
    replace("shop/sales.yaml", "name: version, type: INTEGER", "name: version, type: DATE");
    Eventually.isSeen(PROMPT, "DEGRADED", () -> views().get("status").asText());
    Eventually.isSeen(PROMPT, "OPEN", ViewsChangeIT::alertState);
    assertThat(alert().get("detail").asText()).contains("version").doesNotContain("sales.sql");

    replace("shop/notes.sql", "SELECT", "SELEC");
    Eventually.within(PROMPT, "typo", () -> alert().get("detail").asText().contains("notes.sql"));
    replace("shop/notes.sql", "SELEC", "SELECT");
    Eventually.within(
        PROMPT, "still refused", () -> !alert().get("detail").asText().contains("notes.sql"));

    assertThat(views().get("status").asText()).isEqualTo("DEGRADED");
    assertThat(alert().get("state").asText()).isEqualTo("OPEN");
    assertThat(version()).isEqualTo(version);
  }

  @Test
  @Order(5)
  void aRestartHasTheLastGoodVersionAndAMendThatCameMeanwhileIsSeen() throws Exception {
    pollers.close();
    assertThat(pollers.failures()).isEmpty();
    String version = version();

    restart();
    assertThat(views().get("status").asText()).isEqualTo("DEGRADED");
    assertThat(version()).isEqualTo(version);

    service.close();
    replace("shop/sales.yaml", "name: version, type: DATE", "name: version, type: INTEGER");
    restart();
    assertThat(views().get("status").asText()).isEqualTo("UP");
    assertThat(alert().get("state").asText()).isEqualTo("RESOLVED");
    assertThat(version()).isEqualTo(version);
    pollers = ViewsPollers.start(service, reader());
  }

  @Test
  @Order(6)
  void whatWaitedForItsContractRunsOnceThatIsMended() throws Exception {
    String loader = service.token("lou", List.of("loader"), Map.of());
    LoadLedger ledger = new LoadLedger(service, loader);
    Files.writeString(data.resolve("landing/sales/sales_2026-01-03.csv"), "");
    JsonNode load = ledger.scan().getFirst();
    assertThat(load.get("state").asText()).isEqualTo("QUARANTINED");
    String version = version();
    replace("shop/sales.yaml", "path: sales/", "path: sells/");
    Eventually.within(PROMPT, "another version", () -> !version().equals(version));
    service.send(
        service
            .request("/v1/loads/%s/retry".formatted(load.get("id").asText()), loader)
            .POST(BodyPublishers.noBody()),
        BodyHandlers.discarding());
    Eventually.within(
        PROMPT,
        "a load that waits",
        () -> ledger.loads().getFirst().get("reason").asText().startsWith("Waits: no source"));
    replace("shop/sales.yaml", "path: sells/", "path: sales/");
    Eventually.within(
        PROMPT,
        "the load",
        () -> ledger.loads().getFirst().get("state").asText().equals("QUARANTINED"));
  }

  private static void restart() throws Exception {
    service.close();
    service = RunningService.serve(data, pack);
  }

  private static String reader() {
    return service.token("rea", List.of("reader"), Map.of());
  }

  private static JsonNode views() throws Exception {
    for (JsonNode part : get("/health").get("parts")) {
      if (part.get("name").asText().equals("views")) {
        return part;
      }
    }
    throw new AssertionError("no part of /health is the views");
  }

  private static JsonNode alert() throws Exception {
    return findAlert().orElseThrow(() -> new AssertionError("no alert " + ALERT));
  }

  /** The alert says a moment later what health says. */
  private static String alertState() throws Exception {
    return findAlert().map(alert -> alert.get("state").asText()).orElse("none");
  }

  private static Optional<JsonNode> findAlert() throws Exception {
    for (JsonNode alert : get("/v1/alerts").get("items")) {
      if (alert.get("fingerprint").asText().equals(ALERT)) {
        return Optional.of(alert);
      }
    }
    return Optional.empty();
  }

  private static String version() throws Exception {
    return get("/v1/me").get("policyVersion").asText();
  }

  private static JsonNode get(String path) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request(path, service.token("opal", List.of("operator"), Map.of())),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static void replace(String file, String from, String to) throws IOException {
    Path path = pack.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }

  /** The pack of another test, where one user's statements wait for each other. */
  private static void copyPack() throws IOException {
    Files.createDirectories(pack.resolve("shop"));
    try (var files = Files.newDirectoryStream(PACK.resolve("shop"))) {
      for (Path file : files) {
        Files.copy(file, pack.resolve("shop").resolve(file.getFileName().toString()));
      }
    }
    Files.writeString(
        pack.resolve("shop/by_day.query.sql"),
        """
        /*
        description: Sales by day
        parameters: {least: {type: INTEGER, default: 0, description: Least identifier}}
        */
        SELECT day, count(*) AS sales FROM shop.sales WHERE id >= $least GROUP BY day
        """);
    Files.writeString(
        pack.resolve("roles.yaml"),
        Files.readString(PACK.resolve("roles.yaml"))
                .replace("concurrent: 8, queued: 8", "concurrent: 2, queued: 100")
                .replace("rows: 100000", "rows: 10000000")
            + """
              operator:
                description: On call
                permissions: [alerts]
                limits: {rows: 1, bytes: 1 MB, seconds: 1, concurrent: 1, queued: 1, memory: 1 MB, kept: 0}
            """);
  }
}
