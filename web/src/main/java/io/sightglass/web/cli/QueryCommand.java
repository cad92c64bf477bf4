package io.sightglass.web.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Asks a running service. What it prints or keeps is whole: count and digest are checked against
 * the statement's record, and a file appears under its name only then.
 */
@Command(
    name = "query",
    description = "Asks a running service and checks that the answer is whole.",
    mixinStandardHelpOptions = true)
final class QueryCommand implements Callable<Integer> {

  /** How an answer is shown. */
  enum Format {
    TABLE,
    CSV,
    JSON,
    NDJSON,
    ARROW,
    PARQUET;

    /** What is asked of the service. */
    String key() {
      return (this == TABLE ? JSON : this).name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_LOOKS = 20;

  @Spec private @Nullable CommandSpec command;

  @Parameters(paramLabel = "SQL", description = "One read-only statement.")
  private String sql = "";

  @Option(names = "--as", paramLabel = "PERSONA", description = "A persona of tests/personas.yaml.")
  private @Nullable String persona;

  @Option(names = "--token", paramLabel = "T", description = "A token.")
  private @Nullable String token;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The service. Default: http://127.0.0.1:<port>.")
  private @Nullable String url;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, csv, json, ndjson, arrow or parquet. Default: table.")
  private @Nullable Format format;

  @Option(names = "--out", paramLabel = "FILE", description = "Where the answer is kept.")
  private @Nullable Path out;

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  QueryCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(command);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (persona != null && token != null) {
      throw new ParameterException(
          spec().commandLine(), "--as and --token: both given; allowed: one of them");
    }
    Format shown = format != null ? format : out == null ? Format.TABLE : Format.CSV;
    boolean binary = shown == Format.ARROW || shown == Format.PARQUET;
    if (binary && out == null && isTerminal()) {
      throw new ParameterException(
          spec().commandLine(),
          "--format %s: not for a terminal; allowed: with --out FILE".formatted(shown.key()));
    }
    ServiceAddress service = ServiceAddress.of(spec(), url, persona, token);
    HttpResponse<InputStream> answer = ask(service, shown);
    try (InputStream body = answer.body()) {
      if (answer.statusCode() != 200) {
        return refused(answer.statusCode(), body.readAllBytes());
      }
      String id = answer.headers().firstValue("Sightglass-Statement-Id").orElse("");
      if (shown == Format.TABLE) {
        byte[] whole = body.readAllBytes();
        check(service, id, whole.length, digest(whole));
        show(whole);
      } else {
        keep(service, id, body);
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.EXECUTION_FAILED, "The connection ended before the answer did", e);
    }
    return Main.DONE;
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private HttpResponse<InputStream> ask(ServiceAddress service, Format shown)
      throws InterruptedException {
    HttpRequest request =
        service
            .request("/v1/sql?format=" + URLEncoder.encode(shown.key(), StandardCharsets.UTF_8))
            .header("Content-Type", "application/sql")
            .POST(BodyPublishers.ofString(sql))
            .build();
    try {
      return client.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "No service answers at %s; start one with: sightglass demo".formatted(service.url()),
          e);
    }
  }

  private int refused(int status, byte[] body) {
    PrintWriter err = spec().commandLine().getErr();
    try {
      JsonNode problem = JSON.readTree(body);
      JsonNode place = problem.path("position");
      err.printf(
          "%s: %s%s%n",
          problem.path("code").asText("HTTP " + status),
          problem.path("detail").asText(""),
          place.isObject()
              ? " (line %d, column %d)"
                  .formatted(place.path("line").asInt(), place.path("column").asInt())
              : "");
      problem.path("suggestions").forEach(name -> err.printf("did you mean %s?%n", name.asText()));
    } catch (IOException e) {
      err.printf("HTTP %d, and not as this service answers%n", status);
    }
    return Main.FAILED;
  }

