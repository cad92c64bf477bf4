package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The ledger of loads in the metadata database. Thread-safe; holds no row of any file. */
final class Ledger {

  private static final Pattern ID = Pattern.compile("[0-9a-z]{12,20}");

  private final MetadataDatabase database;
  private final LoadAlerts alerts;

  /**
   * A ledger.
   *
   * @param alerts is told of every load that ends, in the transaction that ends it
   */
  Ledger(MetadataDatabase database, LoadAlerts alerts) {
    this.database = database;
    this.alerts = alerts;
  }

  void add(List<LedgerEntry> entries) {
    if (!entries.isEmpty()) {
      database.inTransaction(transaction -> {
        entries.forEach(entry -> insert(transaction, entry));
        return null;
      });
    }
  }

  private static void insert(Transaction transaction, LedgerEntry entry) {
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

  /** The newest delivery of every object of a dataset. */
  List<LoadSource> newestDeliveries(QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? ORDER BY found_at, id\
            """,
            LedgerRows::source,
            dataset.toString()));
  }

  Optional<LedgerEntry> find(String id) {
    return database.read(transaction ->
        transaction.find(
            "SELECT * FROM loads WHERE id = ?", row -> LedgerRows.entry(transaction, row), id));
  }

  List<LedgerEntry> inState(Load.State state) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE state = ? ORDER BY found_at, id",
            row -> LedgerRows.entry(transaction, row),
            state));
  }

  /** What is loaded, or was, for a slot, the newest commit first. */
  List<LedgerEntry> committed(QualifiedName dataset, String slot) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? AND slot = ? AND state = 'COMMITTED'
            ORDER BY ended_at DESC, id DESC\
            """,
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            slot));
  }

  /** Every delivery for a slot, in the order in which they were found. */
  List<LedgerEntry> ofSlot(QualifiedName dataset, String slot) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE dataset = ? AND slot = ? ORDER BY found_at, id",
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            slot));
  }

  /** Says what a FOUND load waits for. */
  void explain(String id, String reason) {
    database.inTransaction(transaction ->
        transaction.update(
            "UPDATE loads SET reason = ? WHERE id = ? AND state = 'FOUND'", reason, id));
  }

  /** Deliveries that only repeated the content of a load. */
  List<LedgerEntry> repeating(String id) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE same_as = ? AND state = 'SKIPPED'",
            row -> LedgerRows.entry(transaction, row),
            id));
  }

  /** Loads of the same identity, the newest commit first. */
  List<LedgerEntry> committedIdentity(QualifiedName dataset, String identity) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? AND identity = ? AND state = 'COMMITTED'
            ORDER BY ended_at DESC, id DESC\
            """,
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            identity));
  }

  /** The rows read by the last committed loads of a dataset, the newest first. */
  List<Long> rowsRead(QualifiedName dataset, int limit) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT rows_read FROM loads WHERE dataset = ? AND state = 'COMMITTED'
            ORDER BY ended_at DESC, id DESC LIMIT ?\
            """,
            row -> row.number("rows_read"),
            dataset.toString(),
            limit));
  }

  /**
   * What of a dataset has come.
   *
   * @param last when the last of it was loaded; null: nothing was
   */
  record Arrivals(SortedSet<LocalDate> dates, @Nullable Instant last) {}

  /** The dates of every delivery that was loaded, or held nothing new. */
  Arrivals arrivals(QualifiedName dataset) {
    SortedSet<LocalDate> dates = new TreeSet<>();
    List<Instant> ends = new ArrayList<>();
    var _ =
        database.read(transaction ->
            transaction.list(
                """
                SELECT file_date, max(ended_at) AS ended FROM loads
                WHERE dataset = ? AND state IN ('COMMITTED', 'SKIPPED') AND ended_at IS NOT NULL
                GROUP BY file_date\
                """,
                row -> {
                  dates.add(Objects.requireNonNull(row.dateOrNull("file_date")));
                  return ends.add(row.instant("ended"));
                },
                dataset.toString()));
    return new Arrivals(dates, ends.stream().max(Instant::compareTo).orElse(null));
  }

  /** The objects of every delivery that was loaded, or held nothing new. */
  List<LoadSource> arrivedObjects(QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE dataset = ? AND state IN ('COMMITTED', 'SKIPPED')",
            LedgerRows::source,
            dataset.toString()));
  }

  /** Whether a load ended so, and none after it has made up for it. */
  static boolean hasUnsettled(Transaction transaction, QualifiedName dataset, Load.State state) {
    return !transaction
        .list(
            """
            SELECT id FROM loads AS bad WHERE dataset = ? AND state = ?
              AND NOT EXISTS (SELECT 1 FROM loads AS good
                WHERE good.dataset = bad.dataset AND good.slot = bad.slot
                  AND good.state = 'COMMITTED' AND good.found_at > bad.found_at)
            LIMIT 1\
            """,
            row -> row.text("id"),
            dataset.toString(),
            state)
        .isEmpty();
  }

  Page<Load> list(LoadFilter filter, int limit, @Nullable String cursor) {
    StringBuilder sql = new StringBuilder("SELECT * FROM loads WHERE 1 = 1");
    List<Object> parameters = new ArrayList<>();
    QualifiedName dataset = filter.dataset();
    if (dataset != null) {
      sql.append(" AND dataset = ?");
      parameters.add(dataset.toString());
    }
    Load.State state = filter.state();
    if (state != null) {
      sql.append(" AND state = ?");
      parameters.add(state);
    }
    Instant since = filter.since();
    if (since != null) {
      sql.append(" AND found_at >= ?");
      parameters.add(since);
    }
    if (cursor != null) {
      if (!ID.matcher(cursor).matches()) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST, "The cursor is none of this list's; take one from `next`");
      }
      // Ids grow with time, so that one is a place in the list.
      sql.append(" AND id < ?");
      parameters.add(cursor);
    }
    sql.append(" ORDER BY id DESC LIMIT ?");
    parameters.add(limit + 1);
    List<Load> loads =
        database.read(transaction ->
            transaction.list(
                sql.toString(),
                row -> LedgerRows.entry(transaction, row).load(),
                parameters.toArray()));
    return loads.size() <= limit
        ? new Page<>(loads, null)
        : new Page<>(loads.subList(0, limit), loads.get(limit - 1).id());
  }

  /** Takes a FOUND load for running; false when another was first. */
  boolean begin(String id, Instant now) {
    return database.inTransaction(transaction -> {
      int taken =
          transaction.update(
              """
              UPDATE loads SET state = 'RUNNING', started_at = ?, ended_at = NULL, code = NULL,
                reason = NULL, same_as = NULL WHERE id = ? AND state = 'FOUND'\
              """,
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
    });
  }

  /** Notes what the object's bytes are. */
  void identify(String id, String sha256, String contentSha256, String identity) {
    database.inTransaction(transaction ->
        transaction.update(
            "UPDATE loads SET sha256 = ?, content_sha256 = ?, identity = ? WHERE id = ?",
            sha256,
            contentSha256,
            identity,
            id));
  }

  /** Ends a RUNNING load and its attempt. */
  void end(String id, LoadOutcome outcome, Instant now) {
    Load.RowCounts rows = outcome.rows();
    database.inTransaction(transaction -> {
      transaction.update(
          """
          UPDATE loads SET state = ?, code = ?, reason = ?, rows_read = ?, rows_written = ?,
            rows_rejected = ?, rows_duplicate = ?, rows_filtered = ?, snapshot_id = ?,
            same_as = ?, ended_at = ? WHERE id = ?\
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
          id);
      endAttempt(transaction, id, outcome.attemptError(), now);
      tellEnd(transaction, id);
      return null;
    });
  }

  private void tellEnd(Transaction transaction, String id) {
    transaction
        .find("SELECT * FROM loads WHERE id = ?", row -> LedgerRows.entry(transaction, row), id)
        .ifPresent(ended -> alerts.ended(transaction, ended.load()));
  }

  /** Makes a load FOUND once more. */
  void reopen(String id, Set<String> accepted, @Nullable String error, Instant now) {
    database.inTransaction(transaction -> {
      transaction.update(
          """
          UPDATE loads SET state = 'FOUND', accepted = ?, code = NULL, reason = NULL,
            ended_at = NULL WHERE id = ?\
          """,
          String.join(",", accepted),
          id);
      endAttempt(transaction, id, error, now);
      return null;
    });
  }

  static void endAttempt(Transaction transaction, String id, @Nullable String error, Instant now) {
    transaction.update(
        "UPDATE load_attempts SET ended_at = ?, error = ? WHERE load_id = ? AND ended_at IS NULL",
        now,
        error,
        id);
  }

  void addNote(String id, Load.Note note) {
    database.inTransaction(transaction ->
        transaction.update(
            """
            INSERT INTO load_notes (load_id, number, noted_at, noted_by, note, link)
            SELECT ?, count(*) + 1, ?, ?, ?, ? FROM load_notes WHERE load_id = ?\
            """,
            id,
            note.at(),
            note.by(),
            note.text(),
            note.link(),
            id));
  }

  /** Remembers columns that no contract names; those that are new. */
  static List<String> addUnknown(
      Transaction transaction, QualifiedName dataset, List<String> names, String loadId) {
    return names.stream()
        .filter(name ->
            transaction.update(
                    """
                    INSERT INTO load_unknown_columns (dataset, name, first_load)
                    VALUES (?, ?, ?) ON CONFLICT DO NOTHING\
                    """,
                    dataset.toString(),
                    name,
                    loadId)
                > 0)
        .toList();
  }
}
