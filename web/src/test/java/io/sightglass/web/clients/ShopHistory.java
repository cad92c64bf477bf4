package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A service over the pack {@code time}, whose sales come, are corrected and gain a column. */
final class ShopHistory implements AutoCloseable {

  static final ObjectMapper JSON = new ObjectMapper();
  static final Duration TIME = Duration.ofSeconds(60);
  static final int NOTES = 8 * 100_000;

  static final String SALES = "SELECT count(*), sum(version), max(day) FROM shop.sales";
  static final String WHO =
      "SELECT count(*), sum(version), min(buyer), max(buyer) FROM shop.sales_identified";
  static final String OFFICES = "SELECT * FROM shop.offices ORDER BY ALL";
  static final String BOTH =
      "SELECT o.office, o.sales, count(*) FROM shop.offices o JOIN shop.sales s USING (office)"
          + " GROUP BY ALL ORDER BY ALL";
  static final List<String> QUERIES = List.of(SALES, WHO, OFFICES, BOTH);

  private static final Path PACK = Path.of("src", "test", "resources", "packs", "time");
  private static final Instant FIRST = Instant.parse("2026-01-10T08:00:00Z");

  /** What was answered at one time. */
  record State(Instant at, Map<String, JsonNode> answers) {

    JsonNode rows(String sql) {
      return answer(sql).get("rows");
    }

    /** {@code tables} of the answer. */
    JsonNode read(String sql) {
      return answer(sql).get("tables");
    }

    /** As {@code asOf} takes it. */
    JsonNode instant() {
      return TextNode.valueOf(at.toString());
    }

    /** The tables of a statement, as {@code asOf} takes them. */
    ObjectNode tables(String sql) {
      ObjectNode ids = JSON.createObjectNode();
      read(sql).forEach(table -> ids.set(table.get("name").asText(), table.get("snapshotId")));
      return ids;
    }

    /** The snapshot of the sales. */
    long sales() {
      return tables(SALES).get("shop.sales").longValue();
    }

    private JsonNode answer(String sql) {
      return Objects.requireNonNull(answers.get(sql));
    }
  }

  private final Path folder;
  private final Path views;
  private final RunningService service;
  private final LoadLedger ledger;
  private final String reader;
  private int landed;

  private ShopHistory(Path folder, Path views, RunningService service) {
    this.folder = folder;
    this.views = views;
    this.service = service;
    this.ledger = new LoadLedger(service, service.token("lou", List.of("loader"), Map.of()));
    this.reader = service.token("rea", List.of("reader"), Map.of());
  }

  static ShopHistory open(Path folder) throws Exception {
    Path views = folder.resolve("views");
    copy(PACK, views);
    return new ShopHistory(
        folder,
        views,
        RunningService.serve(
            folder.resolve("data"), views, "--views-every", "200ms", "--scan-every", "1h"));
  }

  Path data() {
    return folder.resolve("data");
  }

  /** The token of somebody who sees everything that is granted. */
  String reader() {
    return reader;
  }

  /** The token of somebody who sees the sales of one office. */
  String clerk() {
    return service.token("cle", List.of("clerk"), Map.of("office", List.of("north")));
  }

  /** Two days, 100 sales each. */
  void load() throws Exception {
    land("sales/sales_2026-01-01.csv", sales(1, 1, 100, ""));
    land("sales/sales_2026-01-02.csv", sales(2, 1, 100, ""));
    takeAll();
  }

  /** The second day again, with 120 sales of version 2. */
  void correct() throws Exception {
    land("sales/sales_2026-01-02_v2.csv", sales(2, 2, 120, ""));
    takeAll();
  }

  /** What else there is: notes, and lines that nobody may read. */
  void loadNotes() throws Exception {
    for (int file = 0; file < 8; file++) {
      land("notes/notes_%d.csv".formatted(file), notes(file));
    }
    land("hidden/hidden.csv", List.of("line,text", "1,secret"));
    takeAll();
  }

