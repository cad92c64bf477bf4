package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        .contains(
            "### care.visits",
            "Only rows where clinic is the caller's clinic: `clinic = attribute('clinic')`.")
        .contains("| age | INTEGER | hidden |", "| clinic | VARCHAR | plain |")
        .contains("| zip | VARCHAR | masked (prefix3) |")
        .contains("| state | VARCHAR | masked (redact) unless age is above 30: `age > 30` |")
        .contains("## analyst", "Every row.", "| zip | VARCHAR | plain |");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "a = attribute('x') AND b<>'y = z'~a is the caller's x and b is not 'y = z'",
        "list_contains(attribute_list('x'), a) or a is not null~a is one of the caller's x or a is"
            + " known",
        "a NOT IN ('AND', 'b') AND NOT b >= 5~a is none of ('AND', 'b') and not b is at least 5",
        "upper(a) LIKE 'x%'~upper(a) LIKE 'x%'",
      })
  void saysFiltersInWords(String filter, String words) {
    assertThat(FilterWords.of(filter)).isEqualTo(words);
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
