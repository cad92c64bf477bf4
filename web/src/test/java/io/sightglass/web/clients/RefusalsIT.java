package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error table of the API, code by code, against a service with a ledger, a log and data. */
class RefusalsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "refusals");
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final String ENDLESS =
      "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7";

  @TempDir static Path folder;

  private static RunningService service;
  private static LoadLedger ledger;

  @BeforeAll
  static void start() throws Exception {
    Path data = folder.resolve("data");
    for (String schema : List.of("alpha", "beta")) {
      Path landing = Files.createDirectories(data.resolve("landing").resolve(schema));
      Files.write(landing.resolve("a.csv"), List.of("number,name", "1,one", "2147483647,many"));
    }
    service =
        RunningService.serve(data, PACK, "--engine-memory", "100 MB", "--engine-spill", "2 MB");
    ledger = new LoadLedger(service, token("loader"));
    assertThat(ledger.scan()).hasSize(2);
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reader|400|SYNTAX_ERROR|SELEC 1|1|1",
        "reader|400|SYNTAX_ERROR|SELECT 1 FROM alpha.things WHERE|1|0",
        "reader|400|UNKNOWN_NAME|SELECT * FROM nothing|1|15",
        "reader|400|UNKNOWN_NAME|SELECT nam FROM alpha.things|1|8",
        "reader|400|UNKNOWN_NAME|SELECT * FROM raw.alpha.things|1|15",
        "reader|400|UNKNOWN_NAME|SELECT * FROM alpha.local_things|1|15",
        "reader|400|AMBIGUOUS_NAME|SELECT * FROM things|1|15",
        "reader|400|AMBIGUOUS_NAME|SELECT name FROM alpha.things a, alpha.things b|1|8",
        "reader|400|TYPE_MISMATCH|SELECT sum(name) FROM alpha.things|1|8",
        "reader|400|WRONG_PARAMETER|SELECT $1|0|0",
        "reader|403|NOT_ALLOWED|SELECT * FROM read_csv('x.csv')|1|15",
        "reader|403|NOT_ALLOWED|DELETE FROM alpha.things|0|0",
        "stationed|403|MISSING_ATTRIBUTE|SELECT * FROM alpha.local_things|1|15",
        "reader|422|CAST_FAILED|SELECT CAST(name AS INTEGER) FROM alpha.things|1|8",
        "reader|422|OUT_OF_RANGE|SELECT number + 1::INTEGER FROM alpha.things|0|0",
        "reader|422|EXECUTION_FAILED|SELECT (SELECT i FROM range(number + 1) r(i)) FROM"
            + " alpha.things WHERE number = 1|0|0",
        "hurried|422|TIME_LIMIT|" + ENDLESS + "|0|0",
        "tiny|422|ROW_LIMIT|SELECT * FROM range(6)|0|0",
        "tiny|422|BYTE_LIMIT|SELECT repeat('x', 900) FROM range(3)|0|0",
        "reader|422|MEMORY_LIMIT|SELECT length(string_agg(i::VARCHAR, 'xxxxxxxxxxxxxxxx')) FROM"
            + " range(100000000) r(i)|0|0",
        "reader|422|SPILL_LIMIT|SELECT i, hash(i) AS h FROM range(50000000) r(i) ORDER BY h|0|0",
      })
  void statementsFailWithTheirCode(
      String role, int status, String code, String sql, int line, int column) throws Exception {
    HttpResponse<String> answer = send(service.statement(sql, "text/csv", token(role)));
    JsonNode problem = assertProblem(answer, status, code);
    assertThat(problem.get("statementId").asText())
        .isEqualTo(answer.headers().firstValue("Sightglass-Statement-Id").orElse("null"));
    if (column > 0) {
      assertThat(problem.at("/position/line").asInt()).as(answer.body()).isEqualTo(line);
      assertThat(problem.at("/position/column").asInt()).as(answer.body()).isEqualTo(column);
    }
    Eventually.isSeen(
        TIME, "FAILED " + code, () -> record(problem.get("statementId").asText(), role));
  }

  private static String record(String statement, String role) throws Exception {
    HttpResponse<String> answer = send(service.request("/v1/statements/" + statement, token(role)));
    JsonNode record = JSON.readTree(answer.body());
    return record.path("state").asText() + " " + record.at("/error/code").asText();
  }

  @ParameterizedTest
  @CsvSource({
    "SELECT nam FROM alpha.things, name",
    "SELECT * FROM alpha.thing, alpha.things",
    "SELECT * FROM things, alpha.things",
    "SELECT * FROM things, beta.things",
  })
  void namesThatWereMeantAreSuggested(String sql, String meant) throws Exception {
    HttpResponse<String> answer = send(service.statement(sql, "text/csv", token("reader")));
    JsonNode suggestions = JSON.readTree(answer.body()).get("suggestions");
    assertThat(suggestions.toString()).contains('"' + meant + '"').doesNotContain("local_things");
  }

  @ParameterizedTest
  @CsvSource({
    "reader,GET,/v1/loads,403,MISSING_PERMISSION",
    "reader,POST,/v1/loads/scan,403,MISSING_PERMISSION",
    "reader,GET,/v1/loads/x/rejects,403,MISSING_PERMISSION",
    "reader,GET,/v1/alerts,403,MISSING_PERMISSION",
    "reader,GET,/v1/statements?all=true,403,MISSING_PERMISSION",
    "reader,GET,/v1/statements?limit=x,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?limit=0,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?state=x,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?since=x,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?cursor=x,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?since=%2B300000-01-01T00:00:00Z,400,INVALID_REQUEST",
    "reader,GET,/v1/statements?stat=FAILED,400,INVALID_REQUEST",
    "reader,GET,/v1/statements/none,404,NOT_FOUND",
    "reader,DELETE,/v1/statements/none,404,NOT_FOUND",
    "reader,GET,/v1/datasets/alpha/none,404,NOT_FOUND",
    "reader,GET,/v1/datasets/alpha/local_things,404,NOT_FOUND",
    "loader,GET,/v1/loads/none,404,NOT_FOUND",
    "loader,GET,/v1/loads?state=x,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?dataset=x,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?cursor=x,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?stat=FAILED,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?state=FAILED&state=FOUND,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?since=-999999999-01-01T00:00:00Z,400,INVALID_REQUEST",
    "loader,GET,/v1/loads?format=csv,406,NOT_ACCEPTABLE",
    "loader,POST,/v1/loads/none/retry,404,NOT_FOUND",
    "loader,GET,/v1/loads/a%00b,404,NOT_FOUND",
    "loader,POST,/v1/loads/a%00b/retry,404,NOT_FOUND",
    "reader,GET,/v1/statements/a%00b,404,NOT_FOUND",
    "reader,GET,/v1/statements?cursor=1.%00,400,INVALID_REQUEST",
    "reader,GET,/v1/nothing,404,NOT_FOUND",
  })
  void requestsAreRefusedWithTheirCode(
      String role, String method, String path, int status, String code) throws Exception {
    HttpResponse<String> answer =
        send(service.request(path, token(role)).method(method, BodyPublishers.noBody()));
    assertProblem(answer, status, code);
  }

  @Test
  void aLimitAboveTheHighestIsLowered() throws Exception {
    HttpResponse<String> answer =
        send(service.request("/v1/loads?limit=100000000000&format=json", token("loader")));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"dataset\":\"alpha.things\"}", "[]", "now"})
  void aScanTakesNoBodyThatItDoesNotKnow(String body) throws Exception {
    HttpResponse<String> answer =
        send(
            service
                .request("/v1/loads/scan", token("loader"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    assertProblem(answer, 400, "INVALID_REQUEST");
  }

  @Test
  void withoutATokenNothingIsAnswered() throws Exception {
    for (String path : List.of("/v1/sql?sql=SELECT+1", "/v1/loads", "/v1/statements", "/v1/me")) {
      HttpResponse<String> answer = send(HttpRequest.newBuilder(service.address().resolve(path)));
      assertProblem(answer, 401, "UNAUTHENTICATED");
      assertThat(answer.headers().allValues("WWW-Authenticate")).hasSize(2);
    }
  }

  @Test
  void nothingAcceptableListsWhatIs() throws Exception {
    HttpResponse<String> answer = send(service.statement("SELECT 1", "image/png", token("reader")));
    assertThat(assertProblem(answer, 406, "NOT_ACCEPTABLE").get("detail").asText())
        .contains("text/csv", "application/vnd.apache.parquet");
  }

  @ParameterizedTest
  @ValueSource(ints = {40_000, 9_000_000})
  void whatIsTooLargeIsRefused(int length) throws Exception {
    String sql = "SELECT '" + "x".repeat(length) + "'";
    HttpResponse<String> answer = send(service.statement(sql, "text/csv", token("reader")));
    assertProblem(answer, 413, "STATEMENT_TOO_LARGE");
  }

  @Test
  void aKeyWithAnotherBodyIsRefused() throws Exception {
    String load = ledger.loads().getFirst().get("id").asText();
    assertThat(note(load, "{\"text\":\"seen\"}").statusCode()).isEqualTo(201);
    assertThat(note(load, "{\"text\":\"seen\"}").statusCode()).isEqualTo(201);
    assertProblem(note(load, "{\"text\":\"other\"}"), 422, "IDEMPOTENCY_MISMATCH");
    assertThat(ledger.loads().getFirst().get("notes")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"text\":\"a\\u0000b\"}|text: holds U+0000",
        "{\"text\":\"a\\ud83d\"}|text: holds U+0000 or half of a surrogate pair",
        "{\"text\":\"a\",\"link\":\"https://x/\\u0000\"}|link: holds U+0000",
      })
  void whatNoDatabaseKeepsIsNoNote(String body, String detail) throws Exception {
    String load = ledger.loads().getFirst().get("id").asText();
    JsonNode problem = assertProblem(note(load, body), 400, "INVALID_REQUEST");
    assertThat(problem.get("detail").asText()).contains(detail);
  }

  @Test
  void aLoadThatIsDoneIsNotRetried() throws Exception {
    String load = ledger.loads().getFirst().get("id").asText();
    HttpResponse<String> answer =
        send(
            service
                .request("/v1/loads/" + load + "/retry", token("loader"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}")));
    assertProblem(answer, 409, "CONFLICT");
  }

  @Test
  void aStatementTooManyIsToldWhenToComeAgain() throws Exception {
    String token = service.token("busy", List.of("reader"), Map.of());
    try (HttpClient client = HttpClient.newHttpClient()) {
      CompletableFuture<?> running = start(client, token);
      Eventually.isSeen(TIME, "1 0", () -> used(token));
      CompletableFuture<?> waiting = start(client, token);
      Eventually.isSeen(TIME, "1 1", () -> used(token));

      HttpResponse<String> answer = send(service.statement("SELECT 1", "text/csv", token));
      JsonNode problem = assertProblem(answer, 429, "TOO_MANY_STATEMENTS");
      assertThat(problem.get("detail").asText()).contains("allowed: 1 and 1");
      assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();

      Eventually.isSeen(TIME, "2", () -> Integer.toString(unfinished(token).size()));
      for (JsonNode item : unfinished(token)) {
        send(service.request("/v1/statements/" + item.get("id").asText(), token).DELETE());
      }
      Eventually.isSeen(TIME, "0 0", () -> used(token));
      running.join();
      waiting.join();
    }
  }

  private static CompletableFuture<HttpResponse<String>> start(HttpClient client, String token) {
    return client.sendAsync(
        service.statement(ENDLESS, "text/csv", token).build(), BodyHandlers.ofString());
  }

  private static String used(String token) throws Exception {
    JsonNode used = JSON.readTree(send(service.request("/v1/me", token)).body()).get("used");
    return used.get("running").asInt() + " " + used.get("queued").asInt();
  }

  private static JsonNode items(String token) throws Exception {
    return JSON.readTree(send(service.request("/v1/statements", token)).body()).get("items");
  }

  private static List<JsonNode> unfinished(String token) throws Exception {
    List<JsonNode> unfinished = new ArrayList<>();
    for (JsonNode item : items(token)) {
      if (Set.of("QUEUED", "RUNNING").contains(item.get("state").asText())) {
        unfinished.add(item);
      }
    }
    return unfinished;
  }

  private static HttpResponse<String> note(String load, String body) throws Exception {
    return send(
        service
            .request("/v1/loads/" + load + "/notes", token("loader"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "one")
            .POST(BodyPublishers.ofString(body)));
  }

  private static JsonNode assertProblem(HttpResponse<String> answer, int status, String code)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.get("code").asText()).as(answer.body()).isEqualTo(code);
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("title").asText()).isNotBlank();
    assertThat(problem.get("detail").asText()).isNotBlank().doesNotContain("Exception", "java.");
    assertThat(problem.get("type").asText()).isEqualTo("/docs#" + code.toLowerCase(Locale.ROOT));
    assertThat(problem.get("suggestions").isArray()).isTrue();
    return problem;
  }

  private static String token(String role) {
    return service.token(role, List.of(role), Map.of());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return service.send(request, BodyHandlers.ofString());
  }
}
