package io.sightglass.engine.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One PostgreSQL for all tests of a run, each with a database of its own. */
public final class TestingPostgres {

  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static @Nullable EmbeddedPostgres server;

  private TestingPostgres() {}

  /** A database with nothing in it; the server is started by the first who asks. */
  public static synchronized DatabaseSettings emptyDatabase() {
    try {
      if (server == null) {
        server = EmbeddedPostgres.start();
      }
      String name = "test_" + DATABASES.incrementAndGet();
      try (Connection connection = server.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + name);
      }
      return new DatabaseSettings(server.getJdbcUrl("postgres", name), "postgres", null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
