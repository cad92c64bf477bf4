package io.sightglass.web.clients;

import static io.sightglass.web.clients.ShopHistory.JSON;
import static io.sightglass.web.clients.ShopHistory.SALES;
import static io.sightglass.web.clients.ShopHistory.assertProblem;
import static io.sightglass.web.clients.ShopHistory.detail;
import static io.sightglass.web.clients.ShopHistory.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.web.clients.ShopHistory.State;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code asOf} may be, who learns what from it, and where it may stand. */
class AsOfIT {

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init") // Opened before the first test.
  private static ShopHistory shop;

  private static final Map<String, State> STATES = new HashMap<>();

  @BeforeAll
  static void live() throws Exception {
    shop = ShopHistory.open(folder);
    shop.load();
    STATES.put("loaded", shop.remember());
    shop.correct();
    STATES.put("corrected", shop.remember());
    shop.loadNotes();
  }

  @AfterAll
  static void stop() {
    if (shop != null) {
      shop.close();
    }
  }

  private static State state(String name) {
    return Objects.requireNonNull(STATES.get(name));
  }

  @Test
  void beforeTheFirstThereIsNone() throws Exception {
    Instant before =
        Instant.parse(shop.snapshots("sales", shop.reader()).getLast().get("committedAt").asText());
    HttpResponse<String> answer =
        shop.post(
            "/v1/sql", SALES, JSON.valueToTree(before.minusMillis(1).toString()), shop.reader());
    assertProblem(answer, 422, "NO_SNAPSHOT");
    assertThat(detail(answer)).contains("shop.sales", "allowed: from " + before);
    assertThat(
            shop.ask(SALES, JSON.valueToTree(before.toString())).get("rows").get(0).get(0).asInt())
        .isEqualTo(100);
    // Of two tables the one that came later decides.
    HttpResponse<String> later =
        shop.post(
            "/v1/sql",
            "SELECT count(*) FROM shop.sales, (SELECT 1 FROM shop.notes LIMIT 1)",
            state("corrected").instant(),
            shop.reader());
    assertProblem(later, 422, "NO_SNAPSHOT");
    assertThat(detail(later)).contains("shop.notes");
  }

  @Test
  void linksAndNamedQueriesTravelToo() throws Exception {
    State loaded = state("loaded");
    String ids = "{\"shop.sales\":" + loaded.sales() + "}";
    for (String asOf : List.of(loaded.at().toString(), ids)) {
      String link = "asOf=" + encoded(asOf);
      assertThat(
              shop.get("/v1/sql?format=csv&sql=" + encoded(SALES) + "&" + link, shop.reader())
                  .body())
          .endsWith("\n200,200,2026-01-02\n");
      HttpResponse<String> posted = shop.post("/v1/sql?" + link, SALES, null, shop.reader());
      assertThat(JSON.readTree(posted.body()).get("rows")).isEqualTo(loaded.rows(SALES));
      for (String key : List.of("asOf", "as_of")) {
        String query = "/v1/queries/shop/sales_of_office?office=north&format=csv&" + key + "=";
        assertThat(shop.get(query + encoded(asOf), shop.reader()).body()).endsWith("\n100,100\n");
      }
    }
    assertThat(shop.get("/v1/queries/shop/sales_of_office?format=csv", shop.reader()).body())
        .endsWith("\n110,170\n");
  }

  @Test
  void theTagIsThatOfTheSnapshots() throws Exception {
    String sql = "/v1/sql?format=csv&sql=" + encoded(SALES);
    String now = tag(shop.get(sql, shop.reader()));
    State corrected = state("corrected");
    State loaded = state("loaded");
    assertThat(tag(shop.get(sql + "&asOf=" + corrected.at(), shop.reader()))).isEqualTo(now);
    String then = tag(shop.get(sql + "&asOf=" + loaded.at(), shop.reader()));
    assertThat(then)
        .isNotEqualTo(now)
        .isEqualTo(
            tag(
                shop.get(
                    sql + "&asOf=" + encoded(loaded.tables(SALES).toString()), shop.reader())));
    assertThat(
            shop.get(sql + "&asOf=" + loaded.at(), shop.reader(), "If-None-Match", then)
                .statusCode())
        .isEqualTo(304);
    assertThat(shop.get(sql, shop.reader(), "If-None-Match", then).statusCode()).isEqualTo(200);
    assertThat(
            shop.get(sql + "&asOf=" + loaded.at(), shop.reader(), "If-None-Match", now)
                .statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"yesterday\"|400|INVALID_REQUEST|\"yesterday\"; allowed: an instant",
        "\"2026-01-01\"|400|INVALID_REQUEST|with its zone",
        "\"2026-01-01T00:00:00\"|400|INVALID_REQUEST|with its zone",
        "\"\"|400|INVALID_REQUEST|allowed: an instant",
        "5|400|INVALID_REQUEST|asOf: 5; allowed",
        "true|400|INVALID_REQUEST|asOf: true; allowed",
        "[]|400|INVALID_REQUEST|asOf: []; allowed",
        "{}|400|INVALID_REQUEST|asOf: {}; allowed",
        "{\"shop.sales\": -5}|400|INVALID_REQUEST|\"shop.sales\": -5; allowed: a snapshotId",
        "{\"shop.sales\": 0}|400|INVALID_REQUEST|\"shop.sales\": 0; allowed: a snapshotId",
        "{\"shop.sales\": 1.5}|400|INVALID_REQUEST|\"shop.sales\": 1.5; allowed: a snapshotId",
        "{\"shop.sales\": 9223372036854775808}|400|INVALID_REQUEST|allowed: a snapshotId",
        "{\"shop.sales\": null}|400|INVALID_REQUEST|null; allowed: a snapshotId",
        "{\"shop.sales\": \"x\"}|400|INVALID_REQUEST|allowed: a snapshotId",
        "{\"shop.sales\": {}}|400|INVALID_REQUEST|allowed: a snapshotId",
        "{\"shop.sales\": 5, \"SHOP.sales\": 6}|400|INVALID_REQUEST|given twice",
        "{\"shop.sales\": 5}|422|NO_SNAPSHOT|shop.sales has no snapshot 5",
        "\"1900-01-01T00:00:00+01:00\"|422|NO_SNAPSHOT|of 1899-12-31T23:00:00Z or before",
      })
  void whatIsWrongIsSaid(String asOf, int status, String code, String words) throws Exception {
    for (String path : List.of("/v1/sql", "/v1/sql/check")) {
      HttpResponse<String> answer = shop.post(path, SALES, JSON.readTree(asOf), shop.reader());
      assertProblem(answer, status, code);
      assertThat(detail(answer)).contains(words);
    }
  }

