package io.sightglass.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.security.DevelopmentTokens;
import io.sightglass.web.wiring.DevelopmentKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The service in a process that is killed and started again over the same folders. Asking it is
 * thread-safe; starting and killing is one thread's.
 */
public final class MortalService implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path data;
  private final Path views;
  private final Map<String, String> environment;
  private final String[] flags;
  private final HttpClient client = HttpClient.newHttpClient();
  private volatile @Nullable Path log;
  private @Nullable Process process;
  private int starts;

  /**
   * A service that does not run yet.
   *
   * @param data its folder; what it prints goes to files beside it
   */
  public MortalService(Path data, Path views, Map<String, String> environment, String... flags) {
    this.data = data;
    this.views = views;
    this.environment = environment;
    this.flags = flags.clone();
  }

  /** Starts it, without waiting for anything. */
  public void start() throws IOException {
    Path printed = log(++starts);
    process =
        RunningService.serving(data, views, environment, flags)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    log = printed;
  }

  /** Kills it as {@code kill -9} does: it can do nothing any more. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
      log = null;
    }
  }

  /** Runs another command with the service's own folders and flags, while it does not run. */
  public RunningService.Finished run(String command, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--data", data.toString(), "--views", views.toString()));
    arguments.addAll(Arrays.asList(flags));
    arguments.addAll(Arrays.asList(more));
    return RunningService.run(environment, arguments.toArray(String[]::new));
  }

  /** Whether it has ended by itself. */
  public boolean hasEnded() {
    return process != null && !process.isAlive();
  }

  /** What it has printed since it was started last. */
  public String log() throws IOException {
    Path printed = log;
    return printed == null ? "" : Files.readString(printed);
  }

  /** How many lines of all that it has ever printed match. */
  public int count(String pattern) throws IOException {
    Pattern searched = Pattern.compile(pattern);
    int count = 0;
    for (int start = 1; start <= starts; start++) {
      String printed = Files.readString(log(start));
      count += Math.toIntExact(searched.matcher(printed).results().count());
    }
    return count;
  }

  private Path log(int start) {
    return data.resolveSibling(data.getFileName() + "-" + start + ".log");
  }

  /** The rows of a statement; empty when it does not answer now. */
  public Optional<JsonNode> ask(String role, String sql) throws Exception {
    return send(
            role,
            "/v1/sql",
            request ->
                request
                    .header("Content-Type", "application/sql")
                    .header("Accept", "application/json")
                    .POST(BodyPublishers.ofString(sql)))
        .map(answer -> answer.get("rows"));
  }

  /** A page of the API; empty when it does not answer now. */
  public Optional<JsonNode> get(String role, String path) throws Exception {
    return send(role, path, request -> request);
  }

  /** Asks for something to be done; empty when it does not answer now. */
  public Optional<JsonNode> post(String role, String path) throws Exception {
    return send(role, path, request -> request.POST(BodyPublishers.noBody()));
  }

  private interface Kind {
    HttpRequest.Builder of(HttpRequest.Builder request);
  }

  private Optional<JsonNode> send(String role, String path, Kind kind) throws Exception {
    Optional<URI> address = RunningService.findAddress(log());
    if (address.isEmpty()) {
      return Optional.empty();
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.get().resolve(path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + token(role));
    HttpResponse<String> answer;
    try {
      answer = client.send(kind.of(request).build(), BodyHandlers.ofString());
    } catch (IOException dead) {
      return Optional.empty();
    }
    if (answer.statusCode() == 503) {
      return Optional.empty();
    }
    if (answer.statusCode() >= 300) {
      throw new AssertionError("%s: %s".formatted(path, answer.body()));
    }
    return Optional.of(JSON.readTree(answer.body()));
  }

  private String token(String role) {
    return new DevelopmentTokens(DevelopmentKey.of(data), InstantSource.system())
        .sign("campaign", List.of(role), Map.of(), Duration.ofHours(1));
  }

  @Override
  public void close() {
    client.close();
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
