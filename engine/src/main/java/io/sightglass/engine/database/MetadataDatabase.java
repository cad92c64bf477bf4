package io.sightglass.engine.database;

import com.zaxxer.hikari.HikariDataSource;
import io.sightglass.engine.EngineException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of ledger, statement log and alerts: SQLite inside the process, or PostgreSQL.
 * Thread-safe; several processes may share one.
 *
 * <p>SQLite has one writer at a time: a second transaction that may write waits for the first, in
 * this process in the order of asking, in another until the busy timeout. Reading waits for nobody.
 */
public final class MetadataDatabase implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MetadataDatabase.class);

  /** How long work is run again because the database lets another transaction go first. */
  private static final Duration GIVE_UP = Duration.ofSeconds(20);

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

  /** Work inside a transaction. It may run again after another transaction was let go first. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Transaction transaction);
  }

  private final boolean embedded;
  private final HikariDataSource writers;
  private final HikariDataSource readers;
  private final ReentrantLock embeddedWriter = new ReentrantLock(true);

  private MetadataDatabase(
      DatabaseSettings settings, HikariDataSource writers, HikariDataSource readers) {
    this.embedded = settings.isEmbedded();
    this.writers = writers;
    this.readers = readers;
  }

  /**
   * Opens the database and brings its schema up to date. The caller closes it.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when it cannot be reached, {@code INTERNAL}
   *     when its schema is not one that this version knows
   */
  public static MetadataDatabase open(DatabaseSettings settings) {
    MetadataDatabase database = openAsItIs(settings);
    try {
      Migrations.apply(settings, database.writers);
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /**
   * Opens a database whose schema is somebody else's business, such as the catalog of tables. The
   * caller closes it.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when it cannot be reached
   */
  public static MetadataDatabase openAsItIs(DatabaseSettings settings) {
    HikariDataSource writers = ConnectionPools.writers(settings);
    try {
      return new MetadataDatabase(settings, writers, ConnectionPools.readers(settings, writers));
    } catch (RuntimeException e) {
      writers.close();
      throw e;
    }
  }

  /**
   * Runs {@code work} as one transaction that may write: committed when it returns, rolled back
   * when it throws.
   *
   * @throws EngineException {@code CONFLICT} when a unique key exists already; {@code
   *     STORE_UNAVAILABLE} when the database cannot be reached or stays busy
   */
  public <T extends @Nullable Object> T inTransaction(Work<T> work) {
    if (!embedded) {
      return runAgainWhileOthersGoFirst(writers, work);
    }
    if (embeddedWriter.isHeldByCurrentThread()) {
      throw new IllegalStateException("A transaction inside a transaction would wait for itself");
    }
    embeddedWriter.lock();
    try {
      return runAgainWhileOthersGoFirst(writers, work);
    } finally {
      embeddedWriter.unlock();
    }
  }

  /**
   * Runs {@code work}, which only reads, against one consistent state.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when the database cannot be reached
   */
  public <T extends @Nullable Object> T read(Work<T> work) {
    return runAgainWhileOthersGoFirst(readers, work);
  }

  /**
   * The time by the database's own clock, which is the same for all who share it; PostgreSQL's
   * {@code clock_timestamp}, SQLite's {@code unixepoch}.
   */
  public Instant now(Transaction transaction) {
    return transaction
        .list(
            embedded
                ? "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS at"
                : "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS at",
            row -> row.instant("at"))
        .getFirst();
  }

  /**
   * Empties SQLite's <a href="https://www.sqlite.org/wal.html">write-ahead log</a>, which keeps
   * what has been overwritten in the file; does nothing with PostgreSQL, whose log is its
   * operator's.
   *
   * @return false while somebody reads an older state; allowed: another try later
   * @throws EngineException {@code STORE_UNAVAILABLE} when the database cannot be reached
   */
  public boolean emptyLog() {
    if (!embedded) {
      return true;
    }
    embeddedWriter.lock();
    try (Connection connection = writers.getConnection();
        Statement statement = connection.createStatement()) {
      // Who writes waits meanwhile.
      statement.execute("PRAGMA busy_timeout = 100");
      try (ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        return result.next() && result.getInt("busy") == 0;
      } finally {
        statement.execute("PRAGMA busy_timeout = " + ConnectionPools.BUSY_TIMEOUT.toMillis());
      }
    } catch (SQLException e) {
      throw new DatabaseFailure(e).asEngineException();
    } finally {
      embeddedWriter.unlock();
    }
  }

  /** Whether it can be written, by what it says of itself: a replaced PostgreSQL cannot be. */
  public boolean takesWrites(Transaction transaction) {
    return embedded
        || transaction
            .list(
                "SELECT current_setting('transaction_read_only') AS only_reads",
                row -> row.text("only_reads"))
            .equals(List.of("off"));
  }

  /** Whether the database lives inside this process. */
  public boolean isEmbedded() {
    return embedded;
  }

  @Override
  public void close() {
    readers.close();
    writers.close();
  }

  private static <T extends @Nullable Object> T runAgainWhileOthersGoFirst(
      HikariDataSource pool, Work<T> work) {
    long begun = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        return run(pool, work);
      } catch (DatabaseFailure e) {
        if (e.isCutOff()) {
          // What is the matter with this connection is with those that wait in the pool.
          pool.getHikariPoolMXBean().softEvictConnections();
        }
        if (!e.otherWentFirst() || System.nanoTime() - begun > GIVE_UP.toNanos()) {
          throw e.asEngineException();
        }
        LOG.debug("Another transaction went first, attempt {}: run again", attempt);
        Pause.of(pauseAfter(attempt));
      } catch (SQLException e) {
        throw new DatabaseFailure(e).asEngineException();
      }
    }
  }

  /** Longer after every attempt, and by chance: those who met once must not meet again. */
  private static Duration pauseAfter(int attempt) {
    long longest = Math.min(LONGEST_PAUSE.toMillis(), 10L << Math.min(attempt, 10));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(1, longest + 1));
  }

  private static <T extends @Nullable Object> T run(HikariDataSource pool, Work<T> work)
      throws SQLException {
    try (Connection connection = pool.getConnection()) {
      begin(pool, connection);
      Transaction transaction = new Transaction(connection);
      try {
        T result = work.run(transaction);
        commit(connection);
        return result;
      } catch (RuntimeException | Error e) {
        rollback(pool, connection, e);
        throw e;
      } finally {
        transaction.end();
      }
    }
  }

  private static void begin(HikariDataSource pool, Connection connection) throws SQLException {
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      // SQLite's driver takes it for begun although it is not: no later one would be a transaction.
      pool.evictConnection(connection);
      throw e;
    }
  }

  private static void commit(Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new DatabaseFailure(e);
    }
  }

  private static void rollback(HikariDataSource pool, Connection connection, Throwable why) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // On a full disk SQLite has done so itself, and its driver takes it for still under way.
      pool.evictConnection(connection);
      why.addSuppressed(e);
    }
  }
}
