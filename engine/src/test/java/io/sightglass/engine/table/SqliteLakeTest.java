package io.sightglass.engine.table;

import io.sightglass.engine.database.DatabaseSettings;

class SqliteLakeTest extends LakeContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("catalog.db"));
  }
}
