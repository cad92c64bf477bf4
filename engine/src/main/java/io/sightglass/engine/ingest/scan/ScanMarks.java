package io.sightglass.engine.ingest.scan;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.ScanTimes;
import java.time.Instant;
import java.util.Optional;

/**
 * When datasets were last looked for that say themselves when, for all processes. Thread-safe;
 * immutable.
 */
final class ScanMarks {

  private final MetadataDatabase database;

  ScanMarks(MetadataDatabase database) {
    this.database = database;
  }

  /** Notes a look that left nothing for another one; {@code at} is its beginning. */
  void put(QualifiedName dataset, Instant at) {
    database.inTransaction(transaction ->
        transaction.update(
            """
            INSERT INTO dataset_scan (dataset, scanned_at) VALUES (?, ?)
            ON CONFLICT (dataset) DO UPDATE SET scanned_at = excluded.scanned_at\
            """,
            dataset.toString(),
            at));
  }

  /**
   * When the next look is due, {@code now} when it is or was; empty when there is none any more.
   */
  Optional<Instant> findDue(QualifiedName dataset, ScanTimes times, Instant now) {
    Optional<Instant> last =
        database.read(transaction ->
            transaction.find(
                "SELECT scanned_at FROM dataset_scan WHERE dataset = ?",
                row -> row.instant("scanned_at"),
                dataset.toString()));
    // A mark of the future is of a clock that was wrong: nobody waits for it.
    boolean isUnknown = last.isEmpty() || last.get().isAfter(now);
    return isUnknown
        ? Optional.of(now)
        : times.findNext(last.get()).map(due -> due.isAfter(now) ? due : now);
  }
}
