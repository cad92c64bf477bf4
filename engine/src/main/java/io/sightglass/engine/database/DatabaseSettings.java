package io.sightglass.engine.database;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a database is. Immutable.
 *
 * @param url {@code jdbc:sqlite:<file>} or {@code jdbc:postgresql://…}
 * @param user null for SQLite
 * @param password null for SQLite
 * @param patience how long a server that cannot be reached is waited for
 */
public record DatabaseSettings(
    String url, @Nullable String user, @Nullable String password, Duration patience) {

  private static final Duration USUAL_PATIENCE = Duration.ofSeconds(10);

  /** With the usual patience. */
  public DatabaseSettings(String url, @Nullable String user, @Nullable String password) {
    this(url, user, password, USUAL_PATIENCE);
  }

  /** An embedded database in one file. */
  public static DatabaseSettings sqlite(Path file) {
    return new DatabaseSettings("jdbc:sqlite:" + file, null, null);
  }

  /** Whether the database lives inside this process. */
  public boolean isEmbedded() {
    return url.startsWith("jdbc:sqlite:");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "DatabaseSettings[url=" + url + ", user=" + user + "]";
  }
}
