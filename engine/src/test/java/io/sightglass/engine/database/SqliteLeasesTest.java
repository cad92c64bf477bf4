package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqliteLeasesTest extends LeasesContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }

  /** It gives no signs of life, and may have run for weeks. */
  @Test
  void theProcessOfAnEmbeddedDatabaseIsNotForgotten() {
    try (Leases serving = Leases.open(database, "embedded", LONG)) {
      database.inTransaction(transaction -> transaction.update("UPDATE replica SET seen_at = 1"));
      try (Leases beside = Leases.openBeside(database, LONG)) {
        assertThat(beside.living()).hasSize(2);
      }
      assertThat(serving.tryTake("load a")).isPresent();
    }
  }
}
