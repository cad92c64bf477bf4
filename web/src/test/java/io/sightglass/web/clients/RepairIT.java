package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import io.sightglass.web.RunningService.Finished;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A broken file, from its alert to its cure, by HTTP and by the command line. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RepairIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "repairs");
  private static final String BROKEN = "id,price\n1,10\n2,CNRYdear\n3,30\n,40\n";
  private static final String CURED = "id,price\n1,10\n2,20\n3,30\n4,40\n";
  private static final String ROWS =
      "SELECT day, count(*), sum(price) FROM shop.sales GROUP BY day";

  @TempDir static Path folder;

  private static Path data;
  private static RunningService service;

  @BeforeAll
  static void start() throws Exception {
    data = folder.resolve("data");
    deliver(BROKEN);
    serve();
  }

  private static void serve() throws Exception {
    service = RunningService.serve(data, PACK, "--scan-every", "1h");
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  private static void deliver(String content) throws Exception {
    Path file = data.resolve("landing/sales/sales_2026-01-05.csv");
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  @Order(1)
  void whatWasNotLetInIsShownByLineAndItsValueToWhomItMayBe() throws Exception {
    ledger().scan();
    assertThat(load().get("state").asText()).isEqualTo("QUARANTINED");
    assertThat(load().get("code").asText()).isEqualTo("TOO_MANY_REJECTS");
    assertThat(rows()).isEqualTo("[]");
    JsonNode seen = rejects("operator");
    assertThat(seen).hasSize(2);
    assertThat(seen.get(0).get("line").asInt()).isEqualTo(3);
    assertThat(seen.get(0).get("column").asText()).isEqualTo("price");
    assertThat(seen.get(0).get("position").asLong()).isEqualTo(BROKEN.indexOf("2,CNRY"));
    assertThat(seen.get(1).get("line").asInt()).isEqualTo(5);
    assertThat(seen.toString()).doesNotContain("CNRY");
    assertThat(service.log()).doesNotContain("rejected values");
    assertThat(rejects("steward").get(0).get("value").asText()).contains("CNRYdear");
    assertThat(service.log()).contains("rejected values of load").doesNotContain("CNRY");
  }

  @Test
  @Order(2)
  void itStaysOutUntilItIsLetInForItsReason() throws Exception {
    assertThat(retry("{}").statusCode()).isEqualTo(202);
    ledger().settled();
    assertThat(load().get("state").asText()).isEqualTo("QUARANTINED");
    HttpResponse<String> wrong = retry("{\"accept\": [\"WRONG_HEADER\"]}");
    assertThat(wrong.statusCode()).as(wrong.body()).isEqualTo(400);
    assertThat(wrong.body()).contains("WRONG_HEADER", "TOO_MANY_REJECTS");
    HttpResponse<String> misspelt = retry("{\"acept\": [\"TOO_MANY_REJECTS\"]}");
    assertThat(misspelt.statusCode()).isEqualTo(400);
    assertThat(misspelt.body()).contains("acept: unknown; allowed: accept");
    HttpResponse<String> alone = retry("{\"accept\": \"TOO_MANY_REJECTS\"}");
    assertThat(alone.statusCode()).isEqualTo(400);
    assertThat(alone.body()).contains("accept: not a list of texts; allowed");
    assertThat(retry("[1").statusCode()).isEqualTo(400);
    assertThat(retry("{\"accept\": [\"TOO_MANY_REJECTS\"]}").statusCode()).isEqualTo(202);
    ledger().settled();
    assertThat(load().get("state").asText()).isEqualTo("COMMITTED");
    assertThat(load().get("rowsRejected").asInt()).isEqualTo(2);
    assertThat(rows()).isEqualTo("[[\"2026-01-05\",2,\"40\"]]");
    // It has been let in: loading the day again asks nobody once more.
    String day = "{\"dataset\": \"shop.sales\", \"from\": \"2026-01-05\", \"to\": \"2026-01-05\"}";
    assertThat(post("/v1/loads/backfill", day, "let-in").statusCode()).isEqualTo(202);
    ledger().settled();
    assertThat(ledger().loads()).hasSize(2).allMatch(RepairIT::isCommitted);
    assertThat(rows()).isEqualTo("[[\"2026-01-05\",2,\"40\"]]");
  }

  @Test
  @Order(3)
  void aCorrectedFileTakesItsPlace() throws Exception {
    deliver(CURED);
    ledger().scan();
    assertThat(rows()).isEqualTo("[[\"2026-01-05\",4,\"100\"]]");
  }

  @Test
  @Order(4)
  void datesAreLoadedAgainOncePerRequest() throws Exception {
    String dates =
        "{\"dataset\": \"shop.sales\", \"from\": \"2026-01-01\", \"to\": \"2026-01-31\"}";
    int before = ledger().loads().size();
    HttpResponse<String> first = post("/v1/loads/backfill", dates, "january");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    assertThat(JSON.readTree(first.body()).get("items")).hasSize(1);
    assertThat(post("/v1/loads/backfill", dates, "january").body()).isEqualTo(first.body());
    ledger().settled();
    assertThat(ledger().loads()).hasSize(before + 1).allMatch(RepairIT::isCommitted);
    assertThat(rows()).isEqualTo("[[\"2026-01-05\",4,\"100\"]]");
    HttpResponse<String> wrong =
        post("/v1/loads/backfill", dates.replace("2026-01-31", "2025-12-31"), "wrong");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("2025-12-31");
  }

  @Test
  @Order(5)
  void withoutAServiceTheCommandLineDoesTheSame() throws Exception {
    ledger().settled();
    service.close();
    Finished again = run("load", "--from", "2026-01-01", "--to", "2026-01-31");
    assertThat(again.status()).as(again.output()).isZero();
    assertThat(again.output())
        .containsPattern(
            "(?m)^COMMITTED   shop\\.sales sales/sales_2026-01-05\\.csv  read 4, written 4");
    Finished none = run("load", "--from", "2026-02-01", "--to", "2026-02-28");
    assertThat(none.status()).isZero();
    assertThat(none.output()).doesNotContain("COMMITTED");
    Finished expired = run("maintain", "--expire", "--verify");
    assertThat(expired.status()).as(expired.output()).isZero();
    assertThat(expired.output()).contains("0 different");
    serve();
    assertThat(rows()).isEqualTo("[[\"2026-01-05\",4,\"100\"]]");
  }

  private static Finished run(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", data.toString(), "--views", PACK.toString()));
    return RunningService.run(all.toArray(String[]::new));
  }

  private static LoadLedger ledger() {
    return new LoadLedger(service, token("operator"));
  }

  private static String token(String role) {
    return service.token("some " + role, List.of(role), Map.of());
  }

  private static boolean isCommitted(JsonNode load) {
    return load.get("state").asText().equals("COMMITTED");
  }

  /** The newest. */
  private static JsonNode load() throws Exception {
    return ledger().loads().getFirst();
  }

  private static JsonNode rejects(String role) throws Exception {
    String path = "/v1/loads/" + load().get("id").asText() + "/rejects";
    HttpResponse<String> answer =
        service.send(service.request(path, token(role)), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).get("items");
  }

  private static HttpResponse<String> retry(String body) throws Exception {
    return post("/v1/loads/" + load().get("id").asText() + "/retry", body, null);
  }

  private static HttpResponse<String> post(String path, String body, @Nullable String key)
      throws Exception {
    var request =
        service
            .request(path, token("operator"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    return service.send(
        key == null ? request : request.header("Idempotency-Key", key), BodyHandlers.ofString());
  }

  private static String rows() throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.statement(ROWS, "application/json", token("reader")), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).get("rows").toString();
  }
}
