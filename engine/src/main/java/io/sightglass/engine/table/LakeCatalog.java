package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.storage.ObjectStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.JdbcClientPool;

/**
 * Iceberg tables of one kind: a catalog called {@code data}, {@code vault} or {@code views}, which
 * other engines open as they open any {@code JdbcCatalog}. Thread-safe.
 */
final class LakeCatalog extends JdbcCatalog {

  /** Where stored results lie in the ordinary store: no schema may be called that. */
  private static final String RESULTS = "materialized-views/";

  private final String name;
  private final String folder;
  private final MetadataDatabase database;
  private final ObjectStore store;
  private final ObjectStoreFileIO files;
  private final Manifests manifests;
  private final Map<TableIdentifier, TableMetadata> parsed = new ConcurrentHashMap<>();

  private LakeCatalog(
      String name,
      String folder,
      MetadataDatabase database,
      ObjectStore store,
      ObjectStoreFileIO files) {
    super(
        properties -> files,
        properties -> new JdbcClientPool(properties.get("uri"), properties),
        true);
    this.name = name;
    this.folder = folder;
    this.database = database;
    this.store = store;
    this.files = files;
    this.manifests = new Manifests(files);
  }

  /** Opens the catalog of a side, making its tables in the database if absent. */
  static LakeCatalog open(
      Side side, DatabaseSettings settings, MetadataDatabase database, ObjectStore store) {
    return switch (side) {
      case ORDINARY -> open("data", "", settings, database, store);
      case VAULT -> open("vault", "", settings, database, store);
    };
  }

  /** Opens the catalog of the results of views, beside the ordinary tables. */
  boolean isOfResults() {
    return folder.equals(RESULTS);
  }

  static LakeCatalog openResults(
      DatabaseSettings settings, MetadataDatabase database, ObjectStore store) {
    return open("views", RESULTS, settings, database, store);
  }

  private static LakeCatalog open(
      String name,
      String folder,
      DatabaseSettings settings,
      MetadataDatabase database,
      ObjectStore store) {
    LakeCatalog catalog =
        new LakeCatalog(name, folder, database, store, new ObjectStoreFileIO(store));
    Map<String, String> properties = properties(settings, store, folder);
    try {
      catalog.initialize(name, properties);
    } catch (RuntimeException e) {
      try {
        catalog.initialize(name, properties); // another process may just have made the tables
      } catch (RuntimeException again) {
        again.addSuppressed(e);
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE, "The catalog of tables cannot be opened", again);
      }
    }
    return catalog;
  }

  private static Map<String, String> properties(
      DatabaseSettings settings, ObjectStore store, String folder) {
    Map<String, String> properties = new HashMap<>();
    properties.put("uri", settings.url());
    properties.put("warehouse", (store.uri() + "/" + folder).replaceFirst("/$", ""));
    properties.put("jdbc.schema-version", "V1");
    if (settings.isEmbedded()) {
      properties.put("jdbc.journal_mode", "WAL");
      properties.put("jdbc.busy_timeout", "20000");
    }
    if (settings.user() != null) {
      properties.put("jdbc.user", settings.user());
    }
    if (settings.password() != null) {
      properties.put("jdbc.password", settings.password());
    }
    return properties;
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new CatalogTableOperations(database, files, parsed, name, identifier);
  }

  /** The prefix of the keys of a table's files. */
  String folder(QualifiedName table) {
    return folder + table.schema() + "/" + table.name() + "/";
  }

  ObjectStore store() {
    return store;
  }

  /** What the manifests of all its tables say. */
  Manifests manifests() {
    return manifests;
  }

  ObjectStoreFileIO files() {
    return files;
  }

  /** The table as it is now, for one thread; empty when there is none. */
  Optional<Table> find(QualifiedName dataset) {
    TableIdentifier identifier = identifier(dataset);
    TableOperations operations = newTableOps(identifier);
    return operations.current() == null
        ? Optional.empty()
        : Optional.of(new BaseTable(operations, name + "." + dataset, report -> {}));
  }

  /** A table that comes into being when the transaction commits. */
  Transaction newTable(
      QualifiedName dataset, Schema schema, PartitionSpec spec, Map<String, String> properties) {
    ensureNamespace(dataset);
    return buildTable(identifier(dataset), schema)
        .withPartitionSpec(spec)
        .withProperties(properties)
        .createTransaction();
  }

  /** Enters a table whose metadata lies in the store; nothing happens when there is one. */
  void adopt(QualifiedName table, String metadataKey) {
    if (find(table).isEmpty()) {
      ensureNamespace(table);
      registerTable(identifier(table), files.location(metadataKey));
    }
  }

  private void ensureNamespace(QualifiedName table) {
    Namespace namespace = Namespace.of(table.schema());
    if (!namespaceExists(namespace)) {
      try {
        createNamespace(namespace);
      } catch (RuntimeException e) {
        if (!namespaceExists(namespace)) {
          throw e;
        }
      }
    }
  }

  /** The datasets that have a table here. */
  List<QualifiedName> names() {
    return listNamespaces().stream()
        .flatMap(namespace -> listTables(namespace).stream())
        .map(table -> new QualifiedName(table.namespace().level(0), table.name()))
        .sorted()
        .toList();
  }

  private static TableIdentifier identifier(QualifiedName dataset) {
    return TableIdentifier.of(Namespace.of(dataset.schema()), dataset.name());
  }
}
