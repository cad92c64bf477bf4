package io.sightglass.engine.ingest.merge;

import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.RowMerge;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import java.util.Set;

/**
 * What {@code upsert} does to the rows that a table holds: of each key the newest stays, of equally
 * new ones that of the later object. Immutable.
 *
 * <p>Rows that give way are taken out by writing the files that hold them anew, on both sides, in
 * the commit that brings the newer ones: readers open whole files and apply no deletes.
 */
public final class Upsert {

  private final LoadStores stores;
  private final Ledger ledger;
  private final LakeTable table;
  private final LedgerEntry entry;

  public Upsert(LoadStores stores, Ledger ledger, LakeTable table, LedgerEntry entry) {
    this.stores = stores;
    this.ledger = ledger;
    this.table = table;
    this.entry = entry;
  }

  /** Drops the rows of a load that are older than what the table holds, and says what goes. */
  public Replacement merge(LoadTable rows, Delivery.New delivery) {
    PairSnapshot base = delivery.base();
    if (base == null) {
      return new Replacement.Nothing();
    }
    Set<String> repeated =
        delivery.replaces() instanceof Replacement.Loads(Set<String> loadIds) ? loadIds : Set.of();
    RowMerge merge = new RowMerge(rows);
    merge.reset();
    try (StoredKeys stored = new StoredKeys(stores, table, base, rows)) {
      Set<String> loads =
          merge.merge(
              stored.newest(!repeated.isEmpty()), loadId -> winsTies(loadId, repeated), repeated);
      return loads.isEmpty() ? new Replacement.Nothing() : new Replacement.Rows(loads);
    }
  }

  /** Whether a stored row stays where a row of this load is as new. */
  private boolean winsTies(String loadId, Set<String> repeated) {
    if (repeated.contains(loadId)) {
      // The same row of the same content: nothing to write, unless that was asked for.
      return !entry.again();
    }
    return ledger.find(loadId).filter(entry::isOlderThan).isPresent();
  }
}
