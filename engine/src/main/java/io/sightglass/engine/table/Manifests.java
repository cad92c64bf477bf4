package io.sightglass.engine.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Types;

/**
 * What manifests say, remembered: one never changes, and most snapshots share most of theirs.
 * Thread-safe.
 */
final class Manifests {

  /** The most files whose statistics are remembered; the memory is given back when it is short. */
  private static final int KNOWN_FILES = 50_000;

  /** A partition's values have the types that their columns had when the manifest was read. */
  private record Known(String path, Types.StructType partition) {}

  private final Cache<Known, List<DataFile>> known =
      Caffeine.newBuilder()
          .maximumWeight(KNOWN_FILES)
          .weigher((Known manifest, List<DataFile> files) -> files.size() + 1)
          .softValues()
          .build();

  private final FileIO store;

  Manifests(FileIO store) {
    this.store = store;
  }

  /**
   * The files of a manifest, with their statistics.
   *
   * @param specs of its table, by their identifiers
   * @throws EngineException {@code STORE_UNAVAILABLE}
   */
  List<DataFile> files(ManifestFile manifest, Map<Integer, PartitionSpec> specs) {
    PartitionSpec spec = Objects.requireNonNull(specs.get(manifest.partitionSpecId()));
    return known.get(
        new Known(manifest.path(), spec.partitionType()), path -> read(manifest, specs));
  }

  private List<DataFile> read(ManifestFile manifest, Map<Integer, PartitionSpec> specs) {
    List<DataFile> files = new ArrayList<>();
    try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, store, specs)) {
      reader.forEach(files::add);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A table's metadata cannot be read", e);
    }
    return List.copyOf(files);
  }
}
