package io.sightglass.engine.ingest;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import java.nio.file.Path;

/** All of loading, with ledger, alerts and the tables' states in one PostgreSQL. */
class PostgresLoadServiceTest extends LoadServiceTest {

  @Override
  DatabaseSettings ledger(Path below) {
    return TestingPostgres.emptyDatabase();
  }

  @Override
  DatabaseSettings catalog(Path below, DatabaseSettings ledger) {
    return ledger;
  }
}
