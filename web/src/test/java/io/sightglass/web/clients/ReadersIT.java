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

/**
 * What the readers of other people make of our answers: values of every type as expressions, and as
 * columns of datasets that came as NDJSON, Avro and Parquet. The cases stand in the scripts.
 */
class ReadersIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("src", "test", "resources", "packs", "types");

  @TempDir static Path folder;

  private static RunningService service;
  private static String token;

  @BeforeAll
  static void start() throws Exception {
    Path data = folder.resolve("data");
    TypesLanding.write(data.resolve("landing"));
    service = RunningService.serve(data, PACK);
    token = service.token("ada", List.of("analyst"), Map.of());
    assertThat(new LoadLedger(service, token).scan())
        .hasSize(3)
        .allSatisfy(load -> {
          assertThat(load.get("state").asText()).isEqualTo("COMMITTED");
          assertThat(load.get("rowsWritten").asInt()).isEqualTo(4);
        });
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> contentsAreEqualInPython() throws Exception {
    PythonEnvironment python = PythonEnvironment.installed();
    return cases(python.run("contents.py", environment(), log("contents")), 1500);
  }

  @TestFactory
  Stream<DynamicTest> completenessIsProvableInPython() throws Exception {
    PythonEnvironment python = PythonEnvironment.installed();
    return cases(python.run("completeness.py", environment(), log("completeness")), 5);
  }

  @TestFactory
  Stream<DynamicTest> contentsAreEqualInNode() throws Exception {
    NodeEnvironment node = NodeEnvironment.installed();
    return cases(node.run("arrow.mjs", environment(), log("node")), 100);
  }

  @TestFactory
  Stream<DynamicTest> contentsAreEqualInParquetAvro() {
    return new ParquetAvroReader(service, token).cases();
  }

  private static Map<String, String> environment() {
    return Map.of("SIGHTGLASS_URL", service.address().toString(), "SIGHTGLASS_TOKEN", token);
  }

  private static Path log(String name) {
    return folder.resolve(name + ".log");
  }

  /** One test for each line that a script prints, of which there must be at least some. */
  private static Stream<DynamicTest> cases(List<String> lines, int atLeast) {
    assertThat(lines).hasSizeGreaterThanOrEqualTo(atLeast);
    return lines.stream()
        .map(ReadersIT::parse)
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
