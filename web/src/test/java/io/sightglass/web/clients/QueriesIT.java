package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Named queries by their address, checks, and answers that have not changed, over what ships. */
class QueriesIT {

  private static final Path PACK = Path.of("..", "sql-views");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String QUERY = "/v1/queries/benefits/open_by_station";

  @TempDir static Path folder;
  private static RunningService service;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Path landing = PACK.resolve("tests/landing").toAbsolutePath().normalize();
    var loaded =
        RunningService.run(
            "load",
            "--once",
            "--data",
            data.toString(),
            "--views",
            PACK.toString(),
            "--landing",
            landing.toUri().toString());
    assertThat(loaded.status()).as(loaded.output()).isZero();
    service = RunningService.serve(data, PACK, "--landing", landing.toUri().toString());
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  private static String token(String role) {
    return service.token(
        role,
        role.equals("nobody") ? List.of() : List.of(role),
        role.equals("station_user") ? Map.of("station", List.of("316")) : Map.of());
  }

  private static HttpResponse<String> get(String path, String role, String... headers)
      throws Exception {
    HttpRequest.Builder request = service.request(path, token(role));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return service.send(request, BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  private static HttpResponse<String> check(String sql, String role) throws Exception {
    return service.send(
        service
            .request("/v1/sql/check", token(role))
            .header("Content-Type", "application/sql")
            .POST(HttpRequest.BodyPublishers.ofString(sql)),
        BodyHandlers.ofString());
  }

  @Test
  void queriesAreListedForThoseWhoMayReadTheirViews() throws Exception {
    JsonNode items = json(get("/v1/queries", "analyst")).get("items");
    List<JsonNode> open = new ArrayList<>();
    items.forEach(item -> {
      if (item.get("address").asText().equals(QUERY)) {
        open.add(item);
      }
    });
    assertThat(open).hasSize(1);
    assertThat(open.getFirst().get("parameters").get(1).toString())
        .isEqualTo(
            "{\"name\":\"days\",\"type\":\"INTEGER\",\"description\":\"How far to look back\","
                + "\"required\":false,\"default\":\"90\",\"min\":\"1\",\"max\":\"3650\"}");
    assertThat(json(get("/v1/queries", "classification_engineer")).get("items").toString())
        .doesNotContain(QUERY);
    assertThat(json(get("/v1/queries", "nobody")).get("items")).isEmpty();
  }

  @Test
  void aDefinitionHasTheTextAndTheChart() throws Exception {
    JsonNode definition = json(get(QUERY + "/definition", "station_user"));
    assertThat(definition.get("text").asText()).startsWith("WITH open AS");
    assertThat(definition.get("chart").get("kind").asText()).isEqualTo("bar");
    assertThat(definition.get("views").get(0).asText()).isEqualTo("benefits.claims");
    for (String path : List.of(QUERY, QUERY + "/definition", "/v1/queries/benefits/nothing")) {
      HttpResponse<String> hidden = get(path, "classification_engineer");
      assertThat(hidden.statusCode()).isEqualTo(404);
      assertThat(json(hidden).get("code").asText()).isEqualTo("NOT_FOUND");
      assertThat(json(hidden).get("suggestions")).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "json,application/json",
    "ndjson,application/x-ndjson",
    "csv,text/csv; charset=utf-8; header=present",
    "arrow,application/vnd.apache.arrow.stream",
    "parquet,application/vnd.apache.parquet"
  })
  void aQueryAnswersInEveryFormat(String format, String type) throws Exception {
    HttpResponse<String> answer = get(QUERY + "?station=316&format=" + format, "analyst");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue(type);
    assertThat(answer.headers().firstValue("etag")).isPresent();
    HttpResponse<String> accepted = get(QUERY, "analyst", "Accept", type.split(";", -1)[0]);
    assertThat(accepted.headers().firstValue("content-type")).hasValue(type);
  }

  @Test
  void parametersDecideAndDefaultsStandIn() throws Exception {
    String all = get(QUERY + "?format=csv", "analyst").body();
    assertThat(all)
        .startsWith("age_band,claims\n")
        .isEqualTo(get(QUERY + "?station=316&days=90&format=csv", "analyst").body());
    assertThat(get(QUERY + "?station=000&format=csv", "analyst").body())
        .isEqualTo("age_band,claims\n");
    // Under the caller's own policy: another station's claims are not there for him.
    assertThat(get(QUERY + "?station=349&format=csv", "station_user").body())
        .isEqualTo("age_band,claims\n");
    assertThat(json(get(QUERY + "?limit=1", "analyst")).get("rowCount").asInt())
        .isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"days=x", "days=0", "days=3651", "days=1&days=2", "dayz=1", "station=1&p.days=1"})
  void aWrongParameterIsSaid(String parameters) throws Exception {
    HttpResponse<String> answer = get(QUERY + "?" + parameters, "analyst");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).get("code").asText()).isEqualTo("WRONG_PARAMETER");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sql=SELECT+1", "schema=other", "format=xls", "limit=0"})
  void whatTheQueryFixesIsRefused(String parameters) throws Exception {
    HttpResponse<String> answer = get(QUERY + "?" + parameters, "analyst");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).get("code").asText()).isEqualTo("INVALID_REQUEST");
  }

  @Test
  void aRoleWithoutItsAttributeIsToldSo() throws Exception {
    String token = service.token("u", List.of("station_user"), Map.of());
    HttpResponse<String> answer =
        service.send(service.request(QUERY, token), BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(json(answer).get("code").asText()).isEqualTo("MISSING_ATTRIBUTE");
  }

  @Test
  void aTagIsQuotedOnceAndAnAnswerThatHoldsIsNotSentAgain() throws Exception {
    for (String path :
        List.of(
            QUERY + "?format=csv",
            "/v1/sql?format=csv&sql="
                + URLEncoder.encode(
                    "SELECT claim_id FROM benefits.claims", StandardCharsets.UTF_8))) {
      HttpResponse<String> first = get(path, "analyst");
      String tag = first.headers().firstValue("etag").orElseThrow();
      assertThat(tag).matches("\"[0-9a-f]{32}\"");
      HttpResponse<String> again = get(path, "analyst", "If-None-Match", "\"x\", W/" + tag);
      assertThat(again.statusCode()).isEqualTo(304);
      assertThat(again.body()).isEmpty();
      assertThat(again.headers().firstValue("etag")).hasValue(tag);
      assertThat(get(path, "station_user", "If-None-Match", tag).statusCode()).isEqualTo(200);
      assertThat(get(path, "analyst", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
      HttpResponse<String> zipped =
          get(path, "analyst", "If-None-Match", tag, "Accept-Encoding", "gzip");
      assertThat(zipped.statusCode()).isEqualTo(200);
      assertThat(zipped.headers().firstValue("etag")).hasValue(tag.replaceFirst("\"$", "-gzip\""));
    }
  }

  @Test
  void aVolatileAnswerHasNoTag() throws Exception {
    HttpResponse<String> answer = get("/v1/sql?sql=SELECT+random()", "analyst");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("etag")).isEmpty();
    assertThat(get("/v1/sql?sql=SELECT+random()", "analyst", "If-None-Match", "*").statusCode())
        .isEqualTo(200);
  }

  private static JsonNode ask(String sql, String role) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.statement(sql, "application/json", token(role)), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  @Test
  void theCatalogueTellsHowADatasetStandsAgainstWhatIsExpected() throws Exception {
    JsonNode claims = json(get("/v1/datasets/benefits/claims", "analyst"));
    // One dump of 2026-03-30, a new one expected every day, by six in the morning after.
    assertThat(claims.get("late").get("since").asText()).isEqualTo("2026-04-01T06:00:00Z");
    assertThat(claims.get("missingDates").get(0).asText()).isEqualTo("2026-03-31");
    assertThat(claims.get("rowCount").asInt()).isEqualTo(7);
    assertThat(claims.get("partitions").asInt()).isPositive();
    assertThat(claims.get("inputs").toString()).isEqualTo("[\"benefits.claims\"]");
    assertThat(claims.get("examples")).hasSize(2);
    JsonNode errors = json(get("/v1/datasets/benefits/submission_errors", "analyst"));
    assertThat(errors.get("rowCount").isNull()).isTrue();
    JsonNode answered = ask("SELECT 1 FROM benefits.claims", "analyst").get("tables").get(0);
    assertThat(answered.get("missingDates")).isEqualTo(claims.get("missingDates"));
  }

  @Test
  void aFilteredCallerIsToldNothingOfHiddenRows() throws Exception {
    JsonNode claims = json(get("/v1/datasets/benefits/claims", "station_user"));
    for (String measured : List.of("rowCount", "bytes", "partitions", "definition")) {
      assertThat(claims.get(measured).isNull()).as(measured).isTrue();
    }
    assertThat(claims.get("columns").toString()).doesNotContain("email");
    // The same deliveries for everybody.
    assertThat(claims.get("missingDates"))
        .isEqualTo(json(get("/v1/datasets/benefits/claims", "analyst")).get("missingDates"));
    JsonNode rows =
        ask("SELECT row_count, bytes, partitions FROM catalog.tables", "station_user").get("rows");
    assertThat(rows).isNotEmpty().allMatch(row -> row.toString().equals("[null,null,null]"));
  }

  @Test
  void theCatalogueInSqlIsTheCallersOwn() throws Exception {
    assertThat(
            ask(
                    "SELECT table_name FROM catalog.tables WHERE table_name LIKE 'claims%' OR table_name = 'submission_errors' ORDER BY ALL",
                    "analyst")
                .get("rows")
                .toString())
        .isEqualTo("[[\"claims\"],[\"submission_errors\"]]");
    assertThat(
            ask("SELECT count(*) FROM catalog.columns WHERE column_name = 'email'", "station_user")
                .get("rows")
                .toString())
        .isEqualTo("[[0]]");
    assertThat(
            ask("SELECT query_name, parameters[1].name FROM catalog.queries", "station_user")
                .get("rows")
                .toString())
        .isEqualTo("[[\"open_by_station\",\"station\"]]");
    assertThat(
            ask(
                    "SELECT count(*) FROM catalog.queries WHERE query_name = 'open_by_station'",
                    "classification_engineer")
                .get("rows")
                .toString())
        .isEqualTo("[[0]]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "ndjson", "csv", "arrow", "parquet"})
  void theCatalogueAnswersInEveryFormat(String format) throws Exception {
    for (String view : List.of("tables", "columns", "queries")) {
      HttpResponse<String> answer =
          get("/v1/sql?sql=SELECT+*+FROM+catalog." + view + "&format=" + format, "analyst");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  @Test
  void aCheckSaysWhatWouldBeSeen() throws Exception {
    JsonNode plain = json(check("SELECT claim_id, ssn FROM benefits.claims", "analyst"));
    assertThat(plain.get("columns").toString())
        .isEqualTo(
            "[{\"name\":\"claim_id\",\"type\":\"BIGINT\",\"shown\":\"plain\",\"mask\":null,"
                + "\"rule\":null},{\"name\":\"ssn\",\"type\":\"VARCHAR\",\"shown\":\"masked\","
                + "\"mask\":\"last4\",\"rule\":\"masked at rest\"}]");
    assertThat(plain.get("files").asInt()).isEqualTo(1);
    assertThat(plain.get("bytes").asInt()).isPositive();
    assertThat(plain.get("tables").get(0).get("snapshotId").asLong()).isPositive();
    JsonNode filtered = json(check("SELECT claim_id FROM benefits.claims", "station_user"));
    assertThat(filtered.get("files").isNull()).isTrue();
    assertThat(filtered.get("bytes").isNull()).isTrue();
    assertThat(filtered.get("filters").get(0).get("text").asText()).contains("attribute");
  }

  @Test
  void aCheckRefusesAsRunningItWould() throws Exception {
    for (String sql :
        List.of(
            "SELECT * FROM raw.benefits.claims",
            "SELECT nothing FROM benefits.claims",
            "SELECT 1 +",
            "SELECT * FROM read_csv('x')",
            "SELECT email FROM benefits.claims")) {
      HttpResponse<String> checked = check(sql, "station_user");
      HttpResponse<String> run =
          service.send(
              service.statement(sql, "application/json", token("station_user")),
              BodyHandlers.ofString());
      assertThat(checked.statusCode()).as(sql).isEqualTo(run.statusCode()).isNotEqualTo(200);
      for (String key : List.of("code", "detail", "title", "position", "suggestions")) {
        assertThat(json(checked).path(key)).as(sql).isEqualTo(json(run).path(key));
      }
      assertThat(json(checked).path("statementId").isTextual()).isTrue();
    }
  }
}
