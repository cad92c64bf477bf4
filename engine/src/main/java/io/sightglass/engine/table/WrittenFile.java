package io.sightglass.engine.table;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Parquet file that lies in the object store and waits for its commit: the result of {@link
 * LakeTable#upload}. Immutable; the meaning is that of {@link StagedFile}.
 *
 * @param key in the object store of its side; ends with the digest of the content
 * @param size in bytes
 */
public record WrittenFile(
    String key,
    long size,
    long rowCount,
    Map<String, Integer> fieldIds,
    Map<String, Map<String, String>> columnStatistics,
    Map<String, @Nullable String> partition) {

  public WrittenFile {
    fieldIds = Map.copyOf(fieldIds);
    columnStatistics = Map.copyOf(columnStatistics);
    partition = Collections.unmodifiableMap(new LinkedHashMap<>(partition));
  }
}
