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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A virtual environment below {@code target/} with what {@code src/test/python/requirements.txt}
 * pins, made once and kept until that file changes.
 *
 * <p>Where there is no Python or no registry, tests are skipped with the reason; {@code
 * SIGHTGLASS_REQUIRE=python} turns that into a failure.
 */
final class PythonEnvironment {

  private static final Path SCRIPTS = Path.of("src", "test", "python");
  private static final Path FOLDER = Path.of("target", "python");
  private static final long INSTALL_MINUTES = 10;

  private final Path python;

  private PythonEnvironment(Path python) {
    this.python = python;
  }

  /** The environment, installed when it is not there yet. */
  static PythonEnvironment installed() throws IOException, InterruptedException {
    Path requirements = SCRIPTS.resolve("requirements.txt");
    Path installed = FOLDER.resolve("installed.txt");
    Path python = FOLDER.resolve("venv").resolve("bin").resolve("python").toAbsolutePath();
    Files.createDirectories(FOLDER);
    try (FileChannel lock =
            FileChannel.open(
                FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = lock.lock()) {
      String wanted = Files.readString(requirements);
      if (!held.isValid()
          || !Files.exists(installed)
          || !Files.readString(installed).equals(wanted)) {
        install("python3", "-m", "venv", "--clear", FOLDER.resolve("venv").toString());
        install(
            python.toString(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--only-binary=:all:",
            "--requirement",
            requirements.toString());
        Files.writeString(installed, wanted);
      }
    }
    return new PythonEnvironment(python);
  }

  /**
   * Runs a script of {@code src/test/python} to its end.
   *
   * @return its standard output, by line
   */
  List<String> run(String script, Map<String, String> environment, Path errors)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(python.toString(), SCRIPTS.resolve(script).toString());
    builder.environment().putAll(environment);
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.redirectError(errors.toFile());
    Process process = builder.start();
    List<String> lines = new ArrayList<>();
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      reader.lines().forEach(lines::add);
    }
    int status = process.waitFor();
    if (status != 0) {
      fail("%s ended with %d:%n%s".formatted(script, status, Files.readString(errors)));
    }
    return lines;
  }

  private static void install(String... command) throws IOException, InterruptedException {
    Path log = FOLDER.resolve("install.log");
    try {
      Process process =
          new ProcessBuilder(command)
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

  private static void unavailable(String reason) {
    String required = System.getenv().getOrDefault("SIGHTGLASS_REQUIRE", "");
    if (Arrays.asList(required.split(",", -1)).contains("python")) {
      fail("Python is required (SIGHTGLASS_REQUIRE=%s), but %s".formatted(required, reason));
    }
    abort("no Python clients: " + reason);
  }
}
