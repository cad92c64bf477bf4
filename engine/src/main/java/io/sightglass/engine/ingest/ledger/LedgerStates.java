package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.ingest.landing.LoadSource;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a load comes into the ledger and moves from one state to the next, each within a transaction.
 * Stateless.
 *
 * <p>A move names the state and the process that it is made from: of two who move a load, the
 * second changes nothing and is told so.
 */
final class LedgerStates {

  private LedgerStates() {}

  /** Adds those that nobody else has added; who scans at the same time waits for this. */
  static List<LedgerEntry> insertNew(
      Transaction transaction, QualifiedName dataset, List<LedgerEntry> entries) {
    transaction.update(
        """
        INSERT INTO load_scan (dataset, scans) VALUES (?, 1)
        ON CONFLICT (dataset) DO UPDATE SET scans = load_scan.scans + 1\
        """,
        dataset.toString());
    List<LedgerEntry> fresh =
        entries.stream().filter(entry -> !isNewest(transaction, entry)).toList();
    fresh.forEach(entry -> insert(transaction, entry));
    return fresh;
  }

  /** Whether the newest delivery of its name is the same object. */
  private static boolean isNewest(Transaction transaction, LedgerEntry entry) {
    LoadSource source = entry.load().source();
    return transaction
        .find(
            """
            SELECT * FROM loads WHERE dataset = ? AND object_key = ?
            ORDER BY found_at DESC, id DESC LIMIT 1\
            """,
            LedgerRows::source,
            entry.load().dataset().toString(),
            source.name())
        .filter(source::isSameObject)
        .isPresent();
  }

  static void insert(Transaction transaction, LedgerEntry entry) {
    Load load = entry.load();
    LoadSource source = load.source();
    transaction.update(
        """
        INSERT INTO loads (id, dataset, source_number, object_key, etag, version, size,
          last_modified, file_date, slot, again, accepted, state, found_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
        """,
        load.id(),
        load.dataset().toString(),
        entry.sourceNumber(),
        source.name(),
        source.etag(),
        source.version(),
        source.size(),
        source.lastModified(),
        load.fileDate(),
        entry.slot(),
        entry.again(),
        String.join(",", entry.accepted()),
        load.state(),
        load.foundAt());
  }

  /** From FOUND to RUNNING. */
  static boolean begin(Transaction transaction, String id, String holder, Instant now) {
    int taken =
        transaction.update(
            """
            UPDATE loads SET state = 'RUNNING', holder = ?, started_at = ?, ended_at = NULL,
              code = NULL, reason = NULL, same_as = NULL WHERE id = ? AND state = 'FOUND'\
            """,
            holder,
            now,
            id);
    if (taken == 1) {
      transaction.update(
          """
          INSERT INTO load_attempts (load_id, number, started_at)
          SELECT ?, count(*) + 1, ? FROM load_attempts WHERE load_id = ?\
          """,
          id,
          now,
          id);
    }
    return taken == 1;
  }

  /** To its outcome's state. */
  static boolean end(Transaction transaction, LedgerEntry seen, LoadOutcome outcome, Instant now) {
    Load.RowCounts rows = outcome.rows();
    int ended =
        transaction.update(
            """
            UPDATE loads SET state = ?, code = ?, reason = ?, rows_read = ?, rows_written = ?,
              rows_rejected = ?, rows_duplicate = ?, rows_filtered = ?, snapshot_id = ?,
              same_as = ?, ended_at = ?, holder = NULL
            WHERE id = ? AND state = ? AND coalesce(holder, '') = ?\
            """,
            outcome.state(),
            outcome.code(),
            outcome.reason(),
            rows == null ? null : rows.read(),
            rows == null ? null : rows.written(),
            rows == null ? null : rows.rejected(),
            rows == null ? null : rows.duplicate(),
            rows == null ? null : rows.filtered(),
            outcome.snapshotId(),
            outcome.sameAs(),
            now,
            seen.id(),
            seen.load().state(),
            holder(seen));
    if (ended == 1) {
      endAttempt(transaction, seen.id(), outcome.attemptError(), now);
      if (outcome.state() == Load.State.COMMITTED) {
        number(transaction, seen);
      }
    }
    return ended == 1;
  }

  /** As the last that was committed: of a slot, one after the other is, whatever clocks say. */
  private static void number(Transaction transaction, LedgerEntry committed) {
    transaction.update(
        """
        UPDATE loads SET commit_number =
          (SELECT coalesce(max(commit_number), 0) + 1 FROM loads WHERE dataset = ?)
        WHERE id = ?\
        """,
        committed.load().dataset().toString(),
        committed.id());
  }

  /** Back to FOUND. */
  static boolean reopen(
      Transaction transaction,
      LedgerEntry seen,
      Set<String> accepted,
      @Nullable String error,
      Instant now) {
    int reopened =
        transaction.update(
            """
            UPDATE loads SET state = 'FOUND', accepted = ?, code = NULL, reason = NULL,
              ended_at = NULL, holder = NULL
            WHERE id = ? AND state = ? AND coalesce(holder, '') = ?\
            """,
            String.join(",", accepted),
            seen.id(),
            seen.load().state(),
            holder(seen));
    if (reopened == 1) {
      endAttempt(transaction, seen.id(), error, now);
    }
    return reopened == 1;
  }

  static String holder(LedgerEntry seen) {
    String holder = seen.holder();
    return holder == null ? "" : holder;
  }

  static void endAttempt(Transaction transaction, String id, @Nullable String error, Instant now) {
    transaction.update(
        "UPDATE load_attempts SET ended_at = ?, error = ? WHERE load_id = ? AND ended_at IS NULL",
        now,
        error,
        id);
  }
}
