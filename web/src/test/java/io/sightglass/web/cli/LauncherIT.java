package io.sightglass.web.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher script as a newcomer calls it: from elsewhere, by a link, under an older default
 * Java.
 */
class LauncherIT {

  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final long SECONDS_TO_STOP = 20;

  @TempDir private Path folder;

  @Test
  void findsItsJdkAndItselfThroughALinkFromAnyFolder() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("glass"), HOME.resolve("sightglass"));
    ProcessBuilder builder = launcher(link, "--version");
    builder.environment().remove("JAVA_HOME");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).startsWith("sightglass ");
  }

  @Test
  void saysWhereTheJdkIs() throws Exception {
    Process process = launcher(HOME.resolve("mvnw"), "--print-java-home").start();
    String home = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    assertThat(Path.of(home, "bin", "javac")).isExecutable();
    assertThat(Files.readString(Path.of(home, "release"))).contains("JAVA_VERSION=\"25");
  }

  @Test
  void passesOnTheExitCodeOfWrongUsage() throws Exception {
    Process process = launcher(HOME.resolve("sightglass"), "serve", "--prot=1").start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(2);
    assertThat(output).contains("--prot");
  }

  @Test
  void endsTheServiceWhenItIsToldTo() throws Exception {
    Process process =
        launcher(
                HOME.resolve("sightglass"),
                "serve",
                "--port=0",
                "--data=" + folder.resolve("data"),
                "--views=" + HOME.resolve("sql-views"))
            .start();
    try (BufferedReader output = process.inputReader()) {
      assertThat(readUntil(output, "Sightglass answers at")).isTrue();
      process.destroy();
      assertThat(process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.descendants()).isEmpty();
  }

  /** What is on the class path of tests need not be beside the jar. */
  @Test
  void readsAvroOfACodecThatNothingElseTakes() throws Exception {
    String hex =
        Files.readAllLines(HOME.resolve("engine/src/test/resources/corpus/avro/codec-xz.case"))
            .stream()
            .filter(line -> line.startsWith("«"))
            .findFirst()
            .orElseThrow();
    Files.createDirectories(folder.resolve("landing"));
    Files.write(
        folder.resolve("landing/a.avro"), HexFormat.of().parseHex(hex.replaceAll("[« »]", "")));
    Files.createDirectories(folder.resolve("views/desk"));
    Files.copy(HOME.resolve("sql-views/roles.yaml"), folder.resolve("views/roles.yaml"));
    Files.writeString(
        folder.resolve("views/desk/events.yaml"),
        """
        description: Events
        owner: tests
        grain: one row per event
        source: {path: "*.avro", format: avro}
        load: append
        columns:
          - {name: id, type: BIGINT, sensitivity: none, description: Number}
        """);
    Process process =
        launcher(
                HOME.resolve("sightglass"),
                "load",
                "--views=" + folder.resolve("views"),
                "--data=" + folder.resolve("data"),
                "--landing=" + folder.resolve("landing").toUri())
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("read 1, written 1");
  }

  private ProcessBuilder launcher(Path script, String... arguments) {
    ProcessBuilder builder = new ProcessBuilder(script.toString());
    builder.command().addAll(List.of(arguments));
    return builder.directory(folder.toFile()).redirectErrorStream(true);
  }

  private static boolean readUntil(BufferedReader output, String start) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(start)) {
        return true;
      }
    }
    return false;
  }
}