  @Test
  void itIsGivenOnce() throws Exception {
    JsonNode at = state("loaded").instant();
    assertProblem(
        shop.post("/v1/sql?asOf=2026-01-01T00:00:00Z", SALES, at, shop.reader()),
        400,
        "INVALID_REQUEST");
    assertProblem(
        shop.get(
            "/v1/queries/shop/sales_of_office?asOf=" + at.asText() + "&as_of=" + at.asText(),
            shop.reader()),
        400,
        "INVALID_REQUEST");
    assertProblem(
        shop.get(
            "/v1/sql?sql=" + encoded(SALES) + "&asOf=" + encoded("{\"shop.sales\":"),
            shop.reader()),
        400,
        "INVALID_REQUEST");
  }

  @Test
  void aTableThatTheStatementDoesNotReadIsNoneWhoeverHasIt() throws Exception {
    long notes = shop.snapshots("notes", shop.reader()).getFirst().get("snapshotId").longValue();
    List<String> details = new ArrayList<>();
    for (String name : List.of("shop.hidden", "shop.nothing", "shop.notes", "sales", "a/b.c")) {
      HttpResponse<String> answer =
          shop.post("/v1/sql", SALES, JSON.createObjectNode().put(name, notes), shop.reader());
      assertProblem(answer, 400, "UNKNOWN_NAME");
      assertThat(JSON.readTree(answer.body()).get("suggestions").toString())
          .isEqualTo("[\"shop.sales\"]");
      details.add(detail(answer).replace("\"" + name + "\"", "X"));
    }
    assertThat(details.subList(0, 4)).allMatch(details.getFirst()::equals);
    assertThat(details.getLast()).doesNotContain("/b");
    // Another table's id is as unknown as any.
    HttpResponse<String> foreign =
        shop.post(
            "/v1/sql", SALES, JSON.createObjectNode().put("shop.sales", notes), shop.reader());
    HttpResponse<String> unknown =
        shop.post("/v1/sql", SALES, JSON.createObjectNode().put("shop.sales", 77), shop.reader());
    assertProblem(foreign, 422, "NO_SNAPSHOT");
    assertThat(detail(foreign).replace(Long.toString(notes), "77")).isEqualTo(detail(unknown));
    assertProblem(
        shop.post(
            "/v1/sql", "SELECT 1", JSON.createObjectNode().put("shop.sales", 77), shop.reader()),
        400,
        "UNKNOWN_NAME");
    assertThat(
            shop.ask("SELECT 1", JSON.valueToTree("1900-01-01T00:00:00Z")).get("rows").toString())
        .isEqualTo("[[1]]");
  }

  @Test
  void aFilteredCallerTravelsUnderHisFilterAndLearnsNoCount() throws Exception {
    String clerk = shop.clerk();
    State loaded = state("loaded");
    HttpResponse<String> then = shop.post("/v1/sql", SALES, loaded.tables(SALES), clerk);
    assertThat(JSON.readTree(then.body()).get("rows").toString())
        .isEqualTo("[[100,\"100\",\"2026-01-02\"]]");
    List<JsonNode> seen = shop.snapshots("sales", clerk);
    List<JsonNode> all = shop.snapshots("sales", shop.reader());
    assertThat(seen).hasSameSizeAs(all).allMatch(snapshot -> snapshot.get("rowCount").isNull());
    assertThat(all).allMatch(snapshot -> snapshot.get("rowCount").isNumber());
    assertThat(seen.stream().map(AsOfIT::withoutCount))
        .containsExactlyElementsOf(all.stream().map(AsOfIT::withoutCount).toList());
    for (String view : List.of("offices", "notes", "hidden", "nothing", "No/t")) {
      HttpResponse<String> none =
          shop.get("/v1/datasets/shop/" + encoded(view) + "/snapshots", clerk);
      assertProblem(none, 404, "NOT_FOUND");
    }
  }

  private static JsonNode withoutCount(JsonNode snapshot) {
    ObjectNode copy = snapshot.deepCopy();
    copy.remove("rowCount");
    return copy;
  }

  private static String tag(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.headers().firstValue("etag").orElseThrow();
  }
}
