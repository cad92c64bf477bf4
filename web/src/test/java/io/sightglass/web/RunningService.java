package io.sightglass.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sightglass.web.security.DevelopmentTokens;
import io.sightglass.web.wiring.DevelopmentKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The service in a process of its own, from the jar that users run, over a data folder of a test.
 *
 * <p>What it prints goes to {@code serve.log} in that folder's parent. Closing ends the process.
 */
public final class RunningService implements AutoCloseable {

  private static final Path JAR = Path.of("target", "sightglass.jar");
  private static final Pattern ADDRESS =
      Pattern.compile("answers at (http://127\\.0\\.0\\.1:[0-9]+)");
  private static final Duration START = Duration.ofMinutes(3);
  private static final long POLL_MILLIS = 50;

  private final Path data;
  private final Process process;
  private final Path log;
  private final URI address;
  private final HttpClient client = HttpClient.newHttpClient();

  private RunningService(Path data, Process process, Path log, URI address) {
    this.data = data;
    this.process = process;
    this.log = log;
    this.address = address;
  }

  /**
   * Starts {@code serve} and waits until it answers statements.
   *
   * @param data holds {@code landing/} already, or gets it later
   */
  public static RunningService serve(Path data, Path views, String... flags)
      throws IOException, InterruptedException {
    return serve(data, views, Map.of(), flags);
  }

  /**
   * As {@link #serve(Path, Path, String...)}, with more in its environment.
   *
   * @param environment added to that of this process
   */
  public static RunningService serve(
      Path data, Path views, Map<String, String> environment, String... flags)
      throws IOException, InterruptedException {
    Path log = data.resolveSibling(data.getFileName() + "-serve.log");
    Process process =
        serving(data, views, environment, flags)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    URI address = address(process, log);
    RunningService service = new RunningService(data, process, log, address);
    await(process, log, () -> service.isReady());
    return service;
  }

  /** A process that will serve on a free port, not started yet. */
  static ProcessBuilder serving(
      Path data, Path views, Map<String, String> environment, String... flags) {
    List<String> command = command("serve", "--port", "0");
    command.addAll(List.of("--data", data.toString(), "--views", views.toString()));
    command.addAll(Arrays.asList(flags));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }

  /** The address that a service has printed; empty when it has not yet. */
  static Optional<URI> findAddress(String log) {
    Matcher found = ADDRESS.matcher(log);
    return found.find() ? Optional.of(URI.create(found.group(1))) : Optional.empty();
  }

  /** Runs a command to its end; its output, standard and error. */
  public static Finished run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  /** The same, with more in its environment. */
  public static Finished run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command(arguments)).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Finished(process.waitFor(), output);
  }

  /** How a command ended. */
  public record Finished(int status, String output) {}

  public URI address() {
    return address;
  }

  /** What the process has printed so far. */
  public String log() {
    return read(log);
  }

  /** A development token. */
  public String token(String user, List<String> roles, Map<String, List<String>> attributes) {
    return new DevelopmentTokens(DevelopmentKey.of(data), InstantSource.system())
        .sign(user, roles, attributes, Duration.ofHours(1));
  }

  /** A request with a token. */
  public HttpRequest.Builder request(String path, String token) {
    return HttpRequest.newBuilder(address.resolve(path))
        .timeout(Duration.ofMinutes(2))
        .header("Authorization", "Bearer " + token);
  }

  /** A statement by POST, not sent yet. */
  public HttpRequest.Builder statement(String sql, String mediaType, String token) {
    return request("/v1/sql", token)
        .header("Content-Type", "application/sql")
        .header("Accept", mediaType)
        .POST(HttpRequest.BodyPublishers.ofString(sql));
  }

  public <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    return client.send(request.build(), body);
  }

  @Override
  public void close() {
    client.close();
    process.destroy();
    try {
      if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private boolean isReady() {
    HttpRequest request = HttpRequest.newBuilder(address.resolve("/health/ready")).build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static URI address(Process process, Path log) throws InterruptedException {
    await(process, log, () -> findAddress(read(log)).isPresent());
    return findAddress(read(log)).orElseThrow();
  }

  private static void await(Process process, Path log, java.util.function.BooleanSupplier done)
      throws InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    while (!done.getAsBoolean()) {
      boolean ended = process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
      if (ended || System.nanoTime() > end) {
        process.destroyForcibly();
        throw new AssertionError(
            "serve %s:%n%s".formatted(ended ? "ended" : "did not start in time", read(log)));
      }
    }
  }

  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A process that lives for seconds spends half its time compiling what it never repeats.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"));
    command.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "-jar"));
    command.add(JAR.toAbsolutePath().toString());
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
