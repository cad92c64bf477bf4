package io.sightglass.engine.database;

class PostgresWrittenTextsTest extends WrittenTextsContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }
}
