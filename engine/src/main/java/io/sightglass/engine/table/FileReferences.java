package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;

/** The locations that a table refers to, by its metadata as it was loaded. Used by one thread. */
final class FileReferences {

  private final Table table;

  FileReferences(Table table) {
    this.table = table;
  }

  /** Lists, manifests and files of the snapshots that {@code which} admits. */
  Set<String> ofSnapshots(Predicate<Snapshot> which) {
    Set<String> locations = new HashSet<>();
    for (ManifestFile manifest : manifests(which, locations).values()) {
      locations.add(manifest.path());
      read(manifest, file -> locations.add(file.location()));
    }
    return locations;
  }

  /** The data files of the snapshots that {@code which} admits, each once. */
  void dataFiles(Predicate<Snapshot> which, Consumer<DataFile> told) {
    Set<String> seen = new HashSet<>();
    for (ManifestFile manifest : manifests(which, new HashSet<>()).values()) {
      read(
          manifest,
          file -> {
            if (file instanceof DataFile data && seen.add(file.location())) {
              told.accept(data.copyWithoutStats());
            }
          });
    }
  }

  /** Everything: of all snapshots, and the table's own metadata, the last versions of it too. */
  Set<String> all() {
    Set<String> locations = ofSnapshots(snapshot -> true);
    locations.addAll(ofMetadata());
    return locations;
  }

  /** The table's metadata, its last versions, and statistics. */
  Set<String> ofMetadata() {
    Set<String> locations = new HashSet<>(ReachableFileUtil.statisticsFilesLocations(table));
    TableMetadata metadata = ((HasTableOperations) table).operations().current();
    locations.add(metadata.metadataFileLocation());
    metadata.previousFiles().forEach(previous -> locations.add(previous.file()));
    return locations;
  }

  private Map<String, ManifestFile> manifests(Predicate<Snapshot> which, Set<String> lists) {
    Map<String, ManifestFile> manifests = new HashMap<>();
    for (Snapshot snapshot : table.snapshots()) {
      if (which.test(snapshot)) {
        if (snapshot.manifestListLocation() != null) {
          lists.add(snapshot.manifestListLocation());
        }
        snapshot.allManifests(table.io()).forEach(one -> manifests.putIfAbsent(one.path(), one));
      }
    }
    return manifests;
  }

  private void read(ManifestFile manifest, Consumer<ContentFile<?>> told) {
    try (ManifestReader<? extends ContentFile<?>> files =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, table.io(), table.specs())
            : ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
      for (ContentFile<?> file : files) {
        told.accept(file);
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A table's metadata cannot be read", e);
    }
  }
}
