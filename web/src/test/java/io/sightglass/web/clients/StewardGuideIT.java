package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The walk of {@code docs/steward-guide.md}, with the files and outputs that stand in it. */
class StewardGuideIT {

  private static final Path GUIDE = Path.of("..", "docs", "steward-guide.md");
  private static final Path PACK = Path.of("..", "sql-views");

  /** A file of the guide: its path, then the block with its text. */
  private static final Pattern FILE =
      Pattern.compile("`([a-z-]+/[^`]+)`:\\n\\n```[a-z]*\\n(.*?)```", Pattern.DOTALL);

  private static final Pattern OUTPUT = Pattern.compile("```text\\n(.*?)```", Pattern.DOTALL);

  private static final int INFERRED = 0;
  private static final int TRIED = 1;
  private static final int MISTAKES = 2;
  private static final int ASKED = 3;
  private static final int CHARTED = 4;

  /** What a pack for the mistakes needs, and what one needs that is tried on its own tests. */
  private static final List<String> PART = List.of("benefits", "tests");

  private static final List<String> WHOLE = List.of("benefits", "service", "housing", "tests");

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  private static final Map<String, String> FILES = new LinkedHashMap<>();
  private static List<String> outputs = List.of();

  @BeforeAll
  static void readGuide() throws IOException {
    String guide = Files.readString(GUIDE);
    for (MatchResult file : FILE.matcher(guide).results().toList()) {
      FILES.put(file.group(1), file.group(2));
    }
    outputs = OUTPUT.matcher(guide).results().map(output -> output.group(1)).toList();
    assertThat(FILES).hasSizeGreaterThanOrEqualTo(10);
    assertThat(outputs).hasSize(5);
  }

  @Test
  void aContractIsGuessedAndTriedBeforeAFileCounts() throws Exception {
    Path pack = copyOfPack("tried", WHOLE);
    write("sql-views/", pack);
    Path landing = folder.resolve("first").resolve("landing");
    write("landing/", landing);
    String file = landing.resolve("callcenter").resolve("calls_2026-03-30.csv").toString();

    var inferred = RunningService.run("infer", file);
    assertThat(inferred.status()).as(inferred.output()).isZero();
    assertThat(inferred.output()).contains(outputs.get(INFERRED));

    var tried =
        RunningService.run(
            "load",
            "--dry-run",
            file,
            "--dataset",
            "callcenter.calls",
            "--data",
            folder.resolve("first").toString(),
            "--views",
            pack.toString());
    assertThat(tried.status()).as(tried.output()).isZero();
    assertThat(tried.output()).contains(outputs.get(TRIED)).doesNotContain("555-010-1234");
    try (Stream<Path> written = Files.list(landing.getParent())) {
      assertThat(written).containsExactly(landing);
    }
  }

