package io.sightglass.engine.alert.notification;

import io.sightglass.engine.database.DatabaseSettings;

class SqliteNotificationSenderTest extends NotificationSenderContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }
}
