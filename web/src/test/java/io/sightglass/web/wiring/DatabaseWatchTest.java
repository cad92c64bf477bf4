package io.sightglass.web.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseWatchTest {

  @TempDir Path folder;

  @Test
  void aDatabaseThatDoesNotAnswerIsNotThere() {
    MetadataDatabase database =
        MetadataDatabase.open(DatabaseSettings.sqlite(folder.resolve("metadata.db")));
    DatabaseWatch watch = new DatabaseWatch(database);
    watch.look();
    assertThat(watch.isThere()).isTrue();
    database.close();
    watch.look();
    assertThat(watch.isThere()).isFalse();
  }
}