  /** A column that the sales of a third day, 80 of version 3, have. */
  void addColumn() throws Exception {
    Path contract = views.resolve("shop/sales.yaml");
    Path changed = folder.resolve("changed.yaml");
    Files.writeString(
        changed,
        Files.readString(contract)
            + "  - {name: channel, type: VARCHAR, sensitivity: none, description: How}\n");
    Files.move(
        changed, contract, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    Eventually.within(
        TIME,
        "the column",
        () -> post("/v1/sql", "SELECT channel FROM shop.sales", null, reader).statusCode() == 200);
    land("sales/sales_2026-01-03.csv", sales(3, 3, 80, ",web"));
    takeAll();
  }

  /** Asks everything, once the result of the view has followed. */
  State remember() throws Exception {
    Eventually.within(
        TIME,
        "the result of the view",
        () ->
            ask("SELECT sum(sales)::BIGINT FROM shop.offices", null)
                .get("rows")
                .equals(ask("SELECT count(*) FROM shop.sales", null).get("rows")));
    List<JsonNode> before = tables();
    while (true) {
      Map<String, JsonNode> answers = new LinkedHashMap<>();
      for (String sql : QUERIES) {
        answers.put(sql, ask(sql, null));
      }
      List<JsonNode> after = tables();
      if (after.equals(before)) {
        Instant at =
            after.stream()
                .map(snapshot -> Instant.parse(snapshot.get("committedAt").asText()))
                .max(Instant::compareTo)
                .orElseThrow();
        return new State(at, answers);
      }
      before = after;
    }
  }

  private List<JsonNode> tables() throws Exception {
    List<JsonNode> all = new ArrayList<>(snapshots("sales", reader));
    all.addAll(snapshots("offices", reader));
    return all;
  }

  private void takeAll() throws Exception {
    assertThat(ledger.scan()).allMatch(load -> load.get("state").asText().equals("COMMITTED"));
  }

  JsonNode ask(String sql, @Nullable JsonNode asOf) throws Exception {
    HttpResponse<String> answer = post("/v1/sql", sql, asOf, reader);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  HttpResponse<String> post(String path, String sql, @Nullable JsonNode asOf, String token)
      throws Exception {
    ObjectNode body = JSON.createObjectNode().put("sql", sql);
    if (asOf != null) {
      body.set("asOf", asOf);
    }
    return send(
        service
            .request(path, token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString())),
        BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String token, String... headers) throws Exception {
    HttpRequest.Builder request = service.request(path, token);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request, BodyHandlers.ofString());
  }

  HttpRequest.Builder statement(String sql, String mediaType) {
    return service.statement(sql, mediaType, reader);
  }

  <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
      throws Exception {
    return service.send(request, body);
  }

  List<JsonNode> snapshots(String view, String token) throws Exception {
    HttpResponse<String> answer = get("/v1/datasets/shop/" + view + "/snapshots", token);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    List<JsonNode> items = new ArrayList<>();
    JSON.readTree(answer.body()).get("items").forEach(items::add);
    return items;
  }

  static void assertProblem(HttpResponse<String> answer, int status, String code)
      throws IOException {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(JSON.readTree(answer.body()).get("code").asText()).isEqualTo(code);
  }

  static String detail(HttpResponse<String> answer) throws IOException {
    return JSON.readTree(answer.body()).get("detail").asText();
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static List<String> sales(int day, int version, int rows, String channel) {
    List<String> lines =
        new ArrayList<>(
            List.of("id,day,office,version,buyer" + (channel.isEmpty() ? "" : ",channel")));
    for (int row = 0; row < rows; row++) {
      lines.add(
          "%d,2026-01-0%d,%s,%d,\"Buyer of %d, %d\"%s"
              .formatted(
                  day * 1000 + row,
                  day,
                  row % 2 == 0 ? "north" : "south",
                  version,
                  version,
                  row,
                  channel));
    }
    return lines;
  }

  private static List<String> notes(int file) {
    List<String> lines = new ArrayList<>(List.of("line,text"));
    for (int row = 0; row < NOTES / 8; row++) {
      int line = file * (NOTES / 8) + row;
      lines.add("%d,what line %d of the notes says".formatted(line, line));
    }
    return lines;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  /** Puts a file there as a whole, as an object store does. */
  private void land(String name, List<String> lines) throws IOException {
    Path target = data().resolve("landing").resolve(name);
    Files.createDirectories(target.getParent());
    Path written = Files.createTempFile(folder, "landing", "");
    Files.write(written, lines);
    Files.setLastModifiedTime(written, FileTime.from(FIRST.plusSeconds(landed++)));
    Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    service.close();
  }
}
