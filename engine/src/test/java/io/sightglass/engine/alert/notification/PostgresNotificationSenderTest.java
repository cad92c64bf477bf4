package io.sightglass.engine.alert.notification;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;

class PostgresNotificationSenderTest extends NotificationSenderContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }
}
