package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.views.CallerPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One in-memory DuckDB database, locked down. Thread-safe.
 *
 * <p>Guarantees: it opens no file outside its allowed directories and its own folder, loads no
 * extension, keeps no secret, and none of that can change. It closes when it has been retired, or
 * broken by an error, and its last session has ended; its own folder goes with it.
 */
public final class DuckDbInstance {

  private static final Logger LOG = LoggerFactory.getLogger(DuckDbInstance.class);

  /** Where the batches of every instance are accounted; outlives them, as batches in flight may. */
  private static final BufferAllocator BATCHES = new RootAllocator();

  private final DuckDbSettings settings;
  private final Path folder;
  private final DuckDBConnection materialized;
  private final DuckDBConnection streaming;
  private final @Nullable PolicyCatalogs policies;
  private int openSessions;
  private boolean usable = true;
  private boolean closed;

  private DuckDbInstance(
      DuckDbSettings settings,
      Path folder,
      DuckDBConnection materialized,
      DuckDBConnection streaming,
      @Nullable InstanceContents contents) {
    this.settings = settings;
    this.folder = folder;
    this.materialized = materialized;
    this.streaming = streaming;
    this.policies = contents == null ? null : new PolicyCatalogs(this, contents);
  }

  /**
   * Opens an instance, runs {@code definitions} in order, and locks it for good. It is one for work
   * of our own and knows {@link MaskFunctions}.
   *
   * @param definitions trusted statements; never a caller's
   * @throws EngineException when one fails
   */
  public static DuckDbInstance open(DuckDbSettings settings, List<String> definitions) {
    return open(settings, definitions, null);
  }

  /**
   * Opens an instance with the names of one pack, and locks it for good.
   *
   * @throws EngineException when a definition fails
   */
  public static DuckDbInstance open(DuckDbSettings settings, InstanceContents contents) {
    return open(settings, contents.definitions(), contents);
  }

  private static DuckDbInstance open(
      DuckDbSettings settings, List<String> definitions, @Nullable InstanceContents contents) {
    Path folder = makeFolder(settings);
    DuckDBConnection root = null;
    try {
      root = connect();
      if (contents == null) {
        MaskFunctions.register(root);
      }
      DuckDBConnection streaming = root.duplicate().unwrap(DuckDBConnection.class);
      DuckDbInstance instance = new DuckDbInstance(settings, folder, root, streaming, contents);
      boolean planned = contents != null && contents.rows() == InstanceContents.Rows.NONE;
      instance.lockDown(definitions, planned);
      return instance;
    } catch (SQLException e) {
      close(root);
      delete(folder);
      throw EngineErrors.translate(e, "");
    } catch (RuntimeException e) {
      close(root);
      delete(folder);
      throw e;
    }
  }

