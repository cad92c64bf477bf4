package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.landing.LoadSource;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One delivered object and what became of it. Immutable.
 *
 * @param fileDate from the path, else the day of arrival
 * @param code why it is not loaded, such as {@code MALFORMED}; null while there is nothing to say
 * @param reason the code in words; for a committed load what is worth knowing about it
 * @param rows what became of its rows; null while not counted
 * @param snapshotId the ordinary table's snapshot that made it visible; null before
 */
public record Load(
    String id,
    QualifiedName dataset,
    LoadSource source,
    LocalDate fileDate,
    State state,
    @Nullable String code,
    @Nullable String reason,
    List<Attempt> attempts,
    @Nullable RowCounts rows,
    @Nullable Long snapshotId,
    Instant foundAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    List<Note> notes) {

  public Load {
    attempts = List.copyOf(attempts);
    notes = List.copyOf(notes);
  }

  /** The same in another state. */
  Load in(State other) {
    return new Load(
        id,
        dataset,
        source,
        fileDate,
        other,
        code,
        reason,
        attempts,
        rows,
        snapshotId,
        foundAt,
        startedAt,
        endedAt,
        notes);
  }

  /** The same of another date. */
  Load of(LocalDate date) {
    return new Load(
        id,
        dataset,
        source,
        date,
        state,
        code,
        reason,
        attempts,
        rows,
        snapshotId,
        foundAt,
        startedAt,
        endedAt,
        notes);
  }

  /** How far it is. */
  public enum State {
    FOUND,
    RUNNING,
    COMMITTED,
    /** Something broke; a retry may cure it. */
    FAILED,
    /** The file is at fault; nothing of it is visible. */
    QUARANTINED,
    /** Nothing new in it. */
    SKIPPED
  }

  /** One try; {@code error} is null where it went well or has not ended. */
  public record Attempt(Instant startedAt, @Nullable Instant endedAt, @Nullable String error) {}

  /** What a person wrote about it. */
  public record Note(Instant at, String by, String text, @Nullable String link) {}

  /** What became of its rows; {@code read} is the sum of the other four. */
  public record RowCounts(long read, long written, long rejected, long duplicate, long filtered) {}
}
