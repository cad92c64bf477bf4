package io.sightglass.web.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A virtual environment below {@code target/} with what {@code src/test/python/requirements.txt}
 * pins, made once and kept until that file changes; see {@link OptionalRuntime}.
 */
final class PythonEnvironment {

  private static final Path SCRIPTS = Path.of("src", "test", "python");

  private final Path python;

  private PythonEnvironment(Path python) {
    this.python = python;
  }

  /** The environment, installed when it is not there yet. */
  static PythonEnvironment installed() throws IOException, InterruptedException {
    OptionalRuntime runtime = OptionalRuntime.PYTHON;
    Path here = Path.of("").toAbsolutePath();
    Path requirements = SCRIPTS.resolve("requirements.txt");
    Path environment = runtime.folder().resolve("venv");
    Path python = environment.resolve("bin").resolve("python").toAbsolutePath();
    runtime.installed(
        Files.readString(requirements),
        () -> {
          runtime.install(here, "python3", "-m", "venv", "--clear", environment.toString());
          runtime.install(
              here,
              python.toString(),
              "-m",
              "pip",
              "install",
              "--quiet",
              "--no-input",
              "--only-binary=:all:",
              "--requirement",
              requirements.toString());
        });
    return new PythonEnvironment(python);
  }

  /**
   * Runs a script of {@code src/test/python} to its end.
   *
   * @return its standard output, by line
   */
  List<String> run(String script, Map<String, String> environment, Path errors)
      throws IOException, InterruptedException {
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("PYTHONDONTWRITEBYTECODE", "1");
    return OptionalRuntime.run(
        List.of(python.toString(), SCRIPTS.resolve(script).toString()), variables, errors);
  }
}