  private static Path makeFolder(DuckDbSettings settings) {
    try {
      Files.createDirectories(settings.spillDirectory());
      // Only the owner may read it: intermediate results hold what the instance may read.
      Path folder =
          Files.createTempDirectory(settings.spillDirectory().toRealPath(), settings.name() + "-");
      Files.createDirectory(folder.resolve("results"));
      return folder;
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.INTERNAL, "The folder for intermediate results cannot be made", e);
    }
  }

  private static DuckDBConnection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:duckdb:", new Properties())
        .unwrap(DuckDBConnection.class);
  }

  private void lockDown(List<String> definitions, boolean planned) throws SQLException {
    for (String setting : Lockdown.beforeDefinitions(settings, folder)) {
      run(materialized, setting);
    }
    Path noRows = noRowsFile();
    run(
        materialized,
        "COPY (SELECT 1 AS nothing WHERE false) TO %s (FORMAT parquet)"
            .formatted(Quoted.text(noRows.toString())));
    run(
        materialized,
        "SET VARIABLE %s = %s".formatted(InstanceContents.NO_ROWS, Quoted.text(noRows.toString())));
    for (String definition : definitions) {
      try {
        run(materialized, definition);
      } catch (SQLException e) {
        throw EngineErrors.translate(e, definition);
      }
    }
    for (String setting : Lockdown.ofEverySession(settings)) {
      run(materialized, setting);
      run(streaming, setting);
    }
    for (String setting : Lockdown.ofStreamingSessions()) {
      run(streaming, setting);
    }
    if (planned) {
      run(materialized, Lockdown.OF_PLANS);
    }
    for (String setting : Lockdown.locks(settings, folder)) {
      run(materialized, setting);
    }
  }

  private static void run(DuckDBConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  public String name() {
    return settings.name();
  }

  public DuckDbSettings settings() {
    return settings;
  }

  /**
   * A session for work of our own: results are computed to their end before the first row.
   *
   * @throws EngineException {@code OVERLOADED} when the instance takes no new sessions
   */
  public DuckDbSession openSession() {
    return open(materialized);
  }

  /**
   * A session for statements: results stream, so that they stay within the memory limit. The caller
   * closes it.
   *
   * @throws EngineException {@code OVERLOADED} when the instance takes no new sessions
   */
  public DuckDbSession openStreamingSession() {
    return open(streaming);
  }

  private DuckDbSession open(DuckDBConnection template) {
    synchronized (this) {
      if (!usable) {
        throw new EngineException(ErrorCode.OVERLOADED, "This engine is being replaced; try again");
      }
      openSessions++;
    }
    try {
      return new DuckDbSession(this, template.duplicate());
    } catch (SQLException e) {
      release();
      throw EngineErrors.translate(e, "");
    }
  }

  /** Called by each session exactly once, when its connection is closed. */
  void release() {
    boolean last;
    synchronized (this) {
      openSessions--;
      last = !usable && openSessions == 0 && !closed;
      closed |= last;
    }
    if (last) {
      closeDatabase();
    }
  }

  /**
   * Makes sure that the secure views of {@code policy} exist, and that they stay until the lease is
   * closed.
   */
  public PolicyLease lease(CallerPolicy policy) {
    if (policies == null) {
      throw new IllegalStateException("The instance " + name() + " has no views");
    }
    return policies.lease(policy);
  }

  /** A path, not yet there, of a file in the instance's own folder; whoever makes it deletes it. */
  public Path newResultFile(String name) {
    return folder.resolve("results").resolve(name);
  }

  /** A Parquet file without rows, to be read where a table has no file. */
  public Path noRowsFile() {
    return folder.resolve("results").resolve("no-rows.parquet");
  }

  /** Whether new sessions may be opened: not retired, not broken. */
  public synchronized boolean isUsable() {
    return usable;
  }

  public synchronized int openSessions() {
    return openSessions;
  }

  /** Lets no new session begin and closes the database when the last open one ends. Idempotent. */
  public void retire() {
    boolean last;
    synchronized (this) {
      usable = false;
      last = openSessions == 0 && !closed;
      closed |= last;
    }
    if (last) {
      closeDatabase();
    }
  }

  /** Takes the instance out of use for a reason that goes to the log; open sessions may end. */
  public void condemn(String reason) {
    if (isUsable()) {
      LOG.error("DuckDB instance {} is taken out of use and will be replaced: {}", name(), reason);
    }
    retire();
  }

  private void closeDatabase() {
    close(streaming);
    close(materialized);
    delete(folder);
    LOG.info("DuckDB instance {} is closed", name());
  }

  private static void close(@Nullable DuckDBConnection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        LOG.warn("A DuckDB connection did not close; its memory stays in use", e);
      }
    }
  }

  private static void delete(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = new ArrayList<>(files.sorted(Comparator.reverseOrder()).toList());
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("A folder of intermediate results could not be deleted whole", e);
    }
  }

  /** Where batches are accounted, for all instances together. */
  static BufferAllocator allocator() {
    return BATCHES;
  }

  /** Bytes of result batches that are in use now, of all instances together. */
  public static long batchBytesInUse() {
    return BATCHES.getAllocatedMemory();
  }
}
