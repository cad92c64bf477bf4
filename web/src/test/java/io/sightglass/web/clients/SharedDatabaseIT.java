package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The real service with loads, statements, alerts and the catalogue in PostgreSQL. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedDatabaseIT {

  private static final Path PACK = Path.of("src", "test", "resources", "packs", "time");
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final int DAYS = 6;
  private static final String PASSWORD = "never-to-be-printed";
  private static final String COUNT = "SELECT count(*) AS n, sum(version) AS v FROM shop.sales";

  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static DatabaseSettings database;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static CrashLanding landing;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static RunningService one;

  @BeforeAll
  static void load() throws Exception {
    database = TestingPostgres.emptyDatabase();
    landing = new CrashLanding(folder, CrashLanding.into(folder.resolve("landing")), DAYS);
    landing.deliver(1);
    one = serve("one");
    List<JsonNode> loads = ledger(one).scan();
    assertThat(loads).hasSize(landing.files());
    assertThat(loads).allMatch(load -> load.get("state").asText().equals("COMMITTED"));
  }

  @AfterAll
  static void stop() {
    one.close();
  }

  private static RunningService serve(String name) throws IOException, InterruptedException {
    return RunningService.serve(
        Files.createDirectories(folder.resolve(name)),
        PACK,
        Map.of("SIGHTGLASS_DATABASE_PASSWORD", PASSWORD),
        "--landing=" + folder.resolve("landing").toUri(),
        "--warehouse=" + folder.resolve("warehouse").toUri(),
        "--database-url=" + database.url(),
        "--database-user=postgres",
        "--replicas-takeover=2s",
        "--scan-every=1h");
  }

  private static LoadLedger ledger(RunningService service) {
    return new LoadLedger(service, service.token("lou", List.of("loader"), Map.of()));
  }

  private static String ask(RunningService service, String sql) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.statement(sql, "text/csv", service.token("rea", List.of("reader"), Map.of())),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static String expected(int round) {
    int sales = landing.salesOf(round).values().stream().mapToInt(Integer::intValue).sum();
    return "n,v\n%d,%d\n".formatted(sales, sales * round);
  }

  @Test
  @Order(1)
  void whatIsLoadedIsAnsweredAndNoDatabaseIsLeftHere() throws Exception {
    assertThat(ask(one, COUNT)).isEqualTo(expected(1));
    assertThat(ask(one, "SELECT count(buyer) AS n FROM shop.sales_identified"))
        .isEqualTo(expected(1).replaceAll("(?s),v\\n(\\d+),.*", "\n$1\n"));
    assertThat(folder.resolve("one/metadata.db")).doesNotExist();
    assertThat(folder.resolve("one/catalog.db")).doesNotExist();
  }

  @Test
  @Order(2)
  void thePasswordIsPrintedNowhere() {
    assertThat(one.log())
        .contains("database.url")
        .containsPattern("database\\.password +\\*\\*\\* ")
        .doesNotContain(PASSWORD);
  }

  @Test
  @Order(3)
  void anotherReplicaAnswersTheSameAndLoadsWhatComes() throws Exception {
    try (RunningService two = serve("two")) {
      assertThat(ask(two, COUNT)).isEqualTo(expected(1));
      landing.deliver(2);
      // The one looks, and both load.
      List<JsonNode> loads = ledger(two).scan();
      assertThat(loads).hasSize(2 * landing.files());
      assertThat(loads).allMatch(load -> load.get("state").asText().equals("COMMITTED"));
      Eventually.isSeen(TIME, expected(2), () -> ask(one, COUNT));
      Eventually.isSeen(TIME, expected(2), () -> ask(two, COUNT));
      assertThat(one.log()).as("shared work").contains(" is COMMITTED: ok");
      assertThat(two.log()).as("shared work").contains(" is COMMITTED: ok");
      HttpResponse<String> noted = note(two, "by two");
      assertThat(note(one, "by two").body()).isEqualTo(noted.body());
      assertThat(note(one, "by one").statusCode()).isEqualTo(422);
      assertThat(Files.readString(folder.resolve("one/vault/pseudonyms.key")))
          .isEqualTo(Files.readString(folder.resolve("two/vault/pseudonyms.key")));
    }
  }

  @Test
  @Order(4)
  void aRestartKnowsEverything() throws Exception {
    one.close();
    one = serve("one");
    assertThat(ask(one, COUNT)).isEqualTo(expected(2));
    assertThat(ledger(one).scan()).hasSize(2 * landing.files());
    assertThat(note(one, "by two").statusCode()).isEqualTo(201);
    assertThat(ledger(one).loads().getLast().get("notes")).hasSize(1);
  }

  /** A note at the first load, always by the same key. */
  private static HttpResponse<String> note(RunningService service, String text) throws Exception {
    String load = ledger(service).loads().getLast().get("id").asText();
    return service.send(
        service
            .request(
                "/v1/loads/" + load + "/notes", service.token("lou", List.of("loader"), Map.of()))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "the first note")
            .POST(BodyPublishers.ofString("{\"text\": \"%s\"}".formatted(text))),
        BodyHandlers.ofString());
  }
}
