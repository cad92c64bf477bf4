package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads whole packs: good ones, and what they come to. */
class ViewPackReaderTest {

  @TempDir Path folder;

  @Test
  void readsASmallGoodPack() {
    assertThat(TestingPack.good(folder).mistakes()).isEmpty();
  }

  @Test
  void readsThePackThatShips() {
    var reading = TestingPack.reader().read(Path.of("../sql-views"));
    assertThat(reading).isInstanceOf(ViewPackReading.Read.class);
  }
}
