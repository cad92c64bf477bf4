package io.sightglass.engine.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The connections to a metadata database. */
final class ConnectionPools {

  static final Duration BUSY_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration OPEN_AGAIN = Duration.ofMillis(50);
  private static final int CONNECTIONS = 8;

  private ConnectionPools() {}

  static HikariDataSource writers(DatabaseSettings settings) {
    HikariConfig config = base(settings, "metadata");
    if (settings.isEmbedded()) {
      makeFolder(settings);
      config.setMaximumPoolSize(1);
      // A transaction that read first and writes then would fail when another wrote in between.
      config.addDataSourceProperty("transaction_mode", "IMMEDIATE");
    } else {
      config.setMaximumPoolSize(CONNECTIONS);
    }
    return open(config);
  }

  /** The writers themselves, where readers need no connections of their own. */
  static HikariDataSource readers(DatabaseSettings settings, HikariDataSource writers) {
    if (!settings.isEmbedded()) {
      return writers;
    }
    HikariConfig config = base(settings, "metadata-read");
    config.setMaximumPoolSize(CONNECTIONS);
    config.addDataSourceProperty("transaction_mode", "DEFERRED");
    config.setConnectionInitSql("PRAGMA query_only = ON");
    return open(config);
  }

  private static HikariConfig base(DatabaseSettings settings, String name) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(settings.url());
    // A transaction is begun by whoever needs one: an idle SQLite connection would hold its lock.
    config.setAutoCommit(true);
    config.setConnectionTimeout(settings.patience().toMillis());
    config.setMinimumIdle(1);
    if (settings.user() != null) {
      config.setUsername(settings.user());
    }
    if (settings.password() != null) {
      config.setPassword(settings.password());
    }
    if (settings.isEmbedded()) {
      config.addDataSourceProperty("journal_mode", "WAL");
      config.addDataSourceProperty("synchronous", "FULL");
      config.addDataSourceProperty("foreign_keys", "true");
      // What is overwritten is gone from the file too.
      config.addDataSourceProperty("secure_delete", "true");
      config.addDataSourceProperty("busy_timeout", Long.toString(BUSY_TIMEOUT.toMillis()));
      config.setConnectionTimeout(settings.patience().plus(BUSY_TIMEOUT).toMillis());
      config.setMaxLifetime(0);
    } else {
      config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
      config.addDataSourceProperty("connectTimeout", Math.max(1, settings.patience().toSeconds()));
      config.addDataSourceProperty("socketTimeout", "60");
      config.addDataSourceProperty("ApplicationName", "sightglass");
    }
    return config;
  }

  private static HikariDataSource open(HikariConfig config) {
    long giveUp = System.nanoTime() + BUSY_TIMEOUT.toNanos();
    while (true) {
      try {
        return new HikariDataSource(config);
      } catch (RuntimeException e) {
        if (!isBusy(e) || System.nanoTime() - giveUp > 0) {
          String why =
              DatabaseFailure.find(e)
                  .flatMap(DatabaseFailure::findUnable)
                  .map(unable -> ": it " + unable)
                  .orElse("");
          throw new EngineException(
              ErrorCode.STORE_UNAVAILABLE, "The metadata database cannot be opened" + why, e);
        }
        Pause.of(OPEN_AGAIN);
      }
    }
  }

  /**
   * Whether another process is at the file: the busy timeout does not cover the switch to the
   * write-ahead log, <a href="https://www.sqlite.org/wal.html">which needs the file for itself</a>.
   */
  private static boolean isBusy(RuntimeException opening) {
    return DatabaseFailure.find(opening).filter(DatabaseFailure::otherWentFirst).isPresent();
  }

  private static void makeFolder(DatabaseSettings settings) {
    Path file = Path.of(settings.url().substring("jdbc:sqlite:".length())).toAbsolutePath();
    Path folder = file.getParent();
    if (folder == null) {
      return;
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The metadata database's folder cannot be made", e);
    }
  }
}
