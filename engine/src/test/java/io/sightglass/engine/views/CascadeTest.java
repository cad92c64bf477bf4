package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One mistake is one mistake, however much hangs on it; and what hangs on it is read all the same.
 */
class CascadeTest {

  @TempDir Path folder;

  @Test
  void rolesThatCannotBeReadMakeNoGrantAMistake() {
    assertThat(
            TestingPack.good(folder)
                .file("roles.yaml", "roles: [\n")
                .file("tests/personas.yaml", "anna: {roles: [analyst], agee: 3}\n")
                .grants("analyst:\n  - views: [visits]\n    hide: [emial]\n")
                .mistakes())
        .hasSize(3)
        .anyMatch(text -> text.startsWith("roles.yaml:2: INVALID_YAML"))
        .anyMatch(text -> text.startsWith("tests/personas.yaml:1: UNKNOWN_KEY"))
        .anyMatch(text -> text.startsWith("care/grants.yaml:3: UNKNOWN_COLUMN"));
  }

  @Test
  void aContractThatCannotBeReadMakesNoViewAMistake() {
    assertThat(
            TestingPack.good(folder)
                .file("care/visits.yaml", "description: [\n")
                .view("care/more.sql", "SELECT zip, count(*) AS n FROM care.visits GROUP BY ALL")
                .view("care/less.sql", "SELECT zip FROM care.visit")
                .grants(
                    "analyst:\n  - views: [visits]\n    hide: [zip]\n    mask: {state: prefix}\n")
                .mistakes())
        .hasSize(3)
        .anyMatch(text -> text.startsWith("care/visits.yaml:2: INVALID_YAML"))
        .anyMatch(text -> text.startsWith("care/less.sql:5: UNKNOWN_NAME"))
        .anyMatch(text -> text.startsWith("care/grants.yaml:4: UNKNOWN_NAME: mask \"prefix\""));
  }

  @Test
  void aMacroWithAMistakeMakesNoUseOfItAMistake() {
    assertThat(
            TestingPack.good(folder)
                .file("macros.sql", "CREATE MACRO mask_zip(value) AS read_text(value);\n")
                .view("care/more.sql", "SELECT mask_zip(zip) AS z, nothing FROM care.visits")
                .grants("analyst:\n  - views: [visits]\n    mask: {zip: mask_zip}\n")
                .mistakes())
        .hasSize(2)
        .anyMatch(text -> text.startsWith("macros.sql:1: NOT_ALLOWED"))
        .anyMatch(text -> text.startsWith("care/more.sql:5: UNKNOWN_COLUMN: column \"nothing\""));
  }

  @Test
  void aViewThatCannotBeBoundIsStillAView() {
    assertThat(
            TestingPack.good(folder)
                .view("care/more.sql", "SELECT zip FROM raw.care.visist")
                .view("care/over.sql", "SELECT zip FROM care.more JOIN care.nothing USING (zip)")
                .grants(
                    "analyst:\n  - views: [more, over]\n    hide: [zip]\n    filter: \"zip = \"\n")
                .mistakes())
        .hasSize(3)
        .anyMatch(text -> text.startsWith("care/more.sql:5: UNKNOWN_NAME"))
        .anyMatch(text -> text.startsWith("care/over.sql:5: UNKNOWN_NAME: table \"care.nothing\""))
        .anyMatch(text -> text.startsWith("care/grants.yaml:4: SYNTAX_ERROR"));
  }
}
