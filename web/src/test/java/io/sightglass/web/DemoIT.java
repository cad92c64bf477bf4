package io.sightglass.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A demo that is killed goes on, when it is started again, where it was. */
class DemoIT {

  private static final Path VIEWS = Path.of("..", "sql-views");
  private static final String THERE = "Sample data is there from an earlier start";
  private static final String FIRST = "benefits.claims";
  private static final String LAST = "housing.tenure_events";

  @TempDir private Path folder;

  @Test
  void goesOnWhereItWasKilled() throws Exception {
    assertThat(killedAt("Sightglass answers at")).anyMatch(line -> line.startsWith("Generating"));
    assertThat(noted()).contains(FIRST).doesNotContain(LAST);

    assertThat(killedAt(LAST)).contains(THERE).noneMatch(line -> line.startsWith("Generating"));

    // A kill while it was noted: what is half there counts for nothing.
    List<String> lines = noted();
    Files.writeString(marker(), lines.getFirst() + "\nbenefits.cl");
    assertThat(killedAt("Sightglass answers at"))
        .doesNotContain(THERE)
        .anyMatch(line -> line.startsWith("Generating"))
        .anyMatch(line -> line.contains("SKIPPED"));
    assertThat(noted()).contains(lines.getFirst());
  }

  private List<String> noted() throws IOException {
    return Files.readAllLines(marker());
  }

  private Path marker() {
    return folder.resolve("data/demo.txt");
  }

  /** What it prints up to the line that begins so, at which it is killed. */
  private List<String> killedAt(String start) throws IOException, InterruptedException {
    List<String> command =
        RunningService.command("demo", "--port", "0", "--rows", "300", "--days", "2");
    command.addAll(
        List.of("--data", folder.resolve("data").toString(), "--views", VIEWS.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> printed = new ArrayList<>();
    try (BufferedReader output = process.inputReader()) {
      String line = output.readLine();
      while (line != null && !line.startsWith(start)) {
        printed.add(line);
        line = output.readLine();
      }
      assertThat(line).as("%s", printed).isNotNull();
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    return printed;
  }
}
