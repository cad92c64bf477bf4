package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.storage.ObjectStore;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * The Iceberg tables of all datasets and of the stored results of views: two warehouses, a catalog
 * of tables for each, and one for results. Thread-safe; several processes may share database and
 * stores.
 *
 * <p>A dataset's files lie below {@code <schema>/<name>/data} and {@code …/metadata} of each store,
 * those of a view's result below {@code materialized-views/<schema>/<name>/…} of the ordinary one.
 */
public final class Lake implements AutoCloseable {

  private final MetadataDatabase database;
  private final Map<Side, LakeCatalog> catalogs;
  private final LakeCatalog results;
  private final Map<QualifiedName, ReentrantLock> committing = new ConcurrentHashMap<>();
  private final Map<QualifiedName, ReentrantLock> storing = new ConcurrentHashMap<>();

  private Lake(MetadataDatabase database, Map<Side, LakeCatalog> catalogs, LakeCatalog results) {
    this.database = database;
    this.catalogs = catalogs;
    this.results = results;
  }

  /**
   * Opens the catalogs, making their tables in the database if absent. The caller closes the lake.
   *
   * @param catalog a file of its own, when it is SQLite
   * @param data the root of ordinary tables
   * @param vault the root of vault tables, which holds identifiers, in its metadata too
   * @throws io.sightglass.engine.EngineException {@code STORE_UNAVAILABLE}
   */
  public static Lake open(DatabaseSettings catalog, ObjectStore data, ObjectStore vault) {
    MetadataDatabase database = MetadataDatabase.openAsItIs(catalog);
    Map<Side, LakeCatalog> catalogs = new EnumMap<>(Side.class);
    try {
      catalogs.put(Side.ORDINARY, LakeCatalog.open(Side.ORDINARY, catalog, database, data));
      catalogs.put(Side.VAULT, LakeCatalog.open(Side.VAULT, catalog, database, vault));
      return new Lake(database, catalogs, LakeCatalog.openResults(catalog, database, data));
    } catch (RuntimeException e) {
      catalogs.values().forEach(LakeCatalog::close);
      database.close();
      throw e;
    }
  }

  /**
   * Makes the tables of {@code dataset}, or brings them to what its contract says now.
   *
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when a column's type cannot
   *     become what the contract says; {@code INVALID_REQUEST} for a partition that its column
   *     cannot have
   */
  public LakeTable ensure(Dataset dataset) {
    return ensure(dataset, true);
  }

  /**
   * The same for whoever may know an earlier contract than the tables follow by now, such as
   * another replica's: columns are added, and none is made anew.
   *
   * @throws io.sightglass.engine.EngineException {@code STORE_UNAVAILABLE} when the protection of a
   *     column is another than the contract says; else as {@link #ensure}
   */
  public LakeTable follow(Dataset dataset) {
    return ensure(dataset, false);
  }

  /**
   * Refuses a contract that the tables cannot follow; changes nothing.
   *
   * @throws io.sightglass.engine.EngineException as {@link #ensure}
   */
  public void check(Dataset dataset) {
    for (Side side : Side.values()) {
      evolution(dataset, side).check();
    }
    evolution(dataset, Side.ORDINARY)
        .checkRemade(dataset, catalog(Side.VAULT).find(dataset.name()));
  }

  private TableEvolution evolution(Dataset dataset, Side side) {
    return new TableEvolution(catalog(side), dataset.name(), TableShape.of(dataset, side), true);
  }

  private LakeTable ensure(Dataset dataset, boolean remakes) {
    // The vault first: an ordinary table whose identifiers have no place must not come to be.
    LakeSide vault =
        dataset.directColumns().isEmpty()
            ? new LakeSide(catalog(Side.VAULT), dataset.name())
            : side(dataset, Side.VAULT, remakes);
    return table(dataset, side(dataset, Side.ORDINARY, remakes), vault);
  }

  private LakeTable table(Dataset dataset, LakeSide ordinary, LakeSide vault) {
    return new LakeTable(
        dataset,
        ordinary,
        vault,
        committing.computeIfAbsent(dataset.name(), name -> new ReentrantLock(true)));
  }

  /**
   * The tables of {@code dataset} as they are, whatever protection its contract says: for work that
   * may have read the contract before it changed, and must not bring an earlier one back. Only what
   * is not there yet is made, as by {@link #ensure}.
   *
   * @throws io.sightglass.engine.EngineException as {@link #ensure}
   */
  public LakeTable asItIs(Dataset dataset) {
    Optional<LakeSide> ordinary = sideAsItIs(dataset, Side.ORDINARY);
    Optional<LakeSide> vault = sideAsItIs(dataset, Side.VAULT);
    return ordinary.isEmpty() || vault.isEmpty()
        ? ensure(dataset)
        : table(dataset, ordinary.get(), vault.get());
  }

