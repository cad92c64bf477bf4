package io.sightglass.engine.ingest;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.dataset.Dataset;
import java.time.LocalDate;
import java.util.Optional;

/**
 * Notices dates that come after later ones; what is found together is in order, whichever is loaded
 * first. Immutable.
 */
final class DateOrder {

  private final MetadataDatabase database;

  DateOrder(MetadataDatabase database) {
    this.database = database;
  }

  /**
   * What is worth knowing about a load that is about to be noted as committed; empty for one in
   * order, for a date that comes once more, and for what somebody asked to load again.
   */
  Optional<String> findNote(Dataset dataset, LedgerEntry entry) {
    DatedSources dated = DatedSources.of(dataset);
    if (entry.again() || !dated.isDated(entry.load().source().name())) {
      return Optional.empty();
    }
    return database
        .read(transaction -> findLater(transaction, dated, entry))
        .map(later -> "Out of order: %s came before".formatted(later));
  }

  private static Optional<LocalDate> findLater(
      Transaction transaction, DatedSources dated, LedgerEntry entry) {
    String dataset = entry.load().dataset().toString();
    LocalDate date = entry.load().fileDate();
    Optional<LocalDate> later =
        transaction
            .list(
                """
                SELECT file_date, object_key FROM loads WHERE dataset = ? AND file_date > ?
                  AND state = 'COMMITTED' AND found_at < ? ORDER BY file_date DESC\
                """,
                row ->
                    dated.isDated(row.text("object_key"))
                        ? Optional.of(row.date("file_date"))
                        : Optional.<LocalDate>empty(),
                dataset,
                date,
                entry.load().foundAt())
            .stream()
            .flatMap(Optional::stream)
            .findFirst();
    return later.filter(newest ->
        transaction
            .find(
                """
                SELECT id FROM loads WHERE dataset = ? AND file_date = ? AND state = 'COMMITTED'
                LIMIT 1\
                """,
                row -> row.text("id"),
                dataset,
                date)
            .isEmpty());
  }
}
