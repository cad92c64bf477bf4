package io.sightglass.engine.database;

class PostgresMetadataDatabaseTest extends MetadataDatabaseContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }
}
