package io.sightglass.engine.database;

class SqliteFirstAnswersTest extends FirstAnswersContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }
}
