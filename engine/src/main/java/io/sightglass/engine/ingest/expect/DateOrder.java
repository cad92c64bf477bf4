package io.sightglass.engine.ingest.expect;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.landing.DatedSources;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import java.util.Optional;

/**
 * Notices dates that come after later ones, and hours where each takes its own place; what is found
 * together is in order, whichever is loaded first. Immutable.
 */
public final class DateOrder {

  private final MetadataDatabase database;

  public DateOrder(MetadataDatabase database) {
    this.database = database;
  }

  /**
   * What is worth knowing about a load that is about to be noted as committed; empty for one in
   * order, for a date that comes once more, and for what somebody asked to load again.
   */
  public Optional<String> findNote(Dataset dataset, LedgerEntry entry) {
    DatedSources dated = DatedSources.of(dataset);
    if (entry.again() || !dated.isDated(entry.load().source().name())) {
      return Optional.empty();
    }
    return database
        .read(transaction -> findLater(transaction, dataset, dated, entry))
        .map(later -> "Out of order: %s came before".formatted(later));
  }

  private static Optional<String> findLater(
      Transaction transaction, Dataset dataset, DatedSources dated, LedgerEntry entry) {
    boolean hasSlots = dataset.load() == LoadMode.REPLACE_DATE;
    String column = hasSlots ? "slot" : "file_date";
    String place = hasSlots ? entry.slot() : entry.load().fileDate().toString();
    Optional<String> later =
        transaction
            .list(
                """
                SELECT %1$s AS place, object_key FROM loads WHERE dataset = ? AND %1$s > ?
                  AND state = 'COMMITTED' AND found_at < ? ORDER BY %1$s DESC\
                """
                    .formatted(column),
                row ->
                    dated.isDated(row.text("object_key"))
                        ? Optional.of(row.text("place"))
                        : Optional.<String>empty(),
                dataset.name().toString(),
                place,
                entry.load().foundAt())
            .stream()
            .flatMap(Optional::stream)
            .findFirst();
    return later.filter(newest ->
        transaction
            .find(
                """
                SELECT id FROM loads WHERE dataset = ? AND %s = ? AND state = 'COMMITTED' LIMIT 1\
                """
                    .formatted(column),
                row -> row.text("id"),
                dataset.name().toString(),
                place)
            .isEmpty());
  }
}
