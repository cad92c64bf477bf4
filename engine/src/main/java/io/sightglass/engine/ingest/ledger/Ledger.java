package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.ingest.landing.LoadSource;
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
public final class Ledger {

  /** Loaded, or nothing new beside what is loaded. */
  private static final String HAS_COME =
      """
      (state = 'COMMITTED' OR (state = 'SKIPPED' AND (code = 'REPEATED'
        OR (code = 'OLDER' AND EXISTS (SELECT 1 FROM loads AS newer
          WHERE newer.dataset = loads.dataset AND newer.slot = loads.slot
            AND newer.state = 'COMMITTED')))))\
      """;

  private static final Pattern ID = Pattern.compile("[0-9a-z]{12,20}");

  private final MetadataDatabase database;
  private final LoadAlerts alerts;

  /**
   * A ledger.
   *
   * @param alerts is told of every load that ends, in the transaction that ends it
   */
  public Ledger(MetadataDatabase database, LoadAlerts alerts) {
    this.database = database;
    this.alerts = alerts;
  }

  /** Adds loads that the ledger does not have yet. */
  public void add(List<LedgerEntry> entries) {
    if (!entries.isEmpty()) {
      database.inTransaction(transaction -> {
        entries.forEach(entry -> LedgerStates.insert(transaction, entry));
        return null;
      });
    }
  }

  /**
   * Adds what a scan has found, but for what another process has found meanwhile.
   *
   * @return what was added
   */
  public List<LedgerEntry> addFound(QualifiedName dataset, List<LedgerEntry> entries) {
    return entries.isEmpty()
        ? entries
        : database.inTransaction(
            transaction -> LedgerStates.insertNew(transaction, dataset, entries));
  }

  /** Whether an object of a dataset was found before an instant. */
  public boolean hasBefore(QualifiedName dataset, Instant instant) {
    return !database
        .read(transaction ->
            transaction.list(
                "SELECT id FROM loads WHERE dataset = ? AND found_at < ? LIMIT 1",
                row -> row.text("id"),
                dataset.toString(),
                instant))
        .isEmpty();
  }

