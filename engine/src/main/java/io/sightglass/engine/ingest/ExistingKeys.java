package io.sightglass.engine.ingest;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys that a table holds already: of rows delivered once more under {@code append}, nothing is
 * added. Used by one thread.
 */
final class ExistingKeys {

  /** Types whose bounds read the same in the engine's text and in ISO form. */
  private static final Set<ColumnType> BOUNDED =
      Set.of(Scalar.INTEGER, Scalar.BIGINT, Scalar.DATE, Scalar.VARCHAR);

  private final LoadStores stores;
  private final LakeTable table;
  private final Delivery.New delivery;

  ExistingKeys(LoadStores stores, LakeTable table, Delivery.New delivery) {
    this.stores = stores;
    this.table = table;
    this.delivery = delivery;
  }

  /** Drops the rows whose key the table holds at the snapshot decided on. */
  void dropFrom(LoadTable rows) {
    Dataset dataset = table.dataset();
    PairSnapshot base = delivery.base();
    if (dataset.load() != LoadMode.APPEND || dataset.key().isEmpty() || base == null) {
      return;
    }
    List<Column> keys = rows.keyColumns();
    boolean inVault = keys.stream().anyMatch(Column::isDirect);
    boolean inOrdinary = !keys.stream().allMatch(Column::isDirect) || replaced().length() > 0;
    List<FileCache.Lease> leases = new ArrayList<>();
    try {
      List<String> relations = new ArrayList<>();
      if (inOrdinary) {
        relations.add(relation(Side.ORDINARY, base, keys, rows, leases) + " AS ordinary");
      }
      if (inVault) {
        relations.add(relation(Side.VAULT, base, keys, rows, leases) + " AS vault");
      }
      String columns =
          keys.stream()
              .map(key -> (key.isDirect() ? "vault." : "ordinary.") + name(key.name()))
              .collect(Collectors.joining(", "));
      String joined =
          relations.size() == 1
              ? relations.getFirst()
              : "%s JOIN %s USING (%s)"
                  .formatted(relations.get(0), relations.get(1), name(Dataset.ROW_KEY));
      rows.dropExisting("SELECT %s FROM %s%s".formatted(columns, joined, replaced()));
    } finally {
      leases.forEach(FileCache.Lease::close);
    }
  }

  /** Rows that go in the same commit hold no key back. */
  private String replaced() {
    return switch (delivery.replaces()) {
      case Replacement.Nothing() -> "";
      case Replacement.Everything() -> " WHERE false";
      case Replacement.Loads loads ->
          " WHERE ordinary.%s NOT IN (%s)"
              .formatted(
                  name(Dataset.LOAD_ID),
                  loads.loadIds().stream()
                      .map(id -> text(id))
                      .collect(Collectors.joining(", ", "'', ", "")));
    };
  }

  private String relation(
      Side side,
      PairSnapshot base,
      List<Column> keys,
      LoadTable rows,
      List<FileCache.Lease> leases) {
    List<DataFile> files = table.plan(base, side, filter(side, keys, rows));
    if (files.isEmpty()) {
      String none =
          table.columns(side).stream()
              .map(column ->
                  "CAST(NULL AS %s) AS %s".formatted(column.sqlType(), name(column.name())))
              .collect(Collectors.joining(", "));
      return "(SELECT %s WHERE false)".formatted(none);
    }
    FileCache.Lease lease =
        stores
            .files(side)
            .lease(
                files.stream()
                    .map(file -> new FileCache.WantedFile(file.key(), file.size(), file.sha256()))
                    .toList());
    leases.add(lease);
    return "read_parquet(%s, schema = %s)"
        .formatted(
            texts(lease.paths().stream().map(Path::toString).toList()), table.readSchema(side));
  }

  /** Only files whose keys may meet the load's; by the keys that are stored as they came. */
  private static ScanFilter filter(Side side, List<Column> keys, LoadTable rows) {
    List<ScanFilter> bounds = new ArrayList<>();
    for (Column key : keys) {
      if (key.isDirect() == (side == Side.VAULT) && BOUNDED.contains(key.type())) {
        List<String> range = rows.range(key.name());
        if (!range.isEmpty()) {
          bounds.add(
              new ScanFilter.Compare(
                  key.name(), ScanFilter.Operator.GREATER_OR_EQUAL, range.getFirst()));
          bounds.add(
              new ScanFilter.Compare(
                  key.name(), ScanFilter.Operator.LESS_OR_EQUAL, range.getLast()));
        }
      }
    }
    return bounds.isEmpty() ? new ScanFilter.All() : new ScanFilter.And(bounds);
  }
}
