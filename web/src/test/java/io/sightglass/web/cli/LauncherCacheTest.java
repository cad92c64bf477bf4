package io.sightglass.web.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How the launcher makes Java's cache when several start at once, or there is no room: the script
 * itself, over a Java that only writes caches and says which one it was given.
 */
class LauncherCacheTest {

  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  /** A rehearsal writes for a while; on a full disk a part of it. */
  private static final String JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        case $argument in
          -XX:AOTCacheOutput=*)
            echo rehearsal >>"$CALLS"
            head -c 30000000 /dev/zero >"${argument#*=}"
            if [ -n "${FULL:-}" ]; then
              echo "No space left on device" >&2
              exit 1
            fi
            echo whole >>"${argument#*=}"
            exit 0
            ;;
          -XX:AOTCache=*) cache=${argument#*=} ;;
        esac
      done
      [ -z "${cache:-}" ] || tail -c 6 "$cache"
      echo "Sightglass answers"
      """;

  @TempDir private Path folder;

  @BeforeEach
  void cloneWhatHasBeenBuilt() throws IOException {
    Files.createDirectories(folder.resolve("clone/engine/src"));
    Files.createDirectories(folder.resolve("clone/web/target/lib"));
    Files.writeString(folder.resolve("clone/web/target/sightglass.jar"), "jar");
    Files.copy(
        HOME.resolve("sightglass"),
        folder.resolve("clone/sightglass"),
        StandardCopyOption.COPY_ATTRIBUTES);
    script("clone/mvnw", "#!/bin/sh\necho " + folder.resolve("java") + "\n");
    script("java/bin/java", JAVA);
  }

  private void script(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private ProcessBuilder start() {
    ProcessBuilder builder =
        new ProcessBuilder(folder.resolve("clone/sightglass").toString(), "serve", "--port=0");
    builder.environment().put("CALLS", folder.resolve("calls").toString());
    return builder.redirectErrorStream(true);
  }

  private static String said(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private List<String> caches() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("clone/web/target"))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.startsWith("sightglass.aot"))
          .toList();
    }
  }

  @Test
  void ofSeveralFirstStartsAtOnceOnePreparesAndAllAreServedWholeCaches() throws Exception {
    List<Process> starts = new ArrayList<>();
    for (int index = 0; index < 4; index++) {
      starts.add(start().start());
    }
    for (Process process : starts) {
      assertThat(said(process)).endsWith("whole\nSightglass answers\n");
    }
    assertThat(folder.resolve("calls")).hasContent("rehearsal");
    assertThat(caches()).containsExactly("sightglass.aot");
    assertThat(said(start().start())).isEqualTo("whole\nSightglass answers\n");
  }

  @Test
  void aRehearsalOnAFullDiskLeavesNothingAndTheStartGoesOn() throws Exception {
    ProcessBuilder full = start();
    full.environment().put("FULL", "yes");
    assertThat(said(full.start()))
        .contains("could not; starts take some seconds longer")
        .endsWith("Sightglass answers\n");
    assertThat(caches()).isEmpty();
    assertThat(said(start().start())).endsWith("whole\nSightglass answers\n");
  }

  @Test
  void withoutAnyPlaceForTheRehearsalTheStartGoesOn() throws Exception {
    ProcessBuilder none = start();
    none.environment().put("TMPDIR", "/dev/null/none");
    assertThat(said(none.start())).contains("could not").endsWith("Sightglass answers\n");
    assertThat(caches()).isEmpty();
  }

  @Test
  void aStartThatWasKilledWhileItPreparedHoldsNobodyUp() throws Exception {
    Process killed = start().start();
    killed.destroyForcibly().waitFor();
    assertThat(said(start().start())).endsWith("whole\nSightglass answers\n");
    assertThat(said(start().start())).isEqualTo("whole\nSightglass answers\n");
  }
}
