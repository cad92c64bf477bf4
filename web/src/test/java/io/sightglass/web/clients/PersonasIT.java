package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import io.sightglass.web.cli.sample.Canary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every persona, every shipped view, every format: the golden results of {@code sql-views/tests},
 * and no canary in any byte that leaves for those who may not see one, nor in what is kept outside
 * of the vault.
 *
 * <p>A persona without a golden file for a view must not learn that the view exists.
 */
class PersonasIT {

  private static final Path PACK = Path.of("..", "sql-views");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> FORMATS =
      Map.of(
          "json", "application/json",
          "ndjson", "application/x-ndjson",
          "csv", "text/csv",
          "arrow", "application/vnd.apache.arrow.stream",
          "parquet", "application/vnd.apache.parquet");
  private static final List<String> PERSONAS =
      List.of(
          "analyst",
          "classification_engineer",
          "station_user",
          "pii_reader",
          "steward",
          "operator",
          "auditor",
          "nobody");
  private static final Set<String> IDENTIFIED = Set.of("benefits.claims_identified");

  private static final Duration SPILLS = Duration.ofSeconds(30);

  @TempDir static Path folder;

  private static Path data;
  private static RunningService service;

  /** Golden results hold pseudonyms, so their secret is fixed here; elsewhere it is random. */
  private static final String SECRET = "5ea1".repeat(16);

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    data = folder.resolve("data");
    Files.createDirectories(data.resolve("vault"));
    Files.writeString(data.resolve("vault/pseudonyms.key"), SECRET);
    copy(PACK.resolve("tests/landing"), data.resolve("landing"));
    var loaded =
        RunningService.run("load", "--once", "--data", data.toString(), "--views", PACK.toString());
    assertThat(loaded.status()).as(loaded.output()).isZero();
    service = RunningService.serve(data, PACK, "--engine-memory", "200 MB");
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyPersonaSeesOfEveryViewWhatItsGoldenResultSays() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String view : views()) {
      for (String persona : PERSONAS) {
        Path golden = PACK.resolve("tests").resolve(view).resolve(persona + ".csv");
        for (String format : FORMATS.keySet().stream().sorted().toList()) {
          tests.add(
              dynamicTest(
                  "%s, %s as %s".formatted(persona, view, format),
                  () -> {
                    HttpResponse<byte[]> answer =
                        ask("SELECT * FROM " + view + " ORDER BY ALL", persona, format);
                    if (Files.exists(golden)) {
                      checkAnswer(answer, golden, view, format);
                    } else {
                      checkUnknown(answer, view);
                    }
                  }));
        }
      }
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> noErrorTellsAnIdentity() {
    return Stream.of(
            "SELECT CAST(first_name AS INTEGER) FROM benefits.claims",
            "SELECT CAST(primary_contention_text AS DATE) FROM benefits.claims",
            "SELECT first_name FROM benefits.claims WHERE CAST(ssn AS INTEGER) = 1",
            "SELECT CAST(veteran_participant_id AS BIGINT) FROM benefits.claims",
            "SELECT v.ssn FROM vault.benefits.claims v",
            "SELECT * FROM raw.benefits.claims",
            "SELECT firstname FROM benefits.claims",
            "SELECT 1 / 0 FROM benefits.claims GROUP BY last_name")
        .map(sql ->
            dynamicTest(
                sql,
                () -> {
                  HttpResponse<byte[]> answer = ask(sql, "analyst", "json");
                  assertNoCanary(text(answer), "answer");
                }));
  }

  @Test
  void theCatalogueAndTheLoadsShowNoIdentity() throws Exception {
    for (String path :
        List.of(
            "/v1/datasets",
            "/v1/queries",
            "/v1/sql?sql=SELECT+*+FROM+catalog.tables",
            "/v1/sql?sql=SELECT+*+FROM+catalog.columns",
            "/v1/me",
            "/v1/loads",
            "/v1/alerts",
            "/v1/statements?all=true")) {
      for (String persona : PERSONAS) {
        HttpResponse<byte[]> answer =
            service.send(service.request(path, token(persona)), BodyHandlers.ofByteArray());
        assertNoCanary(text(answer), path + " for " + persona);
      }
    }
  }

  @Test
  void nothingOutsideOfTheVaultHoldsAnIdentity() throws Exception {
    assertNoIdentityOutsideOfTheVault();
  }

  private static void assertNoIdentityOutsideOfTheVault() throws Exception {
    assertNoCanary(service.log(), "the log");
    int parquet = 0;
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = data.relativize(file).toString();
        if (name.startsWith("landing/")
            || name.startsWith("vault/")
            || name.startsWith("warehouse/vault/")) {
          continue;
        }
        assertNoCanary(Files.readString(file, StandardCharsets.ISO_8859_1), name);
        if (name.endsWith(".parquet")) {
          assertNoCanary(parquet(file), name);
          parquet++;
        }
      }
    }
    assertThat(parquet).as("ordinary data files").isPositive();
  }

  @Test
  void whatAStatementOverIdentitiesSpillsAndSaysStaysInTheVault() throws Exception {
    String sql =
        "SELECT c.first_name, c.ssn, r.i FROM benefits.claims_identified c, range(20000000) r(i)"
            + " ORDER BY hash(r.i), c.ssn";
    String token = token("pii_reader");
    CompletableFuture<HttpResponse<byte[]>> asked;
    try (HttpClient client = HttpClient.newHttpClient()) {
      asked =
          client.sendAsync(
              service.statement(sql, "text/csv", token).build(), BodyHandlers.ofByteArray());
      Eventually.within(
          SPILLS, "spill", () -> bytesBelow(data.resolve("vault/spill")) > 10_000_000);
      assertNoIdentityOutsideOfTheVault();
      assertThat(bytesBelow(data.resolve("spill"))).isLessThan(10_000);
      JsonNode statements =
          JSON.readTree(
              service
                  .send(
                      service.request("/v1/statements", token("pii_reader")),
                      BodyHandlers.ofByteArray())
                  .body());
      JsonNode running = statements.get("items").get(0);
      assertThat(running.get("identified").asBoolean()).isTrue();
      HttpResponse<byte[]> others =
          service.send(
              service.request("/v1/statements?all=true", token("operator")),
              BodyHandlers.ofByteArray());
      assertThat(text(others)).contains(running.get("id").asText()).doesNotContain("first_name");
      service.send(
          service.request("/v1/statements/" + running.get("id").asText(), token).DELETE(),
          BodyHandlers.discarding());
      HttpResponse<byte[]> answer = asked.join();
      assertThat(answer.statusCode()).isEqualTo(422);
      assertNoCanary(text(answer) + headers(answer), "a cancelled answer");
    }
  }

  private static long bytesBelow(Path root) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
    }
    return bytes;
  }

  @Test
  void theVaultHoldsIdentities() throws Exception {
    try (Stream<Path> files = Files.walk(data.resolve("warehouse/vault"))) {
      List<Path> parquet =
          files.filter(file -> file.getFileName().toString().endsWith(".parquet")).toList();
      assertThat(parquet).isNotEmpty();
      StringBuilder rows = new StringBuilder();
      for (Path file : parquet) {
        rows.append(parquet(file));
      }
      assertThat(rows.toString()).contains(Canary.TEXT);
    }
  }

  private static void checkAnswer(
      HttpResponse<byte[]> answer, Path golden, String view, String format) throws Exception {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    String expected = Files.readString(golden);
    if (!IDENTIFIED.contains(view)) {
      assertNoCanary(headers(answer), "headers");
      assertNoCanary(text(answer), "bytes");
      assertNoCanary(expected, "the golden result");
    }
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith(FORMATS.get(format));
    assertThat(contents(answer, expected, format)).isEqualTo(expected);
  }

  /** As the CSV text that says the same. */
  private static String contents(HttpResponse<byte[]> answer, String expected, String format)
      throws Exception {
    return switch (format) {
      case "csv" -> text(answer);
      case "json" -> AnswerContents.ofJson(answer.body());
      case "ndjson" ->
          AnswerContents.ofNdjson(answer.body(), expected.lines().findFirst().orElse(""));
      case "arrow" -> AnswerContents.ofArrow(answer.body());
      case "parquet" ->
          AnswerContents.ofParquet(
              Files.write(Files.createTempFile(folder, "answer", ".parquet"), answer.body()));
      default -> throw new IllegalArgumentException(format);
    };
  }

  private static void checkUnknown(HttpResponse<byte[]> answer, String view) throws IOException {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(400);
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.get("code").asText()).isEqualTo("UNKNOWN_NAME");
    assertThat(problem.path("suggestions").toString()).doesNotContain(view);
  }

  private static HttpResponse<byte[]> ask(String sql, String persona, String format)
      throws Exception {
    return service.send(
        service.statement(sql, FORMATS.getOrDefault(format, "*/*"), token(persona)),
        BodyHandlers.ofByteArray());
  }

  private static String token(String persona) {
    List<String> roles = persona.equals("nobody") ? List.of() : List.of(persona);
    Map<String, List<String>> attributes =
        persona.equals("station_user") ? Map.of("station", List.of("316")) : Map.of();
    return service.token(persona, roles, attributes);
  }

  private static List<String> views() throws IOException {
    try (Stream<Path> files = Files.walk(PACK, 2)) {
      return files
          .filter(file -> file.toString().endsWith(".sql"))
          .filter(file -> !file.toString().endsWith(".query.sql") && !file.endsWith("macros.sql"))
          .map(file -> file.getParent().getFileName() + "." + file.getFileName())
          .map(name -> name.replaceFirst("\\.sql$", ""))
          .sorted()
          .toList();
    }
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static String headers(HttpResponse<byte[]> answer) {
    return answer.headers().map().toString();
  }

  private static void assertNoCanary(String text, String where) {
    Matcher canary = Canary.IN_TEXT.matcher(text);
    assertThat(canary.find() ? canary.group() : null).as("canary in %s", where).isNull();
  }

  /** All rows of a file as text, one a line. */
  private static String parquet(Path file) throws SQLException {
    StringBuilder rows = new StringBuilder();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT replace(CAST(to_json(t) AS VARCHAR), chr(10), ' ') FROM '%s' t"
                    .formatted(file.toString().replace("'", "''")))) {
      while (result.next()) {
        rows.append(result.getString(1)).append('\n');
      }
    }
    return rows.toString();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      files.forEach(file -> {
        try {
          Path target = to.resolve(from.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
          } else {
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }
}
