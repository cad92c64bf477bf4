package io.sightglass.engine.database;

class PostgresFirstAnswersTest extends FirstAnswersContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }
}
