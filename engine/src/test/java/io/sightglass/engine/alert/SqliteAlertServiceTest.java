package io.sightglass.engine.alert;

import io.sightglass.engine.database.DatabaseSettings;

class SqliteAlertServiceTest extends AlertServiceContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }
}
