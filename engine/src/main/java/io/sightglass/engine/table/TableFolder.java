package io.sightglass.engine.table;

import io.sightglass.engine.QualifiedName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/**
 * The part of a store that belongs to one table, whether a contract names it or not. Thread-safe;
 * each call reads the table anew.
 */
public final class TableFolder {

  private final LakeCatalog catalog;
  private final QualifiedName name;

  TableFolder(LakeCatalog catalog, QualifiedName name) {
    this.catalog = catalog;
    this.name = name;
  }

  /** The table's name in its catalog. */
  public QualifiedName name() {
    return name;
  }

  /** Whether it is the table of a view's result. */
  public boolean isResult() {
    return catalog.isOfResults();
  }

  /** What every key of the table begins with; ends with a slash. */
  public String prefix() {
    return catalog.folder(name);
  }

  /** The keys of all files that the table needs, for any state that it still knows. */
  public Set<String> referenced() {
    Set<String> keys = new HashSet<>();
    for (Table table : find().stream().toList()) {
      new FileReferences(table).all().forEach(location -> keys.add(catalog.files().key(location)));
    }
    return keys;
  }

  /** The data files of every state that the table still knows, each once. */
  public List<DataFile> dataFiles() {
    LakeSide side = new LakeSide(catalog, name);
    List<DataFile> files = new ArrayList<>();
    for (Table table : find().stream().toList()) {
      new FileReferences(table).dataFiles(snapshot -> true, file -> files.add(side.dataFile(file)));
    }
    return files;
  }

  /**
   * What the newest state says of itself, and what its files say together.
   *
   * @param told rows, as the commit counted them
   * @param listed rows of the files that it lists
   */
  public record Count(long told, long listed) {}

  /** The rows of the newest state; empty when there is none. */
  public Optional<Count> count() {
    Optional<Table> table = find();
    @Nullable Snapshot current = table.map(Table::currentSnapshot).orElse(null);
    if (table.isEmpty() || current == null) {
      return Optional.empty();
    }
    long[] listed = {0};
    new FileReferences(table.get())
        .dataFiles(
            snapshot -> snapshot.snapshotId() == current.snapshotId(),
            file -> listed[0] += file.recordCount());
    return Optional.of(new Count(Summaries.pair(current, null).rowCount(), listed[0]));
  }

  /**
   * One version of the table's metadata, which stays what it is whatever is committed.
   *
   * @param catalog the name of its catalog
   * @param metadataKey of the file that holds it
   * @param keys of every file that it needs, itself included
   */
  public record Pinned(String catalog, QualifiedName table, String metadataKey, Set<String> keys) {
    public Pinned {
      keys = Set.copyOf(keys);
    }
  }

  /**
   * The table as it is now; empty when it has gone.
   *
   * @throws io.sightglass.engine.EngineException {@code STORE_UNAVAILABLE}
   */
  public Optional<Pinned> pin() {
    return find()
        .map(table -> {
          String location =
              ((HasTableOperations) table).operations().current().metadataFileLocation();
          FileReferences references = new FileReferences(table);
          Set<String> keys = new HashSet<>();
          keys.add(catalog.files().key(location));
          references
              .ofSnapshots(snapshot -> true)
              .forEach(one -> keys.add(catalog.files().key(one)));
          return new Pinned(catalog.name(), name, catalog.files().key(location), keys);
        });
  }

  private Optional<Table> find() {
    return catalog.find(name);
  }
}
