package io.sightglass.engine.ingest.merge;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The keys that a table holds already: of rows delivered once more under {@code append}, nothing is
 * added. Used by one thread.
 */
public final class ExistingKeys {

  private final LoadStores stores;
  private final LakeTable table;
  private final Delivery.New delivery;

  public ExistingKeys(LoadStores stores, LakeTable table, Delivery.New delivery) {
    this.stores = stores;
    this.table = table;
    this.delivery = delivery;
  }

  /** Drops the rows whose key the table holds at the snapshot decided on. */
  public void dropFrom(LoadTable rows) {
    Dataset dataset = table.dataset();
    PairSnapshot base = delivery.base();
    if (dataset.load() != LoadMode.APPEND || dataset.key().isEmpty() || base == null) {
      return;
    }
    List<Column> keys = rows.keyColumns();
    boolean inVault = keys.stream().anyMatch(Column::isDirect);
    boolean inOrdinary = !keys.stream().allMatch(Column::isDirect) || replaced().length() > 0;
    try (StoredKeys stored = new StoredKeys(stores, table, base, rows)) {
      String columns =
          keys.stream()
              .map(key -> (key.isDirect() ? "vault." : "ordinary.") + name(key.name()))
              .collect(Collectors.joining(", "));
      rows.dropExisting(
          "SELECT %s FROM %s%s"
              .formatted(columns, stored.joined(inOrdinary, inVault, false), replaced()));
    }
  }

  /** Rows that go in the same commit hold no key back. */
  private String replaced() {
    return switch (delivery.replaces()) {
      case Replacement.Nothing() -> "";
      case Replacement.Everything() -> " WHERE false";
      case Replacement.Rows rows ->
          throw new IllegalStateException("rows go where keys are merged");
      case Replacement.Loads loads ->
          " WHERE ordinary.%s NOT IN (%s)"
              .formatted(
                  name(Dataset.LOAD_ID),
                  loads.loadIds().stream()
                      .map(id -> text(id))
                      .collect(Collectors.joining(", ", "'', ", "")));
    };
  }
}
