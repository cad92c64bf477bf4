package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the schema of a metadata database up to date, from the resources below {@code db}. */
final class Migrations {

  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

  /** Two processes that start at once get in each other's way, once. */
  private static final int ATTEMPTS = 4;

  private static final Duration TRY_AGAIN = Duration.ofMillis(300);

  private Migrations() {}

  static void apply(DatabaseSettings settings, DataSource connections) {
    String own = settings.isEmbedded() ? "sqlite" : "postgresql";
    Flyway flyway =
        Flyway.configure(Migrations.class.getClassLoader())
            .dataSource(connections)
            .locations("classpath:db/migration/common", "classpath:db/migration/" + own)
            .failOnMissingLocations(false)
            // Features are numbered side by side: see the README beside the migrations.
            .outOfOrder(true)
            // The catalog of tables, or somebody else, may have made tables here before.
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .load();
    for (int attempt = 1; ; attempt++) {
      try {
        flyway.migrate();
        return;
      } catch (FlywayException e) {
        Optional<String> unable = DatabaseFailure.find(e).flatMap(DatabaseFailure::findUnable);
        if (unable.isPresent()) {
          throw new EngineException(
              ErrorCode.STORE_UNAVAILABLE,
              "The metadata database cannot be brought to the schema of this version: it "
                  + unable.get(),
              e);
        }
        if (attempt == ATTEMPTS) {
          throw new EngineException(
              ErrorCode.INTERNAL,
              "The metadata database cannot be brought to the schema of this version; was it last"
                  + " used by a newer one?",
              e);
        }
        LOG.info("Migration attempt {} failed; another process may be at it: again", attempt);
        Pause.of(TRY_AGAIN);
      }
    }
  }
}
