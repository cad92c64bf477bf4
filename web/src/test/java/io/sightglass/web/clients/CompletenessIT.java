package io.sightglass.web.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole answer proves that it is whole; one that failed late reads as success to nobody. */
class CompletenessIT {

  private static final String ARROW = "application/vnd.apache.arrow.stream";
  private static final long ROWS = 400_000;
  private static final String GOOD = "SELECT i, 'row ' || i AS t FROM range(" + ROWS + ") r(i)";

  /** Fails on the data when many megabytes have left. */
  private static final String BAD =
      "SELECT i, CAST(CASE WHEN i < 1500000 THEN i::VARCHAR ELSE 'x' || i END AS BIGINT) AS n"
          + " FROM range(2000000) r(i)";

  private static final int MEGABYTE = 1 << 20;
  private static final int PARTIAL_FILE = 18;

  @TempDir static Path folder;

  private static RunningService service;
  private static String token;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    service = RunningService.serve(folder.resolve("data"), Path.of("..", "sql-views"));
    token = service.token("ada", List.of("analyst"), Map.of());
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ARROW, "text/csv", "application/x-ndjson"})
  void aGoodStreamEndsWithItsCountAndDigest(String mediaType) throws Exception {
    Transfer transfer = curl(GOOD, mediaType);
    assertThat(transfer.status()).as(transfer.errors()).isZero();
    assertThat(transfer.headers())
        .containsEntry("sightglass-status", "complete")
        .containsEntry("sightglass-row-count", Long.toString(ROWS))
        .containsEntry("repr-digest", digest(transfer.body()));

    String statement = String.valueOf(transfer.headers().get("sightglass-statement-id"));
    Eventually.isSeen(
        Duration.ofSeconds(10), "SUCCEEDED", () -> record(statement).get("state").asText());
    JsonNode record = record(statement);
    assertThat(record.get("rowCount").asLong()).isEqualTo(ROWS);
    assertThat(record.get("digest").asText()).isEqualTo(digest(transfer.body()));
  }

  @ParameterizedTest
  @ValueSource(strings = {ARROW, "text/csv", "application/x-ndjson"})
  void curlReportsALateFailure(String mediaType) throws Exception {
    Transfer transfer = curl(BAD, mediaType);
    assertThat(Files.size(transfer.body())).isGreaterThan(MEGABYTE);
    assertThat(transfer.status()).as(transfer.errors()).isEqualTo(PARTIAL_FILE);
    assertThat(transfer.headers()).doesNotContainKeys("sightglass-row-count", "repr-digest");

    String statement = String.valueOf(transfer.headers().get("sightglass-statement-id"));
    // Final within a second of the last byte.
    Eventually.isSeen(
        Duration.ofSeconds(10), "FAILED", () -> record(statement).get("state").asText());
    JsonNode record = record(statement);
    assertThat(record.get("error").get("code").asText()).isEqualTo("CAST_FAILED");
  }

  @ParameterizedTest
  @ValueSource(strings = {ARROW, "text/csv", "application/x-ndjson"})
  void theJavaClientReportsALateFailure(String mediaType) {
    assertThatThrownBy(() ->
            service.send(service.statement(BAD, mediaType, token), BodyHandlers.ofByteArray()))
        .isInstanceOf(IOException.class);
  }

  private static JsonNode record(String statement) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request("/v1/statements/" + statement, token), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new ObjectMapper().readTree(answer.body());
  }

  private static String digest(Path body) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(Files.readAllBytes(body));
    byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    return "crc32c=:" + Base64.getEncoder().encodeToString(bytes) + ":";
  }

  /**
   * What curl made of an answer.
   *
   * @param headers with the trailers, names in lower case
   */
  private record Transfer(int status, Map<String, String> headers, Path body, String errors) {}

  private static Transfer curl(String sql, String mediaType) throws Exception {
    Path headers = Files.createTempFile(folder, "headers", "");
    Path body = Files.createTempFile(folder, "body", "");
    List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "120"));
    command.addAll(List.of("-H", "Authorization: Bearer " + token, "-H", "Accept: " + mediaType));
    command.addAll(List.of("-H", "Content-Type: application/sql", "--data-binary", sql));
    command.addAll(List.of("-D", headers.toString(), "-o", body.toString()));
    command.add(service.address().resolve("/v1/sql").toString());
    Process process;
    try {
      process = new ProcessBuilder(command).start();
    } catch (IOException e) {
      OptionalRuntime.CURL.unavailable(e.getMessage());
      throw e;
    }
    String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
    int status = process.waitFor();
    return new Transfer(status, parse(Files.readAllLines(headers)), body, errors);
  }

  private static Map<String, String> parse(List<String> lines) {
    Map<String, String> headers = new TreeMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    return headers;
  }
}
