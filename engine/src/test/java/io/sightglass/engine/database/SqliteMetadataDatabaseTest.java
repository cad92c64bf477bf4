package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SqliteMetadataDatabaseTest extends MetadataDatabaseContract {

  private final AtomicInteger files = new AtomicInteger();

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(
        folder.resolve("below/metadata-" + files.incrementAndGet() + ".db"));
  }

  @Test
  void aTransactionInsideATransactionIsAMistakeNotADeadlock() {
    assertThatThrownBy(() -> database.inTransaction(outer -> database.inTransaction(inner -> 1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatWaitedTooLongForAnotherProcessIsAllThatFails() throws Exception {
    DatabaseSettings settings = emptyDatabase();
    try (MetadataDatabase patient = MetadataDatabase.open(settings);
        Connection other = DriverManager.getConnection(settings.url());
        Statement statement = other.createStatement()) {
      patient.inTransaction(
          transaction -> transaction.list("PRAGMA busy_timeout = 1", row -> row.number("timeout")));
      statement.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> forget(patient))
          .isInstanceOfSatisfying(
              EngineException.class,
              busy -> assertThat(busy.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
      statement.execute("ROLLBACK");
      assertThat(forget(patient)).isZero();
    }
  }

  @Test
  void aTransactionThatTheDatabaseHasEndedItselfIsAllThatFails() {
    assertThatThrownBy(() ->
            database.inTransaction(transaction -> {
              // As SQLite does when the disk is full.
              transaction.update("ROLLBACK");
              throw new IllegalStateException("full");
            }))
        .hasMessage("full");
    assertThat(forget(database)).isZero();
  }

  private static int forget(MetadataDatabase database) {
    return database.inTransaction(transaction -> transaction.update("DELETE FROM alert"));
  }
}