  @Test
  void theGoldenResultsOfTheGuideComeOut() throws Exception {
    Path pack = copyOfPack("golden", WHOLE);
    write("sql-views/", pack);
    write("landing/", pack.resolve("tests").resolve("landing"));
    var checked = RunningService.run("check-views", pack.toString());
    assertThat(checked.status()).as(checked.output()).isZero();

    Path golden = pack.resolve("tests/service.call_satisfaction/analyst.csv");
    Files.writeString(golden, Files.readString(golden).replace("3.5", "3.6"));
    var wrong = RunningService.run("check-views", pack.toString());
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.output())
        .contains("tests/service.call_satisfaction/analyst.csv:2: WRONG_RESULT");
  }

  @Test
  void tenMistakesAreNamedWithFileAndLine() throws Exception {
    Path pack = copyOfPack("mistakes", PART);
    write("mistakes/", pack);
    var checked = RunningService.run("check-views", pack.toString());
    assertThat(checked.status()).isEqualTo(1);
    assertThat(checked.output()).contains(outputs.get(MISTAKES));
    assertThat(outputs.get(MISTAKES).lines().filter(line -> !line.startsWith(" "))).hasSize(10);
  }

  @Test
  void aNewSchemaIsQueriedWithoutARestart() throws Exception {
    Path pack = copyOfPack("views", WHOLE);
    Path data = Files.createDirectories(folder.resolve("data"));
    try (RunningService service = RunningService.serve(data, pack)) {
      String steward = service.token("stella", List.of("steward"), Map.of());
      String version = version(service, steward);
      write("sql-views/", pack);
      awaitThat(() -> !version(service, steward).equals(version));

      write("landing/", data.resolve("landing"));
      scan(service, steward);
      awaitThat(() -> committed(service, steward) == 2);

      var asked = ask(service, data, pack);
      assertThat(asked.status()).as(asked.output()).isZero();
      assertThat(asked.output()).contains(outputs.get(ASKED));

      assertChart(service);

      JsonNode calls = load(service, steward, "callcenter.calls");
      assertThat(calls.get("rowsRead").asInt()).isEqualTo(3);
      assertThat(calls.get("rowsWritten").asInt()).isEqualTo(2);
      assertThat(calls.get("rowsRejected").asInt()).isEqualTo(1);
    }
  }

  /** By the address of the guide, as a page reads it, and to nobody who may not read it all. */
  private static void assertChart(RunningService service) throws Exception {
    String address =
        Pattern.compile("\\$URL(/v1/queries/[^\"]+)")
            .matcher(Files.readString(GUIDE))
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);
    String analyst = service.token("ada", List.of("analyst"), Map.of());
    HttpResponse<String> csv =
        service.send(service.request(address, analyst), BodyHandlers.ofString());
    assertThat(csv.statusCode()).as(csv.body()).isEqualTo(200);
    assertThat(csv.body()).isEqualTo(outputs.get(CHARTED));

    JsonNode json = get(service, address.replace("format=csv", "format=json"), analyst);
    assertThat(json.get("columns").get(0).toString())
        .isEqualTo("{\"name\":\"day\",\"type\":\"DATE\"}");
    assertThat(json.get("rows").toString()).isEqualTo("[[\"2026-03-30\",2,3.5]]");
    JsonNode definition = get(service, "/v1/queries/service/call_ratings/definition", analyst);
    assertThat(definition.at("/chart/kind").asText()).isEqualTo("line");

    String user = service.token("sam", List.of("station_user"), Map.of("station", List.of("316")));
    HttpResponse<String> hidden =
        service.send(service.request(address, user), BodyHandlers.ofString());
    assertThat(hidden.statusCode()).as(hidden.body()).isEqualTo(404);
  }

  /** The question of the guide, by the command that it gives. */
  private static RunningService.Finished ask(RunningService service, Path data, Path pack)
      throws Exception {
    String sql =
        Pattern.compile("sightglass query \"(.*?)\"", Pattern.DOTALL)
            .matcher(Files.readString(GUIDE))
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);
    return RunningService.run(
        "query",
        sql,
        "--as",
        "analyst",
        "--url",
        service.address().toString(),
        "--data",
        data.toString(),
        "--views",
        pack.toString());
  }

  private static String version(RunningService service, String token) throws Exception {
    return get(service, "/v1/me", token).get("policyVersion").asText();
  }

  private static long committed(RunningService service, String token) throws Exception {
    long count = 0;
    for (JsonNode load : get(service, "/v1/loads", token).get("items")) {
      count += load.get("state").asText().equals("COMMITTED") ? 1 : 0;
    }
    return count;
  }

  private static JsonNode load(RunningService service, String token, String dataset)
      throws Exception {
    return get(service, "/v1/loads?dataset=" + dataset, token).get("items").get(0);
  }

  private static void scan(RunningService service, String token) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request("/v1/loads/scan", token).POST(BodyPublishers.noBody()),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  private static JsonNode get(RunningService service, String path, String token) throws Exception {
    HttpResponse<String> answer =
        service.send(service.request(path, token), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void awaitThat(Condition condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("within 30 s").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static Path copyOfPack(String name, List<String> parts) throws IOException {
    Path target = folder.resolve(name);
    for (String part : parts) {
      copy(PACK.resolve(part), target.resolve(part));
    }
    Files.copy(PACK.resolve("roles.yaml"), target.resolve("roles.yaml"));
    return target;
  }

  private static void write(String prefix, Path target) throws IOException {
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      if (file.getKey().startsWith(prefix)) {
        Path path = target.resolve(file.getKey().substring(prefix.length()));
        Files.createDirectories(path.getParent());
        Files.writeString(path, file.getValue());
      }
    }
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
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
