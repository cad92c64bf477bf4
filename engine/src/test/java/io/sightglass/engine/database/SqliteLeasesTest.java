package io.sightglass.engine.database;

class SqliteLeasesTest extends LeasesContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }
}
