package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.MetadataDatabase;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * Reads and swaps the pointer to one table's metadata, in the tables of Iceberg's {@code
 * JdbcCatalog} (schema V1). Used by one thread.
 *
 * <p>Iceberg's own repeats a swap whose answer was lost, takes the repetition's failure for a
 * failure of both, and then deletes files that belong to the table; and it waits up to ten minutes
 * for a metadata file that cannot be read. This one sends a swap once; without an answer it looks
 * whether the swap has happened, and says so when it cannot tell.
 */
final class CatalogTableOperations extends BaseMetastoreTableOperations {

  private static final String THIS_TABLE =
      " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?";

  private final MetadataDatabase database;
  private final FileIO files;
  private final Map<TableIdentifier, TableMetadata> parsed;
  private final String catalog;
  private final TableIdentifier table;

  /**
   * Operations on one table.
   *
   * @param parsed the last metadata of each table that anybody has read, kept by all operations
   */
  CatalogTableOperations(
      MetadataDatabase database,
      FileIO files,
      Map<TableIdentifier, TableMetadata> parsed,
      String catalog,
      TableIdentifier table) {
    this.database = database;
    this.files = files;
    this.parsed = parsed;
    this.catalog = catalog;
    this.table = table;
  }

  @Override
  protected String tableName() {
    return catalog + "." + table;
  }

  @Override
  public FileIO io() {
    return files;
  }

  @Override
  protected void doRefresh() {
    Optional<Pointer> pointer = findPointer();
    if (pointer.isEmpty()) {
      if (currentMetadataLocation() != null) {
        throw new NoSuchTableException("Table %s has gone from its catalog", tableName());
      }
      disableRefresh();
      return;
    }
    refreshFromMetadataLocation(pointer.get().location(), failure -> false, 0, this::metadata);
  }

  private TableMetadata metadata(String location) {
    TableMetadata last = parsed.get(table);
    if (last != null && location.equals(last.metadataFileLocation())) {
      return last;
    }
    TableMetadata read = TableMetadataParser.read(files, location);
    parsed.put(table, read);
    return read;
  }

  @Override
  protected void doCommit(@Nullable TableMetadata base, TableMetadata metadata) {
    String next = writeNewMetadata(metadata, currentVersion() + 1);
    if (base == null) {
      insert(next);
    } else {
      swap(base.metadataFileLocation(), next);
    }
  }

  private void insert(String location) {
    try {
      database.inTransaction(transaction ->
          transaction.update(
              "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name,"
                  + " metadata_location, previous_metadata_location, iceberg_type)"
                  + " VALUES (?, ?, ?, ?, NULL, 'TABLE')",
              catalog,
              namespace(),
              table.name(),
              location));
    } catch (EngineException e) {
      if (e.code() == ErrorCode.CONFLICT) {
        throw new AlreadyExistsException(e, "Table %s exists already", tableName());
      }
      findOut(location, e);
    }
  }

  private void swap(String expected, String next) {
    int swapped;
    try {
      swapped =
          database.inTransaction(transaction ->
              transaction.update(
                  "UPDATE iceberg_tables SET metadata_location = ?,"
                      + " previous_metadata_location = ?"
                      + THIS_TABLE
                      + " AND metadata_location = ?",
                  next,
                  expected,
                  catalog,
                  namespace(),
                  table.name(),
                  expected));
    } catch (EngineException e) {
      findOut(next, e);
      return;
    }
    if (swapped != 1) {
      throw new CommitFailedException("Table %s has changed meanwhile", tableName());
    }
  }

  /** Returns when the swap to {@code next} has happened though no answer came. */
  private void findOut(String next, EngineException lost) {
    Optional<Pointer> pointer;
    try {
      pointer = findPointer();
    } catch (EngineException e) {
      lost.addSuppressed(e);
      throw new CommitStateUnknownException(lost);
    }
    if (pointer.filter(found -> found.isOrWas(next)).isEmpty()) {
      // The swap may still be on its way: only a later look can tell.
      throw new CommitStateUnknownException(lost);
    }
  }

  private record Pointer(String location, @Nullable String previous) {
    boolean isOrWas(String wanted) {
      return wanted.equals(location) || wanted.equals(previous);
    }
  }

  private Optional<Pointer> findPointer() {
    return database.read(transaction ->
        transaction.find(
            "SELECT metadata_location, previous_metadata_location FROM iceberg_tables" + THIS_TABLE,
            row ->
                new Pointer(
                    row.text("metadata_location"), row.textOrNull("previous_metadata_location")),
            catalog,
            namespace(),
            table.name()));
  }

  private String namespace() {
    return table.namespace().toString();
  }
}