  /** Copies the answer; a file takes its name once it is known to be whole. */
  private void keep(ServiceAddress service, String id, InputStream body)
      throws IOException, InterruptedException {
    Path target = out;
    CRC32C crc = new CRC32C();
    if (target == null) {
      long bytes = copy(body, System.out, crc);
      System.out.flush();
      check(service, id, bytes, digest(crc));
      return;
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      long bytes;
      try (OutputStream file = create(part)) {
        bytes = copy(body, file, crc);
      }
      check(service, id, bytes, digest(crc));
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static OutputStream create(Path part) {
    try {
      return Files.newOutputStream(part);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "--out: \"%s\" cannot be written".formatted(part), e);
    }
  }

  private static long copy(InputStream from, OutputStream to, CRC32C crc) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long bytes = 0;
    for (int size = from.read(buffer); size >= 0; size = from.read(buffer)) {
      crc.update(buffer, 0, size);
      to.write(buffer, 0, size);
      bytes += size;
    }
    return bytes;
  }

  private static String digest(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return digest(crc);
  }

  private static String digest(CRC32C crc) {
    return "crc32c=:"
        + Base64.getEncoder()
            .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array())
        + ":";
  }

  /** Java's client shows no trailers: the statement's record has what they say. */
  private void check(ServiceAddress service, String id, long bytes, String digest)
      throws IOException, InterruptedException {
    for (int look = 0; look < PATIENCE_LOOKS; look++) {
      HttpResponse<String> record =
          client.send(service.request("/v1/statements/" + id).build(), BodyHandlers.ofString());
      JsonNode statement = JSON.readTree(record.body());
      if (statement.path("state").asText().equals("SUCCEEDED")) {
        if (!statement.path("digest").asText().equals(digest)) {
          throw new EngineException(
              ErrorCode.EXECUTION_FAILED,
              "The answer is not what the service sent: digest %s; its record says %s"
                  .formatted(digest, statement.path("digest").asText()));
        }
        PrintWriter err = spec().commandLine().getErr();
        err.printf(
            "%d rows, %d bytes, digest checked%n", statement.path("rowCount").asLong(), bytes);
        err.flush();
        return;
      }
      Thread.sleep(Duration.ofMillis(50));
    }
    throw new EngineException(
        ErrorCode.EXECUTION_FAILED, "The service does not confirm that the answer is whole");
  }

  private void show(byte[] whole) throws IOException {
    JsonNode answer = JSON.readTree(whole);
    TextTable table = TextTable.of(answer.path("columns"), answer.path("rows"));
    PrintWriter print = spec().commandLine().getOut();
    table.print(print);
    if (answer.path("truncated").asBoolean()) {
      print.println("There are more rows; --format csv gives all of them.");
    }
    print.flush();
  }

  /** Where the service is, and who asks. */
  record ServiceAddress(String url, String token) {

    static ServiceAddress of(
        CommandSpec command,
        @Nullable String url,
        @Nullable String persona,
        @Nullable String token) {
      String address =
          Optional.ofNullable(url)
              .or(() -> Optional.ofNullable(System.getenv("SIGHTGLASS_URL")))
              .orElseGet(
                  () -> "http://127.0.0.1:" + ServiceFlags.read(command, null).listen().port());
      if (!address.matches("(?i)https?://[^\\s/]\\S*")) {
        throw new ParameterException(
            command.commandLine(),
            "--url: \"%s\"; allowed: an http or https URL".formatted(address));
      }
      String given =
          Optional.ofNullable(token)
              .or(() ->
                  persona == null
                      ? Optional.ofNullable(System.getenv("SIGHTGLASS_TOKEN"))
                      : Optional.empty())
              .orElseGet(() -> Personas.token(ServiceFlags.read(command, null), persona));
      return new ServiceAddress(address.replaceAll("/+$", ""), given);
    }

    HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(URI.create(url + path))
          .header("Authorization", "Bearer " + token);
    }
  }
}
