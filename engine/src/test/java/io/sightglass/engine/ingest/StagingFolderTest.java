package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process leaves goes at once, and nothing of one that is alive. */
class StagingFolderTest {

  @TempDir private Path parent;

  private Path left(String name, boolean hasLock) throws Exception {
    Path folder = Files.createDirectories(parent.resolve(name));
    Files.writeString(folder.resolve("rows"), "x");
    if (hasLock) {
      Files.createFile(folder.resolve(".in-use"));
    }
    return folder;
  }

  @Test
  void theLockOfTheProcessTells() throws Exception {
    Path dead = left("dead", true);
    Path unknown = left("unknown", false);
    try (StagingFolder alive = StagingFolder.create(parent, "alive")) {
      for (int again = 0; again < 2; again++) {
        StagingFolder.removeLeftovers(parent, Instant.EPOCH);
        assertThat(dead).doesNotExist();
        assertThat(unknown).exists();
        assertThat(alive.path()).exists();
      }
      assertThat(StagingFolder.removeLeftovers(parent, Instant.MAX)).isEqualTo(1);
      assertThat(unknown).doesNotExist();
      assertThat(alive.path()).exists();
    }
    assertThat(parent).isEmptyDirectory();
  }
}
