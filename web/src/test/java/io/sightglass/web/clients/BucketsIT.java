package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.storage.TestingS3;
import io.sightglass.web.RunningService;
import io.sightglass.web.RunningService.Finished;
import io.sightglass.web.cli.sample.Canary;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole service over buckets of an S3 server that checks signatures: dumps come from one, go
 * into another, identities into a third, and answers are read through the file cache.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BucketsIT {

  private static final Path PACK = Path.of("..", "sql-views").toAbsolutePath().normalize();
  private static final String COUNT = "SELECT count(*) AS claims FROM benefits.claims";
  private static final String PERSONS =
      "SELECT first_name FROM benefits.claims_identified ORDER BY claim_id LIMIT 1";

  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static TestingS3 server;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static RunningService service;

  private static long written;

  @BeforeAll
  static void load() throws Exception {
    server = TestingS3.start(folder.resolve("s3"), "landing", "lake", "vault");
    Path dumps = folder.resolve("dumps");
    Finished generated =
        RunningService.run(
            "generate",
            "--out",
            dumps.toString(),
            "--rows",
            "300",
            "--days",
            "3",
            "--dataset",
            "benefits.claims");
    assertThat(generated.status()).as(generated.output()).isZero();
    try (var connection = TestingS3.connect(server.endpoint());
        Stream<Path> files = Files.walk(dumps)) {
      var landing = TestingS3.store(connection, "landing", "");
      files
          .filter(file -> file.toString().endsWith(".csv.gz"))
          .forEach(file -> landing.put(dumps.relativize(file).toString(), file));
    }
    service = serve("first");
    List<JsonNode> loads = new LoadLedger(service, token("steward")).scan();
    assertThat(loads).hasSizeGreaterThanOrEqualTo(3);
    written =
        loads.stream()
            .filter(load -> load.get("state").asText().equals("COMMITTED"))
            .mapToLong(load -> load.get("rowsWritten").asLong())
            .sum();
    assertThat(written).isGreaterThan(200);
  }

  @AfterAll
  static void stop() {
    service.close();
    server.close();
  }

  private static RunningService serve(String data) throws IOException, InterruptedException {
    return RunningService.serve(
        Files.createDirectories(folder.resolve(data)),
        PACK,
        TestingS3.environment(),
        "--landing=s3://landing",
        "--warehouse=s3://lake/tables",
        "--vault=s3://vault",
        "--s3-endpoint=" + server.endpoint(),
        "--s3-path-style");
  }

  @Test
  @Order(1)
  void whatWasLoadedIsAnsweredMaskedOrNotAsGranted() throws Exception {
    assertThat(ask("analyst", COUNT)).isEqualTo("claims\n" + written + "\n");
    assertThat(ask("analyst", "SELECT * FROM benefits.claims")).doesNotContain(Canary.TEXT);
    assertThat(ask("pii_reader", PERSONS)).contains(Canary.TEXT);
  }

  @Test
  @Order(2)
  void theBucketOfOrdinaryTablesHoldsNoIdentityAndTheVaultsDoes() throws Exception {
    assertThat(rows(folder.resolve("s3/lake"))).contains("decided").doesNotContain(Canary.TEXT);
    assertThat(rows(folder.resolve("s3/vault"))).contains(Canary.TEXT);
  }

  @Test
  @Order(3)
  void filesAreFetchedAgainWhenTheCacheIsGone() throws Exception {
    service.close();
    delete(folder.resolve("first/cache"));
    delete(folder.resolve("first/vault/cache"));
    service = serve("first");
    assertThat(ask("analyst", COUNT)).isEqualTo("claims\n" + written + "\n");
    assertThat(ask("pii_reader", PERSONS)).contains(Canary.TEXT);
  }

  private static String ask(String persona, String sql) throws Exception {
    HttpResponse<String> answer = send(persona, sql);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static HttpResponse<String> send(String persona, String sql) throws Exception {
    return service.send(
        service.statement(sql, "text/csv", token(persona)), BodyHandlers.ofString());
  }

  private static String token(String persona) {
    return service.token(persona, List.of(persona), Map.of());
  }

  /** Every row of every Parquet file below a folder, as JSON. */
  private static String rows(Path root) throws SQLException {
    StringBuilder rows = new StringBuilder();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet('%s/**/*.parquet', union_by_name = true) t"
                    .formatted(root))) {
      while (result.next()) {
        rows.append(result.getString(1)).append('\n');
      }
    }
    return rows.toString();
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }
}
