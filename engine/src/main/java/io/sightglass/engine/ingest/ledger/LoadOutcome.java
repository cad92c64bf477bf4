package io.sightglass.engine.ingest.ledger;

import org.jspecify.annotations.Nullable;

/**
 * How one attempt at a load ended. Immutable.
 *
 * @param sameAs the load whose content it repeats
 * @param attemptError what went wrong in this attempt; null: nothing did
 */
public record LoadOutcome(
    Load.State state,
    @Nullable String code,
    @Nullable String reason,
    Load.@Nullable RowCounts rows,
    @Nullable Long snapshotId,
    @Nullable String sameAs,
    @Nullable String attemptError) {

  /** Its rows are in the table; {@code note} says what somebody should know of them. */
  public static LoadOutcome committed(Load.RowCounts rows, long snapshotId, @Nullable String note) {
    return new LoadOutcome(Load.State.COMMITTED, null, note, rows, snapshotId, null, null);
  }

  /** The same, and something more that is worth knowing. */
  public LoadOutcome withNote(String note) {
    String both = reason == null ? note : reason + ". " + note;
    return new LoadOutcome(state, code, both, rows, snapshotId, sameAs, attemptError);
  }

  /** It is not loaded, since nothing would be new; {@code sameAs} is the load that has it. */
  public static LoadOutcome skipped(String code, String reason, @Nullable String sameAs) {
    return new LoadOutcome(Load.State.SKIPPED, code, reason, null, null, sameAs, null);
  }

  /** Its file is at fault; {@code rows} are null where it could not be read. */
  public static LoadOutcome quarantined(String code, String reason, Load.@Nullable RowCounts rows) {
    return new LoadOutcome(Load.State.QUARANTINED, code, reason, rows, null, null, reason);
  }

  /** Something else than its file is at fault. */
  public static LoadOutcome failed(String code, String reason) {
    return new LoadOutcome(Load.State.FAILED, code, reason, null, null, null, reason);
  }
}
