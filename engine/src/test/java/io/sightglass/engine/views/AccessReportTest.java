package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What access.md says, and when it is stale. */
class AccessReportTest {

  @TempDir Path folder;

  private TestingPack pack() {
    return TestingPack.good(folder)
        .grants(
            """
            analyst:
              - views: ["*"]
            local:
              - views: [visits]
                filter: "clinic = attribute('clinic')"
                hide: [age]
                mask: {zip: prefix3, state: {with: redact, unless: "age > 30"}}
            """);
  }

  @Test
  void saysOfEveryRoleViewAndColumnWhatIsSeen() {
    String report = AccessReport.render(pack().pack());

    assertThat(report)
        .contains("## local", "Needs the attribute clinic in the token.")
        .contains("### care.visits", "Only rows for which `clinic = attribute('clinic')` is true.")
        .contains("| age | INTEGER | hidden |", "| clinic | VARCHAR | plain |")
        .contains("| zip | VARCHAR | masked (prefix3) |")
        .contains("| state | VARCHAR | masked (redact) unless `age > 30` |")
        .contains("## analyst", "Every row.", "| zip | VARCHAR | plain |");
  }

  @Test
  void isTheSameForTheSamePack() {
    assertThat(AccessReport.render(pack().pack())).isEqualTo(AccessReport.render(pack().pack()));
  }

  @Test
  void isNotedWhenMissingOrStale() throws IOException {
    ViewPackReader reader = TestingPack.reader();
    pack();

    PackCheck missing = reader.check(folder);
    assertThat(missing.passed()).isTrue();
    assertThat(missing.notes()).singleElement().asString().contains("is missing");

    Files.writeString(folder.resolve("access.md"), missing.accessReport().orElseThrow());
    assertThat(reader.check(folder).notes()).isEmpty();

    TestingPack.in(folder).grants("analyst:\n  - views: [\"*\"]\n");
    assertThat(reader.check(folder).notes()).singleElement().asString().contains("is stale");
  }
}
