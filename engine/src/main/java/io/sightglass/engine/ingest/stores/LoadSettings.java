package io.sightglass.engine.ingest.stores;

import io.sightglass.engine.duckdb.DuckDbSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/**
 * How loads run. Immutable.
 *
 * @param vaultFolder of this machine, for the owner alone: staging, and the secret of pseudonyms
 * @param engine of the load instance; it must be allowed to open {@code vaultFolder} and the files
 *     of both warehouses
 * @param scanEvery how often the runner looks for new objects
 */
public record LoadSettings(
    Path vaultFolder, DuckDbSettings engine, Duration scanEvery, InstantSource clock) {

  public Path stagingFolder() {
    return vaultFolder.resolve("staging");
  }

  /** The secret of pseudonyms; in the backup of the vault, and nowhere else. */
  public Path pseudonymSecret() {
    return vaultFolder.resolve("pseudonyms.key");
  }
}
