package io.sightglass.web.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.views.Mistake;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small pack with tests of its own, whole and broken. */
class PackTestsTest {

  @TempDir private Path pack;

  @BeforeEach
  void makePack() throws IOException {
    write(
        "roles.yaml",
        """
        roles:
          nurse:
            description: Sees visits
            limits: {rows: 1000, bytes: 1 MB, seconds: 10, concurrent: 1, queued: 1, memory: 256 MB, kept: 0}
          clerk:
            description: Sees nothing
            limits: {rows: 1000, bytes: 1 MB, seconds: 10, concurrent: 1, queued: 1, memory: 256 MB, kept: 0}
        """);
    write(
        "care/visits.yaml",
        """
        description: Visits
        owner: Care team
        grain: one row per visit
        source: {path: "care/visits_%Y-%m-%d.csv", format: csv}
        load: replace_date
        columns:
          - {name: id, type: BIGINT, sensitivity: none, description: Identifier}
          - {name: card, type: VARCHAR, sensitivity: direct, mask: last4, description: Card}
          - {name: said, type: VARCHAR, sensitivity: direct, mask: scrub, description: Free text}
          - {name: note, type: VARCHAR, sensitivity: none, description: Note}
        """);
    write(
        "care/visits.sql",
        """
        /*
        description: Visits
        grain: one row per visit
        */
        SELECT id, card, said, note FROM raw.care.visits
        """);
    write("care/grants.yaml", "nurse:\n  - views: [visits]\n");
    write("tests/personas.yaml", "nurse: {roles: [nurse]}\nclerk: {roles: [clerk]}\n");
    write(
        "tests/landing/care/visits_2026-01-01.csv",
        "id,card,said,note\n1,AB-123456,felt fine in 2019,well\n2,AB-777888,mail a@example.org,ill\n");
    write(
        "tests/care.visits/nurse.csv",
        "id,card,said,note\n2,**-**7888,mail [redacted],ill\n1,**-**3456,felt fine in 2019,well\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = pack.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private List<String> mistakes() throws IOException {
    return PackTests.run(pack).mistakes().stream().map(Mistake::toString).toList();
  }

  @Test
  void passesAndSaysWhatItTriedAndLeavesNothing() throws IOException {
    PackTests.Outcome outcome = PackTests.run(pack);
    assertThat(outcome.mistakes()).isEmpty();
    assertThat(outcome.notes())
        .containsExactly("1 golden results compared, 1 answers searched for identities");
    try (var files = Files.walk(pack)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(7);
    }
  }

  @Test
  void aGoldenResultThatDiffersIsNamedWithLineExpectedAndFound() throws IOException {
    write(
        "tests/care.visits/nurse.csv",
        "id,card,said,note\n1,**-**3456,felt fine in 2019,well\n2,AB-777888,mail [redacted],ill\n");
    assertThat(mistakes())
        .containsExactly(
            "tests/care.visits/nurse.csv:3: WRONG_RESULT: column \"card\": expected \"AB-777888\";"
                + " found \"**-**7888\"");
  }

  @Test
  void anIdentityInAColumnThatNobodyMaskedIsFound() throws IOException {
    write(
        "tests/landing/care/visits_2026-01-01.csv",
        "id,card,said,note\n1,AB-123456,fine,card is AB-123456\n");
    Files.delete(pack.resolve("tests/care.visits/nurse.csv"));
    assertThat(mistakes())
        .containsExactly(
            "care/visits.sql:1: LEAK: column \"note\", as nurse sees it: expected no identity;"
                + " found a value that card of care.visits came with in line 2 of the answer");
  }

  @Test
  void thePacksOwnPatternsAndTheMarkOfTheSampleDataAreSearchedFor() throws IOException {
    write("tests/canaries.txt", "# births\n18\\d\\d-\\d\\d-\\d\\d\n(\n");
    write(
        "tests/landing/care/visits_2026-01-01.csv",
        "id,card,said,note\n1,AB-123456,CNRY,born 1899-02-03\n");
    Files.delete(pack.resolve("tests/care.visits/nurse.csv"));
    assertThat(mistakes())
        .hasSize(3)
        .anyMatch(line -> line.startsWith("tests/canaries.txt:3: WRONG_VALUE: \"(\""))
        .anyMatch(line -> line.contains("\"note\"") && line.contains("line 2 of tests/canaries"))
        .anyMatch(line -> line.contains("\"said\"") && line.contains("the mark of the sample"));
  }

  @Test
  void filesThatLeadNowhereAreNamed() throws IOException {
    write("tests/landing/care/vists_2026-01-01.csv", "id\n1\n");
    write("tests/care.vists/nurse.csv", "id\n1\n");
    write("tests/care.visits/nobody.csv", "id\n1\n");
    write("tests/care.visits/clerk.csv", "id\n1\n");
    assertThat(mistakes())
        .hasSize(4)
        .anyMatch(
            line -> line.startsWith("tests/landing/care/vists_2026-01-01.csv:1: UNEXPECTED_FILE"))
        .anyMatch(line -> line.startsWith("tests/care.vists/:1: UNKNOWN_NAME: view"))
        .anyMatch(line -> line.startsWith("tests/care.visits/nobody.csv:1: UNKNOWN_NAME: persona"))
        .anyMatch(line ->
            line.startsWith(
                "tests/care.visits/clerk.csv:1: WRONG_RESULT: expected 1 rows; found"
                    + " UNKNOWN_NAME"));
  }

  @Test
  void aFileThatDoesNotLoadIsNamed() throws IOException {
    write("tests/landing/care/visits_2026-01-02.csv", "id,card,said,note\n3,\"AB,x,y\n");
    assertThat(mistakes())
        .hasSize(1)
        .first()
        .asString()
        .startsWith(
            "tests/landing/care/visits_2026-01-02.csv:1: REFUSED_FILE: expected to load into"
                + " care.visits; found QUARANTINED");
  }

  @Test
  void withoutFilesToLoadNothingIsTriedAndThatIsSaid() throws IOException {
    Files.delete(pack.resolve("tests/landing/care/visits_2026-01-01.csv"));
    Files.delete(pack.resolve("tests/landing/care"));
    Files.delete(pack.resolve("tests/landing"));
    PackTests.Outcome outcome = PackTests.run(pack);
    assertThat(outcome.mistakes()).isEmpty();
    assertThat(outcome.notes())
        .containsExactly("tests/landing is missing: golden results and canaries are not checked");
  }
}
