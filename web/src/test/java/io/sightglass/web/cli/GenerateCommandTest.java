package io.sightglass.web.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GenerateCommandTest {

  @TempDir Path folder;

  private final StringWriter messages = new StringWriter();

  @Test
  void writesTheFilesAndTheirCounts() throws IOException {
    Path manifest = folder.resolve("manifest.json");
    int status =
        execute(
            "--out",
            folder.toString(),
            "--rows",
            "100",
            "--days",
            "2",
            "--manifest",
            "" + manifest);
    assertThat(status).isZero();
    assertThat(folder.resolve("benefits/claims/claims_2026-03-31.csv.gz")).isNotEmptyFile();
    assertThat(manifest).content().contains("\"state\": \"COMMITTED\"");
    assertThat(folder.resolve("service/feedback/feedback_2026-03-31.ndjson")).isNotEmptyFile();
    assertThat(messages.toString()).containsPattern("100 claims in [0-9]+ files below");
  }

  @Test
  void namesTheOptionThatIsWrongAndWhatIsAllowed() {
    assertThat(execute("--out", folder.toString(), "--dirty", "2")).isEqualTo(2);
    assertThat(messages.toString()).startsWith("--dirty is 2.0; allowed: 0 to 0.5");
  }

  @Test
  void saysWhereItCannotWrite() throws IOException {
    Path file = Files.createFile(folder.resolve("taken"));
    assertThat(execute("--out", file.toString(), "--rows", "10", "--days", "1")).isEqualTo(1);
    assertThat(messages.toString()).contains("cannot write below " + file);
  }

  private int execute(String... arguments) {
    return new CommandLine(new GenerateCommand())
        .setErr(new PrintWriter(messages, true))
        .execute(arguments);
  }
}
