package io.sightglass.engine.ingest.merge;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The keys that a table holds at one snapshot, read from the files that may hold keys of a load:
 * identifiers from the vault, as they came, the other columns from the ordinary table. Used by one
 * thread; the caller closes it, which gives the files back to their cache.
 */
final class StoredKeys implements AutoCloseable {

  /** Types whose bounds read the same in the engine's text and in ISO form. */
  private static final Set<ColumnType> BOUNDED =
      Set.of(Scalar.INTEGER, Scalar.BIGINT, Scalar.DATE, Scalar.VARCHAR);

  private final LoadStores stores;
  private final LakeTable table;
  private final PairSnapshot base;
  private final LoadTable rows;
  private final List<FileCache.Lease> leases = new ArrayList<>();

  /**
   * The keys of a state.
   *
   * @throws EngineException {@code EXECUTION_FAILED} when columns of them wait for a rebuild: a key
   *     that is there would be taken for a new one
   */
  StoredKeys(LoadStores stores, LakeTable table, PairSnapshot base, LoadTable rows) {
    this.stores = stores;
    this.table = table;
    this.base = base;
    this.rows = rows;
    requireColumns();
  }

  private void requireColumns() {
    Set<String> waiting =
        table.waiting(base).values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    waiting.removeIf(one ->
        columns().stream().noneMatch(column -> column.name().equals(one) && !isInVault(column)));
    if (!waiting.isEmpty()) {
      throw new EngineException(
          ErrorCode.EXECUTION_FAILED,
          "Waits for maintain --rebuild: the protection of %s has changed, by which rows that are there already are found"
              .formatted(String.join(", ", new TreeSet<>(waiting))));
    }
  }

  /** Whether the vault has had every value of a column since it identifies. */
  private boolean isInVault(Column column) {
    return column.isDirect()
        && table.formerColumns(Side.ORDINARY).stream()
            .noneMatch(former -> former.plain() && former.name().equals(column.name()));
  }

  /** The key's, and {@code latest_by}. */
  private List<Column> columns() {
    List<Column> columns = new ArrayList<>(rows.keyColumns());
    String latest = table.dataset().latestBy();
    if (latest != null && !table.dataset().key().contains(latest)) {
      columns.add(table.dataset().findColumn(latest).orElseThrow());
    }
    return columns;
  }

  /**
   * A query of the key's columns, {@code latest_by} and {@code _row_key}.
   *
   * @param everyKey whether keys that the load does not have are wanted, too
   */
  String newest(boolean everyKey) {
    List<Column> columns = columns();
    boolean inVault = columns.stream().anyMatch(Column::isDirect);
    boolean inOrdinary = !columns.stream().allMatch(Column::isDirect);
    String selected =
        columns.stream()
            .map(column -> (column.isDirect() ? "vault." : "ordinary.") + name(column.name()))
            .collect(Collectors.joining(", "));
    return "SELECT %s, %s FROM %s"
        .formatted(selected, name(Dataset.ROW_KEY), joined(inOrdinary, inVault, everyKey));
  }

  /** The two sides, as {@code ordinary} and {@code vault}, joined where both are wanted. */
  String joined(boolean ordinary, boolean vault, boolean everyKey) {
    List<String> relations = new ArrayList<>();
    if (ordinary) {
      relations.add(relation(Side.ORDINARY, everyKey) + " AS ordinary");
    }
    if (vault) {
      relations.add(relation(Side.VAULT, everyKey) + " AS vault");
    }
    return relations.size() == 1
        ? relations.getFirst()
        : "%s JOIN %s USING (%s)"
            .formatted(relations.get(0), relations.get(1), name(Dataset.ROW_KEY));
  }

  private String relation(Side side, boolean everyKey) {
    List<DataFile> files =
        everyKey ? table.plan(base, side, new ScanFilter.All()) : filesOfKeys(side);
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

  private List<DataFile> filesOfKeys(Side side) {
    List<Column> keys = rows.keyColumns();
    List<DataFile> files = table.plan(base, side, filter(side, keys));
    boolean isIndexed =
        side == Side.ORDINARY
            && keys.stream().allMatch(key -> !key.isDirect() && BOUNDED.contains(key.type()));
    if (keys.stream().anyMatch(Column::isDirect)) {
      KeyIndex.remove(stores.keyFolder(), table.dataset().name());
    }
    return isIndexed
        ? new KeyIndex(stores.keyFolder(), stores.files(side), table, rows)
            .narrow(files, table.plan(base, side, new ScanFilter.All()))
        : files;
  }

  /** Only files whose keys may meet the load's; by the keys that are stored as they came. */
  private ScanFilter filter(Side side, List<Column> keys) {
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

  @Override
  public void close() {
    leases.forEach(FileCache.Lease::close);
  }
}
