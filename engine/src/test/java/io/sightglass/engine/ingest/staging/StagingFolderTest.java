package io.sightglass.engine.ingest.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
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

  @Test
  void oneThatCannotBeLookedAtKeepsNoOtherFromGoing() throws Exception {
    Files.createDirectories(left("odd", false).resolve(".in-use"));
    for (int number = 0; number < 8; number++) {
      var _ = left("dead" + number, true);
    }
    assertThat(StagingFolder.removeLeftovers(parent, Instant.EPOCH)).isEqualTo(8);
    assertThat(parent).isDirectoryNotContaining("glob:**dead*");
  }

  /** As on a full disk, here since the path of what is in the folder is too long for a file. */
  @Test
  void oneThatCannotBeLockedIsNotLeft() throws Exception {
    int most = 4070 - "a".length();
    Path deep = parent.toRealPath();
    while (deep.toString().length() + 202 < most) {
      deep = deep.resolve("d".repeat(200));
    }
    deep = deep.resolve("d".repeat(most - deep.toString().length() - 2));
    Path full = Files.createDirectories(deep);
    assertThatThrownBy(() -> StagingFolder.create(full, "a"))
        .isInstanceOf(EngineException.class)
        .hasMessage("The staging folder cannot be made");
    assertThat(full).isEmptyDirectory();
  }
}
