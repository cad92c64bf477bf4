package io.sightglass.web.wiring;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.storage.FileCache;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Which database a deployment has, and as whom a process works on it. */
final class Databases {

  /** An embedded database has one process that serves or loads. */
  private static final String EMBEDDED = "embedded";

  private static final Duration TAKEOVER = Duration.ofSeconds(60);

  private Databases() {}

  /** PostgreSQL for everything, or SQLite in {@code file}, one for each of those who write. */
  static DatabaseSettings of(Settings settings, Path file) {
    Settings.Database shared = settings.stores().database();
    return shared == null
        ? DatabaseSettings.sqlite(file)
        : new DatabaseSettings(shared.url(), shared.user(), shared.password());
  }

  /**
   * Of the one process that serves or loads over the data folder, which holds the folder's locks.
   */
  static Leases leases(Settings settings, MetadataDatabase database) {
    return settings.stores().database() == null
        ? Leases.open(database, EMBEDDED, TAKEOVER)
        : Leases.open(database, ReplicaName.of(settings.data()), takeover(settings));
  }

  /** Of a process beside those, which may be the only one. */
  static Leases leasesBeside(Settings settings, MetadataDatabase database, DataLayout layout) {
    Leases leases = Leases.openBeside(database, takeover(settings));
    if (settings.stores().database() == null) {
      // Whoever begins now has the lock before it is the holder: it is never forgotten.
      Optional<String> holder = leases.holderOf(EMBEDDED);
      if (holder.isPresent() && !FileCache.isInUse(layout.ordinaryCache())) {
        leases.forget(holder.get());
      }
    }
    return leases;
  }

  private static Duration takeover(Settings settings) {
    Settings.Database shared = settings.stores().database();
    return shared == null ? TAKEOVER : shared.takeover();
  }
}