  /** The newest delivery of every object of a dataset. */
  public List<LoadSource> newestDeliveries(QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? ORDER BY found_at, id\
            """,
            LedgerRows::source,
            dataset.toString()));
  }

  /** One load; empty: there is none of that id. */
  public Optional<LedgerEntry> find(String id) {
    return database.read(transaction ->
        transaction.find(
            "SELECT * FROM loads WHERE id = ?", row -> LedgerRows.entry(transaction, row), id));
  }

  /** How often a load has begun. */
  public int attempts(String id) {
    return database.read(transaction -> LedgerRows.attempts(transaction, id)).size();
  }

  /** Without their attempts and notes. */
  public List<LedgerEntry> inState(Load.State state) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE state = ? ORDER BY found_at, id", LedgerRows::entry, state));
  }

  /** Whether something is FOUND that waits for nothing but somebody to run it. */
  public boolean hasWaiting() {
    return !database
        .read(transaction ->
            transaction.list(
                "SELECT id FROM loads WHERE state = 'FOUND' AND reason IS NULL LIMIT 1",
                row -> row.text("id")))
        .isEmpty();
  }

  /** What is loaded, or was, for a slot, the newest commit first. */
  public List<LedgerEntry> committed(QualifiedName dataset, String slot) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? AND slot = ? AND state = 'COMMITTED'
            ORDER BY coalesce(commit_number, 0) DESC, ended_at DESC, id DESC\
            """,
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            slot));
  }

  /** Deliveries for a slot that somebody has begun to load, however that ended. */
  public List<String> begun(QualifiedName dataset, String slot) {
    return database.read(transaction ->
        transaction.list(
            "SELECT id FROM loads WHERE dataset = ? AND slot = ? AND started_at IS NOT NULL",
            row -> row.text("id"),
            dataset.toString(),
            slot));
  }

  /** Deliveries of an object, by its name, that somebody has begun to load, however that ended. */
  public List<String> begun(LoadSource object, QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            "SELECT id FROM loads WHERE dataset = ? AND object_key = ? AND started_at IS NOT NULL",
            row -> row.text("id"),
            dataset.toString(),
            object.name()));
  }

  /** Every delivery for a slot, in the order in which they were found. */
  public List<LedgerEntry> ofSlot(QualifiedName dataset, String slot) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE dataset = ? AND slot = ? ORDER BY found_at, id",
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            slot));
  }

  /** Says what a FOUND load waits for. */
  public void explain(String id, String reason) {
    database.inTransaction(transaction ->
        transaction.update(
            "UPDATE loads SET reason = ? WHERE id = ? AND state = 'FOUND'", reason, id));
  }

  /** Deliveries that only repeated the content of a load. */
  public List<LedgerEntry> repeating(String id) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE same_as = ? AND state = 'SKIPPED'",
            row -> LedgerRows.entry(transaction, row),
            id));
  }

  /** Loads of the same identity, the newest commit first. */
  public List<LedgerEntry> committedIdentity(QualifiedName dataset, String identity) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT * FROM loads WHERE dataset = ? AND identity = ? AND state = 'COMMITTED'
            ORDER BY coalesce(commit_number, 0) DESC, ended_at DESC, id DESC\
            """,
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            identity));
  }

  /** The rows read by the last committed loads of a dataset, the newest first. */
  public List<Long> rowsRead(QualifiedName dataset, int limit) {
    return database.read(transaction ->
        transaction.list(
            """
            SELECT rows_read FROM loads WHERE dataset = ? AND state = 'COMMITTED'
            ORDER BY coalesce(commit_number, 0) DESC, ended_at DESC, id DESC LIMIT ?\
            """,
            row -> row.number("rows_read"),
            dataset.toString(),
            limit));
  }

  /**
   * What of a dataset has come.
   *
   * @param last when the last of it was found, not counting what was loaded again; null: nothing
   *     was
   */
  public record Arrivals(SortedSet<LocalDate> dates, @Nullable Instant last) {}

  /** The dates of every delivery that was loaded, or held nothing new. */
  public Arrivals arrivals(QualifiedName dataset) {
    SortedSet<LocalDate> dates = new TreeSet<>();
    List<Instant> finds = new ArrayList<>();
    var _ =
        database.read(transaction ->
            transaction.list(
                """
                SELECT file_date, max(CASE WHEN again THEN NULL ELSE found_at END) AS found
                FROM loads
                WHERE dataset = ? AND ended_at IS NOT NULL AND %s
                GROUP BY file_date\
                """
                    .formatted(HAS_COME),
                row -> {
                  dates.add(Objects.requireNonNull(row.dateOrNull("file_date")));
                  Instant found = row.instantOrNull("found");
                  return found != null && finds.add(found);
                },
                dataset.toString()));
    return new Arrivals(dates, finds.stream().max(Instant::compareTo).orElse(null));
  }

  /**
   * Deliveries of a dataset of which somebody has let something in, in the order of their arrival.
   */
  public List<LedgerEntry> letIn(QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE dataset = ? AND accepted <> '' ORDER BY found_at, id",
            LedgerRows::entry,
            dataset.toString()));
  }

  /** The objects of every delivery that was loaded, or held nothing new. */
  public List<LoadSource> arrivedObjects(QualifiedName dataset) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM loads WHERE dataset = ? AND " + HAS_COME,
            LedgerRows::source,
            dataset.toString()));
  }

  /**
   * The load that ended so last, and none after it has made up for it: is loaded, or repeats what
   * is.
   *
   * @param replaces whether any object of its slot does that was found later, or at once and is
   *     newer; else one of its name or its content. The same object does whenever it was found
   */
  static Optional<Load> findUnsettled(
      Transaction transaction, QualifiedName dataset, Load.State state, boolean replaces) {
    return transaction
        .find(
            """
            SELECT * FROM loads AS bad WHERE dataset = ? AND state = ?
              AND NOT EXISTS (SELECT 1 FROM loads AS good
                WHERE good.dataset = bad.dataset AND good.slot = bad.slot
                  AND (good.state = 'COMMITTED' OR good.same_as IS NOT NULL)
                  AND (good.found_at > bad.found_at %s
                    OR good.object_key = bad.object_key AND good.etag = bad.etag
                      AND good.ended_at > bad.ended_at))
            ORDER BY ended_at DESC, id DESC LIMIT 1\
            """
                .formatted(
                    replaces
                        ? "OR good.found_at = bad.found_at AND good.last_modified > bad.last_modified"
                        : "AND (good.object_key = bad.object_key OR good.identity = bad.identity)"),
            row -> LedgerRows.entry(transaction, row),
            dataset.toString(),
            state)
        .map(LedgerEntry::load);
  }

  /**
   * Loads that a filter lets through, the newest first.
   *
   * @param cursor of the page before; null: from the first
   */
  public Page<Load> list(LoadFilter filter, int limit, @Nullable String cursor) {
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

  /**
   * Takes a FOUND load for running, where the caller puts it; false when another was first.
   *
   * @param holder the process that runs it
   */
  public boolean begin(LedgerEntry entry, String holder, Instant now) {
    return database.inTransaction(transaction -> {
      boolean begun = LedgerStates.begin(transaction, entry.id(), holder, now);
      if (begun) {
        LedgerPlaces.put(transaction, entry);
      }
      return begun;
    });
  }

  /** Notes what the object's bytes are. */
  public void identify(String id, String sha256, String contentSha256, String identity) {
    database.inTransaction(transaction ->
        transaction.update(
            "UPDATE loads SET sha256 = ?, content_sha256 = ?, identity = ? WHERE id = ?",
            sha256,
            contentSha256,
            identity,
            id));
  }

  /**
   * Ends a load and its attempt, and tells people what is to be told of it.
   *
   * @param seen as the caller knows it
   * @return false when it is in another state by now, or another process's
   */
  public boolean end(LedgerEntry seen, LoadOutcome outcome, Instant now) {
    return database.inTransaction(transaction -> {
      boolean ended = LedgerStates.end(transaction, seen, outcome, now);
      if (ended) {
        tellEnd(transaction, seen.id());
      }
      return ended;
    });
  }

  private void tellEnd(Transaction transaction, String id) {
    transaction
        .find("SELECT * FROM loads WHERE id = ?", row -> LedgerRows.entry(transaction, row), id)
        .ifPresent(ended -> alerts.ended(transaction, ended.load()));
  }

  /**
   * Makes a load FOUND once more.
   *
   * @param seen as the caller knows it
   * @return false when it is in another state by now, or another process's
   */
  public boolean reopen(
      LedgerEntry seen, Set<String> accepted, @Nullable String error, Instant now) {
    return database.inTransaction(
        transaction -> LedgerStates.reopen(transaction, seen, accepted, error, now));
  }

  public void addNote(String id, Load.Note note) {
    database.inTransaction(transaction -> {
      // Who notes something at the same time waits for this.
      transaction.update("UPDATE loads SET id = id WHERE id = ?", id);
      return transaction.update(
          """
          INSERT INTO load_notes (load_id, number, noted_at, noted_by, note, link)
          SELECT ?, count(*) + 1, ?, ?, ?, ? FROM load_notes WHERE load_id = ?\
          """,
          id,
          note.at(),
          note.by(),
          note.text(),
          note.link(),
          id);
    });
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
