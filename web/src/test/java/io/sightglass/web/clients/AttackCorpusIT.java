package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.sql.AttackCorpus;
import io.sightglass.engine.sql.AttackCorpus.Case;
import io.sightglass.engine.sql.AttackCorpus.Expected;
import io.sightglass.web.RunningService;
import io.sightglass.web.cli.sample.Canary;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every statement of the attack corpus over HTTP, against a service that has what it aims at:
 * refused, answered or stopped by a limit as it says, and nothing given away either way.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AttackCorpusIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROBLEM = "application/problem+json";
  private static final List<String> OTHER_FORMATS =
      List.of(
          "application/vnd.apache.arrow.stream",
          "application/vnd.apache.parquet",
          "text/csv",
          "application/x-ndjson");
  private static final List<String> LIMITS =
      List.of("TIME_LIMIT", "MEMORY_LIMIT", "ROW_LIMIT", "BYTE_LIMIT", "SPILL_LIMIT");

  /** Of the refusals, each so many-th is asked for in every format. */
  private static final int SAMPLE = 5;

  /** Their parameter is a list, which the engine binds and HTTP does not bring. */
  private static final Set<String> OF_LISTS = Set.of("G611", "G612");

  /** Of those that need some. */
  private static final Map<String, Object> PARAMETERS =
      Map.of(
          "G608", List.of(1, "x"),
          "G609", List.of(1, "x"),
          "G610", Map.of("state", "TX", "days", 5, "n", 3),
          "G646", Map.of("q", "PTSD"));

  /** Canaries but dates of birth: an answer may reckon with the years that it may see. */
  private static final Pattern NEVER_SHOWN =
      Pattern.compile(
          Canary.TEXT + "|(?<!\\w)90[0-9]{8}(?!\\w)|" + Canary.SSN_AREA + "[0-9]{2}-[0-9]{4}");

  private static final int PAGE = 1000;

  /** Statements that were refused, and what was said of them. */
  private static final Map<String, String> REFUSED = new HashMap<>();

  @TempDir static Path folder;

  private static AttackWorld world;
  private static RunningService service;
  private static String token;
  private static Map<String, Long> touchable;

  @BeforeAll
  static void start() throws Exception {
    world = AttackWorld.create(folder);
    service = RunningService.serve(world.data(), AttackWorld.PACK, "--engine-memory", "1 GB");
    token =
        service.token(
            "eve", List.of("analyst"), Map.of("states", List.of("TX", "CA", "FL", "NY", "OH")));
    String loader = service.token("lou", List.of("loader"), Map.of());
    assertThat(new LoadLedger(service, loader).scan())
        .hasSize(3)
        .allMatch(load -> load.get("state").asText().equals("COMMITTED"));
    world.placeTables();
    touchable = world.touchable();
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @TestFactory
  @Order(1)
  Stream<DynamicTest> refusesAndAnswersAsTheCorpusSays() {
    return AttackCorpus.all().stream()
        .filter(one -> one.expected() != Expected.LIMIT && !OF_LISTS.contains(one.id()))
        .map(one ->
            dynamicTest(
                one.toString(),
                () -> {
                  if (one.expected() == Expected.ALLOW) {
                    assertAnswered(send(post(one, one.sql(), "application/json")));
                    return;
                  }
                  for (String sql : world.variants(one)) {
                    assertRefused(send(post(one, sql, "application/json")));
                  }
                }));
  }

  @TestFactory
  @Order(2)
  Stream<DynamicTest> refusalsAreProblemsInEveryFormat() {
    List<Case> denied =
        AttackCorpus.all().stream().filter(one -> one.expected() == Expected.DENY).toList();
    return Stream.iterate(0, i -> i < denied.size(), i -> i + SAMPLE)
        .map(denied::get)
        .map(one ->
            dynamicTest(
                one.toString(),
                () -> {
                  String sql = world.placed(one.sql());
                  for (String format : OTHER_FORMATS) {
                    assertRefused(send(post(one, sql, format)));
                  }
                  assertRefused(send(get(sql)));
                }));
  }

  @Test
  @Order(3)
  void limitsStopWhatTheGuardLetsThrough() {
    try (ExecutorService clients = Executors.newCachedThreadPool()) {
      List<CompletableFuture<Void>> stopped = new ArrayList<>();
      for (Case one : AttackCorpus.all()) {
        if (one.expected() == Expected.LIMIT) {
          stopped.add(CompletableFuture.runAsync(() -> assertStopped(one), clients));
        }
      }
      assertThat(stopped).isNotEmpty();
      stopped.forEach(CompletableFuture::join);
    }
  }

  @Test
  @Order(4)
  void whatWasRefusedHasNotRun() throws Exception {
    String next = "/v1/statements?limit=" + PAGE;
    while (next != null) {
      JsonNode page = JSON.readTree(send(service.request(next, token)).body());
      for (JsonNode record : page.get("items")) {
        String detail = REFUSED.remove(record.get("id").asText());
        if (detail != null) {
          assertThat(record.get("decision").asText()).as(detail).isEqualTo("DENIED");
          assertThat(record.get("startedAt").isNull()).as(detail).isTrue();
        }
      }
      JsonNode cursor = page.get("next");
      next =
          cursor.isNull()
              ? null
              : "/v1/statements?limit=%d&cursor=%s".formatted(PAGE, cursor.asText());
    }
    assertThat(REFUSED).isEmpty();
  }

  @Test
  @Order(5)
  void theServiceIsAsHealthyAsBeforeAndNothingIsWritten() throws Exception {
    HttpResponse<byte[]> health = send(service.request("/health", token));
    assertThat(health.statusCode()).isEqualTo(200);
    JsonNode state = JSON.readTree(health.body());
    assertThat(state.get("status").asText()).isEqualTo("UP");
    assertThat(state.toString()).contains("0 running, 0 waiting, 0 broken engines replaced");
    HttpResponse<byte[]> answer = send(get("SELECT count(*) FROM claims"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(world.touchable()).isEqualTo(touchable);
    assertThat(service.log()).doesNotContain(AttackWorld.CANARY).doesNotContain("INTERNAL");
  }

  private static void assertRefused(HttpResponse<byte[]> answer) throws Exception {
    assertThat(answer.statusCode()).as(text(answer)).isBetween(400, 499);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue(PROBLEM);
    assertGivesNothingAway(answer, Canary.IN_TEXT);
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.get("detail").asText()).isNotBlank();
    assertThat(problem.get("code").asText()).isNotIn(LIMITS);
    JsonNode id = problem.get("statementId");
    if (!id.isNull()) {
      REFUSED.put(id.asText(), problem.get("detail").asText());
    }
  }

  private static void assertAnswered(HttpResponse<byte[]> answer) {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    assertGivesNothingAway(answer, NEVER_SHOWN);
  }

  private static void assertStopped(Case one) {
    try {
      HttpResponse<byte[]> answer = send(post(one, one.sql(), "application/json"));
      assertThat(answer.statusCode()).as("%s: %s", one, text(answer)).isEqualTo(422);
      assertThat(JSON.readTree(answer.body()).get("code").asText()).isIn(LIMITS);
      assertGivesNothingAway(answer, Canary.IN_TEXT);
    } catch (Exception e) {
      throw new AssertionError(one.toString(), e);
    }
  }

  /** No canary and no path, whether in the body or in a header. */
  private static void assertGivesNothingAway(HttpResponse<byte[]> answer, Pattern canary) {
    for (String part : List.of(text(answer), answer.headers().map().toString())) {
      assertThat(canary.matcher(part).find()).as("canary in %s", part).isFalse();
      assertThat(part).doesNotContain(folder.toString()).doesNotContain("java.");
    }
  }

  private static HttpRequest.Builder post(Case one, String sql, String mediaType) throws Exception {
    return service
        .request("/v1/sql", token)
        .header("Content-Type", "application/json")
        .header("Accept", mediaType)
        .POST(
            HttpRequest.BodyPublishers.ofString(
                JSON.writeValueAsString(
                    Map.of(
                        "sql",
                        sql,
                        "schema",
                        "claims",
                        "parameters",
                        PARAMETERS.getOrDefault(one.id(), List.of())))));
  }

  private static HttpRequest.Builder get(String sql) {
    return service.request(
        "/v1/sql?schema=claims&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8), token);
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return service.send(request, BodyHandlers.ofByteArray());
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
