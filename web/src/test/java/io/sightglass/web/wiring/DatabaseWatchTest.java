package io.sightglass.web.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.TestingPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
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

  @Test
  void aDatabaseThatTakesNoRecordsIsNotThere() throws Exception {
    DatabaseSettings settings = TestingPostgres.emptyDatabase();
    String name = settings.url().replaceAll(".*/([a-z0-9_]+).*", "$1");
    try (Connection connection =
            DriverManager.getConnection(settings.url(), settings.user(), null);
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER DATABASE %s SET default_transaction_read_only = on".formatted(name));
    }
    try (MetadataDatabase database = MetadataDatabase.openAsItIs(settings)) {
      DatabaseWatch watch = new DatabaseWatch(database);
      watch.look();
      assertThat(watch.isThere()).isFalse();
    }
  }
}
