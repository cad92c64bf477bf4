package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two services whose tables differ only in rows that a filter hides: whatever a filtered caller
 * asks, both answer him the same, byte for byte but for identifiers and times.
 *
 * <p>One holds a few hidden rows, the other many more, of more offices and months, with values that
 * fail in every way that a statement can fail.
 */
class HiddenRowsIT {

  private static final Path PACK = Path.of("src", "test", "resources", "packs", "twins");
  private static final Duration TIME = Duration.ofSeconds(60);

  /** What two runs of one service differ in: instants, identifiers, what names a snapshot. */
  private static final List<Pattern> CHANCE =
      List.of(
          Pattern.compile("\"?[0-9a-f]{32}\"?"),
          Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
          Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+\\+00"),
          Pattern.compile("[0-9]{15,20}"),
          Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));

  private static final List<String> STATEMENTS =
      List.of(
          "SELECT * FROM shop.sales ORDER BY id",
          "SELECT count(*), count(DISTINCT office), min(day), max(day), max(amount) FROM shop.sales",
          "SELECT * FROM shop.takings ORDER BY day",
          "SELECT sum(sales) FROM shop.takings",
          "SELECT CAST(note AS INTEGER) FROM shop.sales",
          "SELECT 1 / (amount - 13) FROM shop.sales",
          "SELECT amount * 2000000 FROM shop.sales ORDER BY 1",
          "SELECT CAST(note AS DATE) FROM shop.sales WHERE office <> 'north'",
          "SELECT error(note) FROM shop.sales WHERE office = 'south'",
          "SELECT s.id FROM shop.sales s JOIN shop.takings t ON s.day = t.day AND s.office <> t.office",
          "SELECT id FROM shop.sales WHERE office = 'south' LIMIT 1",
          "SELECT approx_count_distinct(office), histogram(office) FROM shop.sales",
          "SELECT row_number() OVER (ORDER BY id), id FROM shop.sales ORDER BY 1 LIMIT 5",
          "SELECT count(*) FROM (SELECT id FROM shop.sales USING SAMPLE 30 ROWS (reservoir, 42))",
          "SELECT rowid FROM shop.sales",
          "SELECT filename FROM shop.sales",
          "SELECT file_row_number FROM shop.sales",
          "SELECT _row_key FROM shop.sales",
          "SELECT stats(amount) FROM shop.sales",
          "SELECT * FROM catalog.tables",
          "SELECT * FROM catalog.columns",
          "SELECT * FROM catalog.queries");

  private static final List<String> PATHS =
      List.of(
          "/v1/datasets",
          "/v1/datasets?q=south",
          "/v1/datasets/shop/sales",
          "/v1/datasets/shop/takings",
          "/v1/datasets/shop/sales/snapshots",
          "/v1/datasets/shop/takings/snapshots",
          "/v1/queries",
          "/v1/queries/shop/takings_of_day/definition",
          "/v1/queries/shop/takings_of_day?day=2026-01-02",
          "/v1/queries/shop/takings_of_day?day=2026-03-01",
          "/v1/me");

  @TempDir static Path folder;

  private static final List<RunningService> TWINS = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    for (boolean many : new boolean[] {false, true}) {
      Path data = folder.resolve(many ? "many" : "few");
      Path landing = Files.createDirectories(data.resolve("landing/sales"));
      Files.createDirectories(data.resolve("vault"));
      Files.writeString(data.resolve("vault/pseudonyms.key"), "5ea1".repeat(16));
      RunningService service =
          RunningService.serve(data, PACK, "--scan-every", "1h", "--engine-memory", "200 MB");
      TWINS.add(service);
      LoadLedger ledger =
          new LoadLedger(service, service.token("lou", List.of("loader"), Map.of()));
      for (int day = 1; day <= 3; day++) {
        Files.write(landing.resolve("sales_2026-01-0%d.csv".formatted(day)), sales(day, many));
        assertThat(ledger.scan())
            .hasSize(day)
            .allMatch(load -> load.get("state").asText().equals("COMMITTED"));
        awaitTakings(service, day);
      }
    }
  }

  /** Loads may share a refresh, and then there would be fewer states than days. */
  private static void awaitTakings(RunningService service, int days) throws Exception {
    Eventually.within(
        TIME,
        "the result of the view",
        () ->
            ask(service, "SELECT count(DISTINCT day) FROM shop.takings", clerk(service), "csv")
                .body()
                .endsWith("\n%d\n".formatted(days)));
  }

  /** The same five sales in the north every day; of the south some, or many and worse. */
  private static List<String> sales(int day, boolean many) {
    Stream<String> north =
        IntStream.range(0, 5)
            .mapToObj(row ->
                "%d,2026-01-0%d,north,%d,%d,Buyer %d"
                    .formatted(day * 10 + row, day, row, row, row));
    Stream<String> south =
        many
            ? IntStream.range(0, 20_000)
                .mapToObj(row ->
                    "%d,2026-0%d-0%d,%s,%s,\"secret %d\",Hidden %d"
                        .formatted(
                            1000 * 1000 * day + row,
                            1 + row % 9,
                            day,
                            row % 3 == 0 ? "south" : row % 3 == 1 ? "yonder" : "elsewhere",
                            row % 100 == 0 ? "2000000000" : row % 100 == 1 ? "13" : "50",
                            row,
                            row))
            : Stream.of("%d,2026-01-0%d,south,50,7,Hidden".formatted(1000 * 1000 * day, day));
    return Stream.concat(Stream.of("id,day,office,amount,note,buyer"), Stream.concat(south, north))
        .toList();
  }

  @AfterAll
  static void stop() {
    TWINS.forEach(RunningService::close);
  }

  @TestFactory
  Stream<DynamicTest> statementsAnswerTheSame() {
    return STATEMENTS.stream()
        .flatMap(sql ->
            Stream.of("json", "csv", "ndjson", "check")
                .map(format ->
                    dynamicTest(
                        format + ": " + sql,
                        () -> assertSame(service -> ask(service, sql, clerk(service), format)))));
  }

  @TestFactory
  Stream<DynamicTest> pagesShowTheSame() {
    return PATHS.stream()
        .map(path ->
            dynamicTest(path, () -> assertSame(service -> get(service, path, clerk(service)))));
  }

  @Test
  void theRecordsOfHisStatementsAreTheSame() throws Exception {
    assertSame(service -> {
      String id =
          ask(service, "SELECT count(*) FROM shop.sales", clerk(service), "csv")
              .headers()
              .firstValue("Sightglass-Statement-Id")
              .orElseThrow();
      String[] record = {""};
      HttpResponse<?>[] last = new HttpResponse<?>[1];
      Eventually.within(
          TIME,
          "its end",
          () -> {
            HttpResponse<String> answer = get(service, "/v1/statements/" + id, clerk(service));
            record[0] = answer.body();
            last[0] = answer;
            return record[0].contains("SUCCEEDED");
          });
      return get(service, "/v1/statements/" + id, clerk(service));
    });
  }

  /** A tag for another office would be one to compare with; and it holds what the caller sees. */
  @Test
  void aTagIsOfTheCallersOffice() throws Exception {
    RunningService many = TWINS.getLast();
    String path =
        "/v1/sql?format=csv&sql=" + encoded("SELECT count(*) FROM shop.sales WHERE amount = 13");
    String south = many.token("cle", List.of("clerk"), Map.of("office", List.of("south")));
    String tagOfSouth = tag(get(many, path, south));
    assertThat(tag(get(many, path, clerk(many)))).isNotEqualTo(tagOfSouth);
    HttpResponse<String> answer =
        many.send(
            many.request(path, clerk(many)).header("If-None-Match", tagOfSouth),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
  }

  /** Else the tests above would compare two services that hold the same. */
  @Test
  void whoSeesAllSeesTheDifference() throws Exception {
    List<String> counts = new ArrayList<>();
    List<String> entries = new ArrayList<>();
    for (RunningService service : TWINS) {
      String reader = service.token("rea", List.of("reader"), Map.of());
      counts.add(ask(service, "SELECT count(*) FROM shop.sales", reader, "csv").body());
      entries.add(seen(get(service, "/v1/datasets/shop/sales", reader)));
    }
    assertThat(counts).containsExactly("count_star()\n18\n", "count_star()\n60015\n");
    assertThat(entries.getFirst()).contains("\"rowCount\":18").isNotEqualTo(entries.getLast());
  }

  private interface Question {
    HttpResponse<String> ask(RunningService service) throws Exception;
  }

  private static void assertSame(Question question) throws Exception {
    String few = seen(question.ask(TWINS.getFirst()));
    String many = seen(question.ask(TWINS.getLast()));
    assertThat(many).isEqualTo(few).doesNotContain("secret", "Hidden", "yonder", "elsewhere");
  }

  /** All that the caller gets to see, without what chance or the clock decides. */
  private static String seen(HttpResponse<String> answer) {
    Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
    headers.remove("date");
    // Identifiers differ in length.
    headers.remove("content-length");
    String text = answer.statusCode() + "\n" + headers + "\n" + answer.body();
    for (Pattern chance : CHANCE) {
      text = chance.matcher(text).replaceAll("…");
    }
    return text;
  }

  private static String clerk(RunningService service) {
    return service.token("cle", List.of("clerk"), Map.of("office", List.of("north")));
  }

  private static HttpResponse<String> ask(
      RunningService service, String sql, String token, String format)
      throws IOException, InterruptedException {
    String path = format.equals("check") ? "/v1/sql/check" : "/v1/sql?format=" + format;
    HttpRequest.Builder request =
        service
            .request(path, token)
            .header("Content-Type", "application/sql")
            .POST(BodyPublishers.ofString(sql));
    return service.send(request, BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(RunningService service, String path, String token)
      throws IOException, InterruptedException {
    return service.send(service.request(path, token), BodyHandlers.ofString());
  }

  private static String tag(HttpResponse<String> answer) {
    return answer.headers().firstValue("ETag").orElseThrow();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
