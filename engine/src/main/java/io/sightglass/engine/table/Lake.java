package io.sightglass.engine.table;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.storage.ObjectStore;
import java.util.List;
import java.util.Optional;

/**
 * The Iceberg tables of all datasets: one catalog, two warehouses. Thread-safe; several processes
 * may share catalog and stores.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Lake implements AutoCloseable {

  private Lake() {}

  /**
   * Opens the catalog, making its tables if absent. The caller closes it.
   *
   * @param catalog of its own, when it is SQLite
   * @param data the root of ordinary tables
   * @param vault the root of vault tables, which holds identifiers, in its metadata too
   */
  public static Lake open(DatabaseSettings catalog, ObjectStore data, ObjectStore vault) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes the tables of {@code dataset}, or brings them to what its contract says now.
   *
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when a column's type cannot
   *     become what the contract says
   */
  public LakeTable ensure(Dataset dataset) {
    throw new UnsupportedOperationException();
  }

  /** The names of all datasets that have a table, also those without a contract by now. */
  public List<QualifiedName> names() {
    throw new UnsupportedOperationException();
  }

  /** The store of a side. */
  public ObjectStore store(Side side) {
    throw new UnsupportedOperationException();
  }

  /** Whether the dataset has tables. */
  public Optional<QualifiedName> find(QualifiedName name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
