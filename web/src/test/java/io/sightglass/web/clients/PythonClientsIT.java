package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the readers of other people make of our answers; the cases stand in the scripts. */
class PythonClientsIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  private static PythonEnvironment python;
  private static RunningService service;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    python = PythonEnvironment.installed();
    service = RunningService.serve(folder.resolve("data"), Path.of("..", "sql-views"));
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> contentsAreEqual() throws IOException, InterruptedException {
    return cases("contents.py", 150);
  }

  @TestFactory
  Stream<DynamicTest> completenessIsProvable() throws IOException, InterruptedException {
    return cases("completeness.py", 5);
  }

  /** One test for each line that a script prints, of which there must be at least some. */
  private Stream<DynamicTest> cases(String script, int atLeast)
      throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "SIGHTGLASS_URL", service.address().toString(),
            "SIGHTGLASS_TOKEN", service.token("ada", List.of("analyst"), Map.of()));
    List<String> lines = python.run(script, environment, folder.resolve(script + ".log"));
    assertThat(lines).hasSizeGreaterThanOrEqualTo(atLeast);
    return lines.stream()
        .map(PythonClientsIT::parse)
        .map(outcome ->
            dynamicTest(
                outcome.get("case").asText(),
                () -> assertThat(outcome.get("error").asText(null)).isNull()));
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + line, e);
    }
  }
}
