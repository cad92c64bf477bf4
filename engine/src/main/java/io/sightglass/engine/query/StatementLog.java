package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of every statement, which is the audit. Thread-safe.
 *
 * <p>A single writer commits together all records that wait, so that a statement costs far less
 * than a commit of its own.
 */
public final class StatementLog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StatementLog.class);

  private final MetadataDatabase database;
  private final InstantSource clock;
  private final Leases leases;
  private final GroupCommit writer;

  /**
   * Opens the log and closes what crashes have left open.
   *
   * @param leases who of the processes that share the database is alive
   */
  public StatementLog(Leases leases, InstantSource clock) {
    this.database = leases.database();
    this.leases = leases;
    this.clock = clock;
    closeAbandoned();
    this.writer = new GroupCommit(database);
  }

  /** Closes, as FAILED, the statements of processes that have died. */
  public void closeAbandoned() {
    // First what is open, then who lives: whoever has begun meanwhile is among those.
    List<String> open =
        database.read(transaction ->
            transaction.list(
                "SELECT DISTINCT holder FROM statement WHERE state IN ('QUEUED', 'RUNNING')",
                row -> row.text("holder")));
    Set<String> living = open.isEmpty() ? Set.of() : leases.living();
    for (String dead : open.stream().filter(one -> !living.contains(one)).toList()) {
      int left =
          database.inTransaction(transaction ->
              transaction.update(
                  "UPDATE statement SET state = ?, ended_at = ?, error_code = ?, error_detail = ?"
                      + " WHERE holder = ? AND state IN ('QUEUED', 'RUNNING')",
                  StatementState.FAILED,
                  clock.instant(),
                  ErrorCode.INTERNAL,
                  "The service stopped while the statement ran",
                  dead));
      LOG.warn("{} statements were cut off by a stop of the service", left);
    }
  }

  /**
   * Which records to list.
   *
   * @param user whose; null: everybody's
   * @param state null: any
   * @param since submitted at or after; null: any
   * @param cursor {@link Page#next} of the page before; null: the first page
   */
  public record Filter(
      @Nullable String user,
      @Nullable StatementState state,
      @Nullable Instant since,
      int limit,
      @Nullable String cursor) {}

  /**
   * Records, the newest first.
   *
   * @param next where the next page begins; null at the end
   */
  public record Page(List<StatementRecord> items, @Nullable String next) {}

  /** Writes a new record; the future completes when it is durable. */
  CompletableFuture<Void> begin(StatementRecord statement) {
    return writer.submit(transaction -> insert(transaction, statement));
  }

  /** Notes that it runs now. */
  CompletableFuture<Void> start(String id) {
    Instant now = clock.instant();
    return writer.submit(transaction ->
        transaction.update(
            "UPDATE statement SET state = ?, started_at = ? WHERE id = ? AND state = ?",
            StatementState.RUNNING,
            now,
            id,
            StatementState.QUEUED));
  }

  /** Writes a record's last state, once. */
  CompletableFuture<Void> end(String id, Ending ending) {
    Instant now = clock.instant();
    return writer.submit(transaction ->
        transaction.update(
            "UPDATE statement SET state = ?, ended_at = ?, row_count = ?, bytes = ?, digest ="
                + " ?, error_code = ?, error_detail = ? WHERE id = ? AND ended_at IS NULL",
            ending.state,
            now,
            ending.rows,
            ending.bytes,
            ending.digest,
            ending.errorCode,
            ending.errorDetail,
            id));
  }

  /** How a statement ended. */
  record Ending(
      StatementState state,
      @Nullable Long rows,
      @Nullable Long bytes,
      @Nullable String digest,
      @Nullable ErrorCode errorCode,
      @Nullable String errorDetail) {}

  private void insert(Transaction transaction, StatementRecord statement) {
    transaction.update(
        "INSERT INTO statement (id, submitted_at, user_name, holder, text, hash, format, state,"
            + " decision, reason, views, tables, policy, identified, started_at, ended_at,"
            + " error_code, error_detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            + " ?, ?)",
        statement.id(),
        statement.submittedAt(),
        statement.user(),
        leases.holder(),
        statement.text(),
        statement.hash(),
        statement.format(),
        statement.state(),
        statement.decision(),
        statement.reason(),
        StatementJson.names(statement.views()),
        StatementJson.tables(statement.tables()),
        statement.policy() == null ? null : StatementJson.policy(statement.policy()),
        statement.identified(),
        statement.startedAt(),
        statement.endedAt(),
        statement.errorCode(),
        statement.errorDetail());
  }

  /**
   * Lists records.
   *
   * @throws EngineException {@code INVALID_REQUEST} for a cursor that no page gave
   */
  public Page list(Filter filter) {
    List<String> conditions = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    if (filter.user != null) {
      conditions.add("user_name = ?");
      values.add(filter.user);
    }
    if (filter.state != null) {
      conditions.add("state = ?");
      values.add(filter.state);
    }
    if (filter.since != null) {
      conditions.add("submitted_at >= ?");
      values.add(filter.since);
    }
    if (filter.cursor != null) {
      Cursor after = Cursor.of(filter.cursor);
      conditions.add("(submitted_at < ? OR (submitted_at = ? AND id < ?))");
      values.add(after.submittedAt);
      values.add(after.submittedAt);
      values.add(after.id);
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    values.add(filter.limit + 1);
    List<StatementRecord> found =
        database.read(transaction ->
            transaction.list(
                "SELECT * FROM statement" + where + " ORDER BY submitted_at DESC, id DESC LIMIT ?",
                StatementJson::record,
                values.toArray()));
    if (found.size() <= filter.limit) {
      return new Page(found, null);
    }
    List<StatementRecord> items = found.subList(0, filter.limit);
    return new Page(List.copyOf(items), Cursor.after(items.getLast()).text());
  }

  /** When the oldest statement came that has not ended; empty when every one has. */
  public Optional<Instant> findOldestOpen() {
    return database.read(transaction ->
        transaction
            .list(
                "SELECT min(submitted_at) AS oldest FROM statement"
                    + " WHERE state IN ('QUEUED', 'RUNNING')",
                row -> Optional.ofNullable(row.instantOrNull("oldest")))
            .getFirst());
  }

  public Optional<StatementRecord> find(String id) {
    return database.read(transaction ->
        transaction.find("SELECT * FROM statement WHERE id = ?", StatementJson::record, id));
  }

  /** Where a page ended. */
  private record Cursor(long submittedAt, String id) {

    static Cursor after(StatementRecord last) {
      Instant at = last.submittedAt();
      return new Cursor(at.getEpochSecond() * 1_000_000 + at.getNano() / 1000, last.id());
    }

    static Cursor of(String text) {
      int dot = text.indexOf('.');
      try {
        return new Cursor(
            Long.parseLong(text.substring(0, Math.max(0, dot))), text.substring(dot + 1));
      } catch (NumberFormatException e) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST, "Cursor: not one that a page gave as next", e);
      }
    }

    String text() {
      return submittedAt + "." + id;
    }
  }

  /** Writes what still waits, and ends the writer. */
  @Override
  public void close() {
    writer.close();
  }
}
