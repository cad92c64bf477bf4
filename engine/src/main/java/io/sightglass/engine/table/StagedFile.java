package io.sightglass.engine.table;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Parquet file that DuckDB has just written, with what its {@code RETURN_STATS} said. Immutable.
 *
 * @param fieldIds under which the file has its columns, by name
 * @param columnStatistics by column as DuckDB spells it ({@code "a"."b"}), then by statistic
 * @param partition by name of the {@link PartitionColumn}; a null value is NULL
 */
public record StagedFile(
    Path path,
    long rowCount,
    Map<String, Integer> fieldIds,
    Map<String, Map<String, String>> columnStatistics,
    Map<String, @Nullable String> partition) {

  public StagedFile {
    fieldIds = Map.copyOf(fieldIds);
    columnStatistics = Map.copyOf(columnStatistics);
    partition = Collections.unmodifiableMap(new LinkedHashMap<>(partition));
  }
}
