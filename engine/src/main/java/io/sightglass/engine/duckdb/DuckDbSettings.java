package io.sightglass.engine.duckdb;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What one DuckDB instance may open and use; none of it can change while it lives. Immutable.
 *
 * @param name for logs, threads and {@code /health}: {@code ordinary}, {@code vault}, {@code load}
 * @param allowedDirectories the only folders whose files it may open
 * @param spillDirectory its own folder for intermediate results, made if absent
 * @param maxSpillBytes the most that may lie in {@code spillDirectory}
 * @param memoryLimitBytes the engine's memory for all sessions together
 * @param threads worker threads of the engine
 * @param maxExecutionTime the net below the watchdog, over all statements; zero: no net
 */
public record DuckDbSettings(
    String name,
    List<Path> allowedDirectories,
    Path spillDirectory,
    long maxSpillBytes,
    long memoryLimitBytes,
    int threads,
    Duration maxExecutionTime) {

  public DuckDbSettings {
    allowedDirectories = List.copyOf(allowedDirectories);
  }
}
