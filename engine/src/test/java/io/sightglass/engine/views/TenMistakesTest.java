package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pack with many mistakes at once: every one of them is named, with its file and line. */
class TenMistakesTest {

  @TempDir Path folder;

  @Test
  void tenDifferentMistakesInOnePackAreAllNamedWithFileAndLine() {
    List<String> mistakes =
        TestingPack.good(folder)
            .file(
                "care/calls.yaml",
                """
                descripton: Calls
                owner: Care data team
                grain: one row per call
                source: {path: care/calls_%Y-%m-%d.csv, format: cvs}
                load: append
                retention: {rows: 7 decades}
                columns:
                  - {name: call_id, type: BIGNIT, sensitivity: none, description: Identifier}
                  - {name: caller, type: VARCHAR, sensitivity: direct, description: Who}
                  - {name: Called_At, type: DATE, sensitivity: none, description: When}
                """)
            .view("care/broken.sql", "SELECT visit_id, clinc\nFROM raw.care.visits")
            .view("care/far.sql", "SELECT 1 AS one FROM raw.care.vists")
            .grants(
                """
                analyst:
                  - views: [visits, vists]
                    filter: "clinic ="
                nurse:
                  - views: [visits]
                    hide: [emial]
                """)
            .mistakes();

    assertThat(mistakes)
        .anyMatch(
            starts("care/calls.yaml:1: UNKNOWN_KEY: key \"descripton\"; allowed: description,"))
        .anyMatch(starts("care/calls.yaml:4: WRONG_VALUE: format \"cvs\"; allowed:"))
        .anyMatch(starts("care/calls.yaml:6: WRONG_VALUE: rows \"7 decades\"; allowed:"))
        .anyMatch(starts("care/calls.yaml:8: WRONG_VALUE: type \"BIGNIT\"; allowed:"))
        .anyMatch(starts("care/calls.yaml:9: MISSING_KEY: no key \"mask\""))
        .anyMatch(starts("care/calls.yaml:10: BAD_NAME: name \"Called_At\""))
        .anyMatch(starts("care/broken.sql:5: UNKNOWN_COLUMN: column \"clinc\""))
        .anyMatch(starts("care/far.sql:5: UNKNOWN_NAME: table \"raw.care.vists\""))
        .anyMatch(starts("care/grants.yaml:2: UNKNOWN_NAME: view of care \"vists\""))
        .anyMatch(starts("care/grants.yaml:3: SYNTAX_ERROR: filter"))
        .anyMatch(starts("care/grants.yaml:4: UNKNOWN_NAME: role \"nurse\""))
        .anyMatch(starts("care/grants.yaml:6: UNKNOWN_COLUMN: hide: column of care.visits:"))
        .hasSize(12);
  }

  @Test
  void whatWasLikelyMeantIsSaid() {
    List<String> mistakes =
        TestingPack.good(folder)
            .grants("analyst:\n  - views: [visits]\n    hide: [emial]\n    mask: {zip: prefx3}\n")
            .mistakes();

    assertThat(mistakes)
        .anyMatch(text -> text.endsWith("did you mean \"email\"?"))
        .anyMatch(text -> text.endsWith("did you mean \"prefix3\"?"));
  }

  private static java.util.function.Predicate<String> starts(String start) {
    return text -> text.startsWith(start);
  }
}
