package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.landing.Placements;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lets the source, date and slot of every load in the ledger be those of its contract of today, so
 * that what an object brought under another contract is found, and replaced, where it belongs now.
 * A load whose object no source names any more keeps what it had. Thread-safe.
 */
public final class LedgerPlaces {

  private final MetadataDatabase database;

  public LedgerPlaces(MetadataDatabase database) {
    this.database = database;
  }

  /** By what the loads of each dataset are placed, by its name; for {@link #follow}. */
  public Map<String, String> known() {
    Map<String, String> known = new HashMap<>();
    var _ =
        database.read(transaction ->
            transaction.list(
                "SELECT dataset, placed_by FROM load_scan WHERE placed_by IS NOT NULL",
                row -> known.put(row.text("dataset"), row.text("placed_by"))));
    return known;
  }

  /**
   * Places the loads of a dataset anew where another contract placed them.
   *
   * @param known as {@link #known} told
   */
  public void follow(Dataset dataset, Map<String, String> known) {
    String rules = rules(dataset);
    if (!rules.equals(known.get(dataset.name().toString()))) {
      database.inTransaction(transaction -> {
        follow(transaction, dataset, rules);
        return null;
      });
    }
  }

  /** All of a contract that says where an object belongs. */
  private static String rules(Dataset dataset) {
    Dataset.Control control = dataset.control();
    Dataset.Parts parts = dataset.parts();
    return Stream.of(
            Stream.of(dataset.load().name()),
            dataset.sources().stream().map(Source::path),
            Stream.ofNullable(control).map(file -> "control " + file.path()),
            Stream.ofNullable(parts == null ? null : parts.done()).map(file -> "done " + file))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n"));
  }

  private static void follow(Transaction transaction, Dataset dataset, String rules) {
    String name = dataset.name().toString();
    // Who scans, or places, at the same time waits for this.
    transaction.update(
        """
        INSERT INTO load_scan (dataset, scans, placed_by) VALUES (?, 0, ?)
        ON CONFLICT (dataset) DO UPDATE SET placed_by = excluded.placed_by\
        """,
        name,
        rules);
    Placements placements = new Placements(dataset);
    List<LedgerEntry> entries =
        transaction.list("SELECT * FROM loads WHERE dataset = ?", LedgerRows::entry, name);
    for (LedgerEntry entry : entries) {
      placements
          .find(entry.load().source())
          .map(entry::at)
          .filter(placed -> !Objects.equals(placed, entry))
          .ifPresent(placed -> put(transaction, placed));
    }
  }

  /** Stores the place of a load. */
  public void put(LedgerEntry placed) {
    database.inTransaction(transaction -> {
      put(transaction, placed);
      return null;
    });
  }

  /** Writes where a load belongs by the contract now. */
  public static void put(Transaction transaction, LedgerEntry placed) {
    transaction.update(
        "UPDATE loads SET source_number = ?, file_date = ?, slot = ? WHERE id = ?",
        placed.sourceNumber(),
        placed.load().fileDate(),
        placed.slot(),
        placed.id());
  }
}