  /** Empty when the table, or a column of the contract, is not there yet. */
  private Optional<LakeSide> sideAsItIs(Dataset dataset, Side side) {
    LakeCatalog catalog = catalog(side);
    Optional<Table> table = catalog.find(dataset.name());
    if (table.isEmpty() && side == Side.VAULT && dataset.directColumns().isEmpty()) {
      return Optional.of(new LakeSide(catalog, dataset.name()));
    }
    return table
        .filter(one ->
            TableShape.of(dataset, side).columns().stream()
                .allMatch(column -> one.schema().asStruct().field(column.name()) != null))
        .map(one -> new LakeSide(catalog, dataset.name(), TableShape.of(one), one));
  }

  /**
   * Makes the table of a view's result, or brings it to what the view is now.
   *
   * @param result the view's name and columns as they are stored; it has no vault
   */
  public LakeTable ensureResult(Dataset result) {
    TableShape shape = TableShape.ofResult(result);
    LakeSide side =
        new LakeSide(
            results,
            result.name(),
            shape,
            new TableEvolution(results, result.name(), shape, true).run());
    return new LakeTable(
        result,
        side,
        LakeSide.none(results, result.name()),
        storing.computeIfAbsent(result.name(), name -> new ReentrantLock(true)));
  }

  private LakeSide side(Dataset dataset, Side side, boolean remakes) {
    TableShape shape = TableShape.of(dataset, side);
    return new LakeSide(
        catalog(side),
        dataset.name(),
        shape,
        new TableEvolution(catalog(side), dataset.name(), shape, remakes).run());
  }

  /**
   * The columns of which a dataset's tables keep pseudonyms, and the vault the values, although the
   * contract no longer names them.
   */
  public List<Column> formerPseudonyms(Dataset dataset) {
    Optional<Table> vault = catalog(Side.VAULT).find(dataset.name());
    Optional<Table> ordinary = catalog(Side.ORDINARY).find(dataset.name());
    if (vault.isEmpty() || ordinary.isEmpty()) {
      return List.of();
    }
    List<Column> former = new ArrayList<>();
    for (TableShape.WantedColumn column : TableShape.of(ordinary.get()).columns()) {
      @Nullable String domain = TableShape.domain(column.protection());
      Types.NestedField field = vault.get().schema().asStruct().field(column.name());
      if (domain != null && field != null && dataset.findColumn(column.name()).isEmpty()) {
        former.add(
            new Column(
                column.name(),
                IcebergTypes.of(field.type()),
                Sensitivity.DIRECT,
                Mask.PSEUDONYM,
                domain,
                List.of(),
                TextFormat.DEFAULT,
                Column.Constraints.NONE,
                column.description()));
      }
    }
    return former;
  }

  /** The names of all datasets that have a table, also those without a contract by now. */
  public List<QualifiedName> names() {
    return catalog(Side.ORDINARY).names();
  }

  /** The folders of all tables of a side's store, those of views' results too. */
  public List<TableFolder> folders(Side side) {
    Stream<LakeCatalog> ofStore =
        switch (side) {
          case ORDINARY -> Stream.of(catalog(Side.ORDINARY), results);
          case VAULT -> Stream.of(catalog(Side.VAULT));
        };
    return ofStore
        .flatMap(catalog -> catalog.names().stream().map(name -> new TableFolder(catalog, name)))
        .toList();
  }

  /**
   * Enters a table into a catalog, from metadata that lies in the store already. Nothing happens
   * when the catalog has a table of that name.
   *
   * @param catalog its name, as {@link TableFolder.Pinned} says
   */
  public void adopt(Side side, String catalog, QualifiedName table, String metadataKey) {
    LakeCatalog into =
        side == Side.ORDINARY && catalog.equals(results.name()) ? results : catalog(side);
    if (!catalog.equals(into.name())) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "Catalog \"%s\" for a table; allowed: data, vault, views".formatted(catalog));
    }
    into.adopt(table, metadataKey);
  }

  /**
   * Where a side's store is, and where it was when its tables were written, the newest first.
   *
   * @return as URIs
   */
  public List<String> roots(Side side) {
    return catalog(side).files().roots();
  }

  /**
   * Lets metadata that was written elsewhere name files of this store.
   *
   * @param roots of the stores that it was written in; the store's own is no matter
   */
  public void rememberRoots(Side side, List<String> roots) {
    catalog(side).files().rememberRoots(roots);
  }

  /** The store of a side. */
  public ObjectStore store(Side side) {
    return catalog(side).store();
  }

  @Override
  public void close() {
    results.close();
    catalogs.values().forEach(LakeCatalog::close);
    database.close();
  }

  private LakeCatalog catalog(Side side) {
    return Optional.ofNullable(catalogs.get(side)).orElseThrow();
  }
}
