package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PostgresMetadataDatabaseTest extends MetadataDatabaseContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return TestingPostgres.emptyDatabase();
  }

  @Test
  void aServerThatCanOnlyBeReadIsLeftForTheOneThatTookItsPlace() throws SQLException {
    execute("ALTER DATABASE %s SET default_transaction_read_only = on".formatted(name()));
    database.close();
    database = MetadataDatabase.openAsItIs(settings);
    assertThat(database.<Boolean>read(database::takesWrites)).isFalse();
    isUnavailable("can only be read", this::forgetAlerts);
    // Connections that were opened until then stay as they are.
    execute(
        "BEGIN READ WRITE",
        "ALTER DATABASE %s RESET default_transaction_read_only".formatted(name()),
        "COMMIT");
    try {
      forgetAlerts();
    } catch (EngineException old) { // one more that was opened until then
      assertThat(old).hasMessageContaining("can only be read");
    }
    forgetAlerts();
    assertThat(database.<Boolean>read(database::takesWrites)).isTrue();
  }

  @Test
  void whatIsWrongWithTheDeploymentIsSaidInWords() throws SQLException {
    isUnavailable(
        "it does not exist", () -> open(settings.url().replace(name(), "nowhere"), "postgres"));
    isUnavailable("it does not accept the user", () -> open(settings.url(), "nobody"));
    execute(
        "CREATE ROLE weak LOGIN",
        "DROP TABLE IF EXISTS flyway_schema_history",
        "REVOKE CREATE ON SCHEMA public FROM public");
    try {
      isUnavailable("the rights that the service needs", () -> open(settings.url(), "weak"));
    } finally {
      execute("DROP ROLE weak");
    }
  }

  private static void open(String url, String user) {
    // Who is named in the address counts.
    String address = url.replaceFirst("\\?.*", "");
    MetadataDatabase.open(new DatabaseSettings(address, user, null, Duration.ofSeconds(1))).close();
  }

  private static void isUnavailable(String words, ThrowingCallable asked) {
    assertThatThrownBy(asked)
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
  }

  private void forgetAlerts() {
    database.inTransaction(transaction -> transaction.update("DELETE FROM alert"));
  }

  /** Of the database. */
  private String name() {
    return settings.url().replaceAll(".*/([a-z0-9_]+).*", "$1");
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(settings.url(), settings.user(), null);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
