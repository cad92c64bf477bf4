package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import io.sightglass.web.cli.sample.SampleData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every shipped view, over generated data with all its dirt, against a computation of {@code
 * views.py} over the same files that has nothing in common with the service.
 */
class ViewsAgreeIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PACK = Path.of("..", "sql-views");
  private static final int VIEWS = 15;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyViewAgreesWithAnIndependentComputation()
      throws IOException, InterruptedException {
    PythonEnvironment python = PythonEnvironment.installed();
    List<DynamicTest> tests = new ArrayList<>();
    for (long seed : List.of(526L, 1L, 20260331L)) {
      for (JsonNode outcome : outcomes(python, seed)) {
        tests.add(
            dynamicTest(
                "%s, seed %d".formatted(outcome.get("case").asText(), seed),
                () -> assertThat(outcome.get("error").asText(null)).isNull()));
      }
    }
    assertThat(tests).hasSize(3 * VIEWS);
    return tests.stream();
  }

  private List<JsonNode> outcomes(PythonEnvironment python, long seed)
      throws IOException, InterruptedException {
    Path data = folder.resolve("seed" + seed);
    Path landing = data.resolve("landing");
    SampleData.generate(
        SampleData.Options.into(landing).withRows(600).withDays(5).withSeed(seed), progress -> {});
    // One dump comes once more, cut off: a file in quarantine is part of the sample.
    RunningService.run("load", "--once", "--data", data.toString(), "--views", PACK.toString());
    try (RunningService service = RunningService.serve(data, PACK)) {
      List<String> lines =
          python.run(
              "views.py",
              Map.of(
                  "SIGHTGLASS_URL", service.address().toString(),
                  "SIGHTGLASS_TOKEN", service.token("ada", List.of("analyst"), Map.of()),
                  "SIGHTGLASS_PII_TOKEN", service.token("eve", List.of("pii_reader"), Map.of()),
                  "SIGHTGLASS_LANDING", landing.toString()),
              folder.resolve("views-%d.log".formatted(seed)));
      List<JsonNode> outcomes = new ArrayList<>();
      for (String line : lines) {
        outcomes.add(JSON.readTree(line));
      }
      return outcomes;
    }
  }
}
