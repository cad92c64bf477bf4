package io.sightglass.web.clients;

import static io.sightglass.web.clients.ShopHistory.BOTH;
import static io.sightglass.web.clients.ShopHistory.JSON;
import static io.sightglass.web.clients.ShopHistory.NOTES;
import static io.sightglass.web.clients.ShopHistory.OFFICES;
import static io.sightglass.web.clients.ShopHistory.QUERIES;
import static io.sightglass.web.clients.ShopHistory.SALES;
import static io.sightglass.web.clients.ShopHistory.TIME;
import static io.sightglass.web.clients.ShopHistory.WHO;
import static io.sightglass.web.clients.ShopHistory.assertProblem;
import static io.sightglass.web.clients.ShopHistory.detail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.web.Eventually;
import io.sightglass.web.clients.ShopHistory.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was there is there again by {@code asOf}: before and after a correction, a compaction by
 * another engine and an added column, until its snapshot is erased.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TimeTravelIT {

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
    try (OtherEngine other = new OtherEngine(shop.data(), "data")) {
      assertThat(other.compact("sales")).isEqualTo(2);
    }
    STATES.put("compacted", shop.remember());
    shop.addColumn();
    STATES.put("widened", shop.remember());
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
  @Order(1)
  void theStatesDifferWhereTheyMust() {
    assertThat(state("loaded").rows(SALES).toString()).isEqualTo("[[200,\"200\",\"2026-01-02\"]]");
    assertThat(state("loaded").rows(WHO).toString())
        .isEqualTo("[[200,\"200\",\"Buyer of 1, 0\",\"Buyer of 1, 99\"]]");
    assertThat(state("corrected").rows(WHO).toString())
        .isEqualTo("[[220,\"340\",\"Buyer of 1, 0\",\"Buyer of 2, 99\"]]");
    assertThat(state("compacted").sales()).isNotEqualTo(state("corrected").sales());
    for (String sql : QUERIES) {
      assertThat(state("compacted").rows(sql)).isEqualTo(state("corrected").rows(sql));
    }
    assertThat(state("widened").rows(OFFICES).toString())
        .isEqualTo("[[\"north\",150,\"290\"],[\"south\",150,\"290\"]]");
  }

  @ParameterizedTest
  @Order(2)
  @ValueSource(strings = {"loaded", "corrected", "compacted", "widened"})
  void anInstantGivesWhatWasThere(String name) throws Exception {
    State state = state(name);
    for (String sql : QUERIES) {
      JsonNode asked = shop.ask(sql, state.instant());
      assertThat(asked.get("rows")).as(sql).isEqualTo(state.rows(sql));
      assertThat(asked.get("tables")).as(sql).isEqualTo(state.read(sql));
    }
  }

  @ParameterizedTest
  @Order(3)
  @ValueSource(strings = {"loaded", "corrected", "compacted", "widened"})
  void snapshotsAsAnswersNameThemGiveWhatWasThere(String name) throws Exception {
    State state = state(name);
    for (String sql : QUERIES) {
      JsonNode asked = shop.ask(sql, state.tables(sql));
      assertThat(asked.get("rows")).as(sql).isEqualTo(state.rows(sql));
      assertThat(asked.get("tables")).as(sql).isEqualTo(state.read(sql));
    }
    // As text too, for clients whose numbers do not hold it.
    ObjectNode text = JSON.createObjectNode().put("SHOP.Sales", Long.toString(state.sales()));
    assertThat(shop.ask(SALES, text).get("rows")).isEqualTo(state.rows(SALES));
  }

  @Test
  @Order(4)
  void tablesThatAreNotNamedAreTheNewest() throws Exception {
    JsonNode asked =
        shop.ask(BOTH, JSON.createObjectNode().put("shop.sales", state("loaded").sales()));
    assertThat(asked.get("rows").toString()).isEqualTo("[[\"north\",150,100],[\"south\",150,100]]");
  }

  @Test
  @Order(5)
  void aColumnThatWasNotThereIsNullAndFiltersKnowIt() throws Exception {
    String sql = "SELECT count(*), count(channel) FROM shop.sales";
    assertThat(shop.ask(sql, null).get("rows").toString()).isEqualTo("[[300,80]]");
    for (String name : List.of("loaded", "corrected", "compacted")) {
      JsonNode at = state(name).instant();
      long rows = state(name).rows(SALES).get(0).get(0).longValue();
      assertThat(shop.ask(sql, at).get("rows").toString()).isEqualTo("[[%d,0]]".formatted(rows));
      assertThat(shop.ask(sql + " WHERE channel = 'web'", at).get("rows").toString())
          .isEqualTo("[[0,0]]");
      assertThat(shop.ask(sql + " WHERE channel IS NULL", at).get("rows").toString())
          .isEqualTo("[[%d,0]]".formatted(rows));
    }
  }

  @Test
  @Order(6)
  void aCheckSaysTheSnapshotsAndRefusesAlike() throws Exception {
    State corrected = state("corrected");
    HttpResponse<String> check =
        shop.post("/v1/sql/check", SALES, corrected.tables(SALES), shop.reader());
    assertThat(check.statusCode()).as(check.body()).isEqualTo(200);
    assertThat(JSON.readTree(check.body()).get("tables")).isEqualTo(corrected.read(SALES));
    assertThat(JSON.readTree(check.body()).get("files").asInt()).isEqualTo(2);
    HttpResponse<String> merged =
        shop.post("/v1/sql/check", SALES, state("compacted").tables(SALES), shop.reader());
    assertThat(JSON.readTree(merged.body()).get("files").asInt()).isEqualTo(1);
    assertProblem(
        shop.post(
            "/v1/sql/check", SALES, JSON.createObjectNode().put("shop.sales", 7), shop.reader()),
        422,
        "NO_SNAPSHOT");
  }

  @Test
  @Order(7)
  void snapshotsAreListedNewestFirstPartByPart() throws Exception {
    List<JsonNode> sales = shop.snapshots("sales", shop.reader());
    assertThat(sales).hasSize(5);
    assertThat(sales.getFirst().get("snapshotId").longValue()).isEqualTo(state("widened").sales());
    assertThat(sales.stream().map(snapshot -> snapshot.get("newest").asBoolean()))
        .containsExactly(true, false, false, false, false);
    assertThat(sales.stream().map(snapshot -> snapshot.get("rowCount").asInt()))
        .containsExactly(300, 220, 220, 200, 100);
    // Not the table row for row, so nothing is counted.
    assertThat(shop.snapshots("sales_identified", shop.reader()))
        .extracting(snapshot -> snapshot.get("snapshotId"))
        .isEqualTo(sales.stream().map(snapshot -> snapshot.get("snapshotId")).toList());
    JsonNode offices = shop.snapshots("offices", shop.reader()).getFirst();
    assertThat(offices.get("name").asText()).isEqualTo("shop.offices");
    assertThat(offices.get("rowCount").asInt()).isEqualTo(2);
    assertThat(Instant.parse(offices.get("dataAsOf").asText()))
        .isBefore(Instant.parse(offices.get("committedAt").asText()));
    JsonNode part =
        JSON.readTree(shop.get("/v1/datasets/shop/sales/snapshots?limit=2", shop.reader()).body());
    assertThat(part.get("items")).hasSize(2);
    JsonNode next =
        JSON.readTree(
            shop.get(
                    "/v1/datasets/shop/sales/snapshots?limit=2&cursor=" + part.get("next").asText(),
                    shop.reader())
                .body());
    assertThat(next.get("items").get(0)).isEqualTo(sales.get(2));
  }

  @Test
  @Order(8)
  void theVaultsPartOfAPairMayBeErasedAlone() throws Exception {
    State loaded = state("loaded");
    try (OtherEngine vault = new OtherEngine(shop.data(), "vault")) {
      vault.expireAllButNewest("sales");
    }
    for (JsonNode asOf : List.of(loaded.instant(), loaded.tables(WHO))) {
      HttpResponse<String> answer = shop.post("/v1/sql", WHO, asOf, shop.reader());
      assertProblem(answer, 422, "NO_SNAPSHOT");
      assertThat(detail(answer)).contains("shop.sales", "expired");
      assertThat(shop.ask(SALES, asOf).get("rows")).isEqualTo(loaded.rows(SALES));
    }
    assertThat(shop.ask(WHO, null).get("rows")).isEqualTo(state("widened").rows(WHO));
  }

  @Test
  @Order(9)
  void anErasedSnapshotIsSaidToBeGone() throws Exception {
    State loaded = state("loaded");
    List<JsonNode> before = shop.snapshots("sales", shop.reader());
    try (OtherEngine other = new OtherEngine(shop.data(), "data")) {
      other.expire("sales", before.get(4).get("snapshotId").longValue());
      other.expire("sales", loaded.sales());
    }
    assertThat(shop.snapshots("sales", shop.reader()))
        .extracting(snapshot -> snapshot.get("snapshotId").longValue())
        .containsExactly(
            state("widened").sales(), state("compacted").sales(), state("corrected").sales());
    HttpResponse<String> byId = shop.post("/v1/sql", SALES, loaded.tables(SALES), shop.reader());
    assertProblem(byId, 422, "NO_SNAPSHOT");
    assertThat(detail(byId)).contains("shop.sales has no snapshot " + loaded.sales(), "expired");
    HttpResponse<String> byInstant = shop.post("/v1/sql", SALES, loaded.instant(), shop.reader());
    assertProblem(byInstant, 422, "NO_SNAPSHOT");
    assertThat(detail(byInstant)).contains("none any longer; allowed: from ");
    for (String name : List.of("corrected", "compacted", "widened")) {
      State state = state(name);
      assertThat(shop.ask(SALES, state.tables(SALES)).get("rows")).isEqualTo(state.rows(SALES));
    }
    // Its result is a table of its own, and has its own snapshots.
    assertThat(shop.ask(OFFICES, loaded.tables(OFFICES)).get("rows"))
        .isEqualTo(loaded.rows(OFFICES));
  }

  @Test
  @Order(10)
  void anAnswerOverErasedFilesIsWholeOrBroken() throws Exception {
    HttpResponse<InputStream> answer =
        shop.send(
            shop.statement("SELECT line, text FROM shop.notes", "text/csv"),
            BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    long lines = 0;
    boolean whole = false;
    try (BufferedReader body =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertThat(body.readLine()).isEqualTo("line,text");
      try (OtherEngine other = new OtherEngine(shop.data(), "data")) {
        other.empty("notes");
      }
      while (body.readLine() != null) {
        lines++;
      }
      whole = true;
    } catch (IOException cutOff) {
      assertThat(lines).isLessThan(NOTES);
    }
    String id = answer.headers().firstValue("Sightglass-Statement-Id").orElseThrow();
    String expected = whole ? "SUCCEEDED" : "FAILED";
    Eventually.isSeen(
        TIME,
        expected,
        () ->
            JSON.readTree(shop.get("/v1/statements/" + id, shop.reader()).body())
                .get("state")
                .asText());
    if (whole) {
      assertThat(lines).isEqualTo(NOTES);
    }
    assertThat(shop.ask("SELECT count(*) FROM shop.notes", null).get("rows").toString())
        .isEqualTo("[[0]]");
  }
}
