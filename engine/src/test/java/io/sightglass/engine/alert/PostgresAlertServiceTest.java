package io.sightglass.engine.alert;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;

class PostgresAlertServiceTest extends AlertServiceContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }
}
