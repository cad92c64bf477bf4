package io.sightglass.web.wiring;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.database.MetadataDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether the metadata database answers and takes records, without which no statement is
 * answered. Thread-safe.
 */
final class DatabaseWatch {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

  private final MetadataDatabase database;
  private volatile boolean answers = true;

  DatabaseWatch(MetadataDatabase database) {
    this.database = database;
  }

  /** Asks it; called by a clock. */
  void look() {
    boolean now = answers();
    if (now != answers) {
      LOG.warn(
          "The metadata database {}",
          now ? "serves again" : "does not answer, or cannot be written");
    }
    answers = now;
  }

  private boolean answers() {
    try {
      return database.read(database::takesWrites);
    } catch (EngineException away) {
      return false;
    }
  }

  /** Whether it answered when it was last asked. */
  boolean isThere() {
    return answers;
  }
}
