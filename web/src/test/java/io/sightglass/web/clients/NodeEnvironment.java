package io.sightglass.web.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/**
 * A folder below {@code target/} with the packages that {@code src/test/node/package-lock.json}
 * pins, made once and kept until that file changes; see {@link OptionalRuntime}.
 */
final class NodeEnvironment {

  private static final Path SCRIPTS = Path.of("src", "test", "node");

  private final Path folder;

  private NodeEnvironment(Path folder) {
    this.folder = folder;
  }

  /** The environment, installed when it is not there yet. */
  static NodeEnvironment installed() throws IOException, InterruptedException {
    OptionalRuntime runtime = OptionalRuntime.NODE;
    Path folder = runtime.folder();
    runtime.installed(
        Files.readString(SCRIPTS.resolve("package-lock.json")),
        () -> {
          runtime.install(Path.of("").toAbsolutePath(), "node", "--version");
          copy("package.json", folder);
          copy("package-lock.json", folder);
          runtime.install(
              folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent");
        });
    return new NodeEnvironment(folder);
  }

  /** Packages are looked for from the folder of a script upwards. */
  private static Path copy(String file, Path folder) throws IOException {
    return Files.copy(
        SCRIPTS.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Runs a script of {@code src/test/node} to its end.
   *
   * @return its standard output, by line
   */
  List<String> run(String script, Map<String, String> environment, Path errors)
      throws IOException, InterruptedException {
    return OptionalRuntime.run(
        List.of("node", copy(script, folder).toString()), environment, errors);
  }
}
