package io.sightglass.web.clients;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that some tests need and a machine may lack.
 *
 * <p>Where it is missing, tests are skipped with the reason; naming it in {@code
 * SIGHTGLASS_REQUIRE}, a list with commas, turns that into a failure.
 */
enum OptionalRuntime {
  CURL,
  NODE,
  PYTHON;

  private static final long INSTALL_MINUTES = 10;

  /** What {@link #installed} does where its folder does not hold it yet. */
  @FunctionalInterface
  interface Installation {
    void run() throws IOException, InterruptedException;
  }

  private String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Below {@code target/}. */
  Path folder() {
    return Path.of("target", key());
  }

  /** Skips the test, or fails it where the program is required. */
  void unavailable(String reason) {
    String required = System.getenv().getOrDefault("SIGHTGLASS_REQUIRE", "");
    if (Arrays.stream(required.split(",", -1)).map(String::strip).anyMatch(key()::equals)) {
      fail("%s is required (SIGHTGLASS_REQUIRE=%s), but %s".formatted(key(), required, reason));
    }
    abort("no %s: %s".formatted(key(), reason));
  }

  /** Installs into {@link #folder} once, and again when {@code wanted} is not what it was then. */
  void installed(String wanted, Installation installation)
      throws IOException, InterruptedException {
    Files.createDirectories(folder());
    Path installed = folder().resolve("installed.txt");
    try (FileChannel lock =
            FileChannel.open(
                folder().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = lock.lock()) {
      if (!held.isValid()
          || !Files.exists(installed)
          || !Files.readString(installed).equals(wanted)) {
        installation.run();
        Files.writeString(installed, wanted);
      }
    }
  }

  /** Runs one step of an installation. */
  void install(Path directory, String... command) throws IOException, InterruptedException {
    Path log = folder().resolve("install.log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      if (!process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        unavailable("%s took more than %d minutes".formatted(command[0], INSTALL_MINUTES));
      } else if (process.exitValue() != 0) {
        unavailable(
            "%s ended with %d: %s"
                .formatted(String.join(" ", command), process.exitValue(), lastLine(log)));
      }
    } catch (IOException e) {
      unavailable("%s cannot be started: %s".formatted(command[0], e.getMessage()));
    }
  }

  private static String lastLine(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return lines.isEmpty() ? "" : lines.getLast();
  }

  /**
   * Runs a script to its end.
   *
   * @param errors gets what it writes to standard error
   * @return its standard output, by line
   */
  static List<String> run(List<String> command, Map<String, String> environment, Path errors)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectError(errors.toFile());
    Process process = builder.start();
    List<String> lines = new ArrayList<>();
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      reader.lines().forEach(lines::add);
    }
    int status = process.waitFor();
    if (status != 0) {
      fail("%s ended with %d:%n%s".formatted(command, status, Files.readString(errors)));
    }
    return lines;
  }
}
