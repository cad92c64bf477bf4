package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is delivered again adds no row, and a corrected dump replaces its day at one moment, also
 * for those who read while it does.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CorrectionIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "corrections");
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final Instant FIRST = Instant.parse("2026-01-10T08:00:00Z");

  private static final String EVERYTHING =
      "SELECT (SELECT count(*) FROM shop.sales), (SELECT count(*) FROM shop.sales_identified),"
          + " (SELECT count(*) FROM shop.events), (SELECT count(*) FROM shop.notes)";
  private static final String LOADED = "[[3000,3000,500,100]]";

  /** The corrected day of one view: rows, sum of versions, first and last version; other days. */
  private static final String DAY =
      "SELECT count(*) FILTER (day = DATE '2026-01-02'),"
          + " sum(version) FILTER (day = DATE '2026-01-02'),"
          + " min(version) FILTER (day = DATE '2026-01-02'),"
          + " max(version) FILTER (day = DATE '2026-01-02'),"
          + " count(*) FILTER (day <> DATE '2026-01-02') FROM shop.";

  @TempDir static Path folder;

  private static Path landing;
  private static RunningService service;
  private static LoadLedger ledger;
  private static String reader;

  @BeforeAll
  static void start() throws Exception {
    Path data = folder.resolve("data");
    landing = data.resolve("landing");
    service = RunningService.serve(data, PACK, "--scan-every", "1s");
    ledger = new LoadLedger(service, service.token("lou", List.of("loader"), Map.of()));
    reader = service.token("rea", List.of("reader"), Map.of());
    for (int day = 1; day <= 3; day++) {
      land("sales/sales_2026-01-0%d.csv".formatted(day), sales(day, 1, 1000), FIRST);
    }
    land("events/a.ndjson", events(0, 300), FIRST);
    land("events/b.ndjson", events(300, 500), FIRST);
    land("notes/a.csv", notes(), FIRST);
    assertThat(statesOf(ledger.scan()).values()).hasSize(6).containsOnly("COMMITTED");
    assertThat(ask(EVERYTHING)).isEqualTo(LOADED);
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @Test
  @Order(1)
  void theSameFilesAgainAddNothing() throws Exception {
    Instant later = FIRST.plusSeconds(60);
    for (JsonNode load : ledger.loads()) {
      Path file = landing.resolve(load.at("/source/name").asText());
      Files.setLastModifiedTime(file, FileTime.from(later));
    }
    assertNothingIsNew(ledger.scan());
  }

  @Test
  @Order(2)
  void renamedFilesAddNothing() throws Exception {
    Instant later = FIRST.plusSeconds(120);
    for (int day = 1; day <= 3; day++) {
      land("sales/sales_2026-01-0%d_renamed.csv".formatted(day), sales(day, 1, 1000), later);
    }
    land("events/renamed.ndjson", events(0, 300), later);
    land("notes/renamed.csv", notes(), later);
    List<JsonNode> loads = ledger.scan();
    assertNothingIsNew(loads);
    Map<String, String> states = statesOf(loads);
    assertThat(states)
        .containsEntry("sales/sales_2026-01-01_renamed.csv", "SKIPPED")
        .containsEntry("sales/sales_2026-01-03_renamed.csv", "SKIPPED")
        .containsEntry("notes/renamed.csv", "SKIPPED");
  }

  @Test
  @Order(3)
  void halfOfTheRowsTwiceAddNothing() throws Exception {
    Instant later = FIRST.plusSeconds(180);
    List<String> half = events(100, 350);
    List<String> twice = new ArrayList<>(half);
    twice.addAll(half);
    land("events/half_twice.ndjson", twice, later);
    land("sales/sales_2026-01-01_again.csv", sales(1, 1, 1000), later);
    land("notes/again.csv", notes(), later);
    assertNothingIsNew(ledger.scan());
  }

  @Test
  @Order(4)
  void anOlderDumpOfADayIsSkipped() throws Exception {
    String name = "sales/sales_2026-01-03_older.csv";
    land(name, sales(3, 9, 10), FIRST.minusSeconds(3600));
    assertThat(statesOf(ledger.scan())).containsEntry(name, "SKIPPED");
    assertThat(ask(EVERYTHING)).isEqualTo(LOADED);
  }

  @Test
  @Order(5)
  void aCorrectedDayIsReplacedAtOneMoment() throws Exception {
    for (int version = 2; version <= 4; version++) {
      String before = day(version - 1);
      String after = day(version);
      AtomicBoolean stop = new AtomicBoolean();
      try (ExecutorService pollers = Executors.newCachedThreadPool()) {
        Set<String> firsts = new ConcurrentSkipListSet<>();
        List<Future<List<String>>> seen = new ArrayList<>();
        for (String view : List.of("sales", "sales_identified")) {
          seen.add(pollers.submit(() -> poll(DAY + view, stop, firsts, view)));
        }
        Eventually.within(TIME, "first answers", () -> firsts.size() == 2);
        // Found by the clock's own look; nobody asks for a scan.
        land(
            "sales/sales_2026-01-02_v%d.csv".formatted(version),
            sales(2, version, rows(version)),
            FIRST.plusSeconds(600L + version));
        Eventually.isSeen(TIME, after, () -> ask(DAY + "sales"));
        Eventually.isSeen(TIME, after, () -> ask(DAY + "sales_identified"));
        stop.set(true);
        for (Future<List<String>> answers : seen) {
          assertThat(answers.get()).containsExactly(before, after);
        }
      } finally {
        stop.set(true);
      }
    }
    assertThat(statesOf(ledger.settled()))
        .containsEntry("sales/sales_2026-01-02_v2.csv", "COMMITTED")
        .containsEntry("sales/sales_2026-01-02_v4.csv", "COMMITTED");
  }

  private static int rows(int version) {
    return 900 + 100 * version;
  }

  private static String day(int version) {
    int rows = rows(version);
    return "[[%d,\"%d\",%d,%d,2000]]".formatted(rows, rows * version, version, version);
  }

  /** Every answer that differs from the one before it, until {@code stop}, and one after that. */
  private static List<String> poll(String sql, AtomicBoolean stop, Set<String> firsts, String name)
      throws Exception {
    List<String> seen = new ArrayList<>();
    boolean last;
    do {
      last = stop.get();
      String answer = ask(sql);
      if (seen.isEmpty() || !seen.getLast().equals(answer)) {
        seen.add(answer);
      }
      firsts.add(name);
    } while (!last);
    return seen;
  }

  private static void assertNothingIsNew(List<JsonNode> loads) throws Exception {
    assertThat(ask(EVERYTHING)).isEqualTo(LOADED);
    for (JsonNode load : loads) {
      assertThat(load.get("state").asText()).as(load.toString()).isIn("COMMITTED", "SKIPPED");
      if (load.get("state").asText().equals("COMMITTED")) {
        long counted =
            load.get("rowsWritten").asLong()
                + load.get("rowsRejected").asLong()
                + load.get("rowsDuplicate").asLong()
                + load.get("rowsFiltered").asLong();
        assertThat(counted).as(load.toString()).isEqualTo(load.get("rowsRead").asLong());
      }
    }
  }

  /** By name of the object; of several loads of one object the newest. */
  private static Map<String, String> statesOf(List<JsonNode> loads) {
    Map<String, String> states = new TreeMap<>();
    for (JsonNode load : loads) {
      states.putIfAbsent(load.at("/source/name").asText(), load.get("state").asText());
    }
    return states;
  }

  private static String ask(String sql) throws Exception {
    HttpResponse<String> answer =
        service.send(service.statement(sql, "application/json", reader), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).get("rows").toString();
  }

  private static List<String> sales(int day, int version, int rows) {
    List<String> lines = new ArrayList<>(List.of("id,day,version,buyer"));
    for (int row = 0; row < rows; row++) {
      lines.add("%d,2026-01-0%d,%d,Buyer %d".formatted(day * 100_000 + row, day, version, row));
    }
    return lines;
  }

  private static List<String> events(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj("{\"id\":%d}"::formatted)
        .collect(Collectors.toList());
  }

  private static List<String> notes() {
    List<String> lines = new ArrayList<>(List.of("text"));
    for (int row = 0; row < 100; row++) {
      lines.add("note " + row % 7);
    }
    return lines;
  }

  /** Puts a file there as a whole, as an object store does. */
  private static void land(String name, List<String> lines, Instant modified) throws IOException {
    Path target = landing.resolve(name);
    Files.createDirectories(target.getParent());
    Path written = Files.createTempFile(folder, "landing", "");
    Files.write(written, lines);
    Files.setLastModifiedTime(written, FileTime.from(modified));
    Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
