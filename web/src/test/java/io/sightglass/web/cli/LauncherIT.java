package io.sightglass.web.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
