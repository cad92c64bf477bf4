package io.sightglass.engine.ingest;

import io.sightglass.engine.QualifiedName;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came in and what became of it: finds objects in the landing store, loads each exactly once,
 * and answers for every row. Thread-safe; one per warehouse and process.
 */
public interface LoadService extends AutoCloseable {

  /**
   * Looks for new objects now, all that are listed, however young.
   *
   * @return the loads that are new, each with its row, FOUND; they run when the runner gets to them
   * @throws io.sightglass.engine.EngineException {@code STORE_UNAVAILABLE}
   */
  List<Load> scan();

  /**
   * Runs everything that is FOUND or due for another try, on the calling thread, until nothing is.
   *
   * @return what ran, in its order, with its outcome; other threads' loads are not in it
   */
  List<Load> runDue();

  /** Reconciles ledger and tables, then scans and runs on threads of its own until closed. */
  void start();

  /** The newest first. */
  Page<Load> list(LoadFilter filter, int limit, @Nullable String cursor);

  Optional<Load> find(String id);

  /**
   * The rows that a load did not let in, by line.
   *
   * @param values whether to open the vault's side for the values; the caller has checked the
   *     permission and audited the look
   * @throws io.sightglass.engine.EngineException {@code NOT_FOUND}
   */
  Page<Reject> rejects(String id, boolean values, int limit, @Nullable String cursor);

  /**
   * Makes a FAILED or QUARANTINED load FOUND again.
   *
   * @param accept codes that shall not quarantine it this time
   * @throws io.sightglass.engine.EngineException {@code NOT_FOUND}; {@code CONFLICT} in another
   *     state; {@code INVALID_REQUEST} for a code that cannot be accepted
   */
  Load retry(String id, Set<String> accept);

  /** Adds what a person has to say. Throws {@code NOT_FOUND}. */
  Load addNote(String id, String by, String text, @Nullable String link);

  /**
   * Loads again what lies in the landing store for these dates, both inclusive, loaded before or
   * not.
   *
   * @return the loads, FOUND
   */
  List<Load> backfill(QualifiedName dataset, LocalDate from, LocalDate to);

  /** What loading {@code file} would do, with nothing kept. */
  DryRun dryRun(Path file, QualifiedName dataset);

  /** Stops after the step that each load is in; what is not committed runs again after a start. */
  @Override
  void close();
}
