package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Row;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.ingest.landing.LoadSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads loads from the ledger's tables. */
final class LedgerRows {

  private LedgerRows() {}

  /** A load with all that there is about it. */
  static LedgerEntry entry(Transaction transaction, Row row) {
    String id = row.text("id");
    return entry(row, attempts(transaction, id), notes(transaction, id));
  }

  /** A load without its attempts and notes, which take a query each. */
  static LedgerEntry entry(Row row) {
    return entry(row, List.of(), List.of());
  }

  private static LedgerEntry entry(Row row, List<Load.Attempt> attempts, List<Load.Note> notes) {
    String id = row.text("id");
    Load load =
        new Load(
            id,
            QualifiedName.parse(row.text("dataset")),
            source(row),
            Objects.requireNonNull(row.dateOrNull("file_date")),
            row.constant(Load.State.class, "state"),
            row.textOrNull("code"),
            row.textOrNull("reason"),
            attempts,
            counts(row),
            row.numberOrNull("snapshot_id"),
            row.instant("found_at"),
            row.instantOrNull("started_at"),
            row.instantOrNull("ended_at"),
            notes);
    String accepted = row.text("accepted");
    return new LedgerEntry(
        load,
        Math.toIntExact(row.number("source_number")),
        row.text("slot"),
        row.flag("again"),
        accepted.isEmpty() ? Set.of() : Set.of(accepted.split(",", -1)),
        row.textOrNull("identity"),
        row.textOrNull("same_as"),
        row.textOrNull("holder"));
  }

  static LoadSource source(Row row) {
    return new LoadSource(
        row.text("object_key"),
        row.text("etag"),
        row.textOrNull("version"),
        row.number("size"),
        row.instant("last_modified"),
        row.textOrNull("sha256"));
  }

  private static Load.@Nullable RowCounts counts(Row row) {
    Long read = row.numberOrNull("rows_read");
    return read == null
        ? null
        : new Load.RowCounts(
            read,
            row.number("rows_written"),
            row.number("rows_rejected"),
            row.number("rows_duplicate"),
            row.number("rows_filtered"));
  }

  static List<Load.Attempt> attempts(Transaction transaction, String id) {
    return transaction.list(
        "SELECT * FROM load_attempts WHERE load_id = ? ORDER BY number",
        row ->
            new Load.Attempt(
                row.instant("started_at"), row.instantOrNull("ended_at"), row.textOrNull("error")),
        id);
  }

  private static List<Load.Note> notes(Transaction transaction, String id) {
    return transaction.list(
        "SELECT * FROM load_notes WHERE load_id = ? ORDER BY number",
        row ->
            new Load.Note(
                row.instant("noted_at"),
                row.text("noted_by"),
                row.text("note"),
                row.textOrNull("link")),
        id);
  }
}
