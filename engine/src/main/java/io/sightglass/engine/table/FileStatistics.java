package io.sightglass.engine.table;

import io.sightglass.engine.dataset.Dataset;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.UnicodeUtil;
import org.jspecify.annotations.Nullable;

/**
 * DuckDB's {@code RETURN_STATS} as Iceberg's metrics.
 *
 * <p>Bounds are given only where they are sure: not for nested columns, DOUBLE (DuckDB says 0.0 for
 * -0.0), UUID, nor for texts that DuckDB itself has cut. Long texts are cut here, the upper bound
 * upwards; those of {@code _load_id} and {@code _row_key} are kept whole, for they tell exactly
 * whose rows a file holds.
 */
final class FileStatistics {

  private static final int TEXT_BOUND = 16;
  private static final Set<String> WHOLE = Set.of(Dataset.LOAD_ID, Dataset.ROW_KEY);

  private final Schema schema;
  private final Map<Integer, Long> sizes = new HashMap<>();
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> nulls = new HashMap<>();
  private final Map<Integer, Long> nans = new HashMap<>();
  private final Map<Integer, ByteBuffer> lower = new HashMap<>();
  private final Map<Integer, ByteBuffer> upper = new HashMap<>();

  private FileStatistics(Schema schema) {
    this.schema = schema;
  }

  static Metrics of(WrittenFile file, Schema schema) {
    FileStatistics statistics = new FileStatistics(schema);
    file.columnStatistics()
        .forEach((column, said) -> {
          String name = unquoted(column);
          Integer id = name == null ? null : file.fieldIds().get(name);
          if (id != null) {
            statistics.add(id, said);
          }
        });
    // Of a list or a struct nothing is said; that the file has it shall be known all the same.
    file.fieldIds().values().forEach(id -> statistics.values.putIfAbsent(id, file.rowCount()));
    return new Metrics(
        file.rowCount(),
        statistics.sizes,
        statistics.values,
        statistics.nulls,
        statistics.nans,
        statistics.lower,
        statistics.upper);
  }

  private void add(Integer id, Map<String, String> said) {
    number(said, "column_size_bytes", id, sizes);
    number(said, "num_values", id, values);
    number(said, "null_count", id, nulls);
    number(said, "nan_count", id, nans);
    Types.NestedField field = schema.findField(id);
    if (field != null) { // else of an earlier contract, and nobody asks by it
      bound(field, said, "min", false);
      bound(field, said, "max", true);
    }
  }

  private static void number(
      Map<String, String> said, String statistic, Integer id, Map<Integer, Long> into) {
    String text = said.get(statistic);
    if (text != null) {
      into.put(id, Long.valueOf(text));
    }
  }

  private void bound(
      Types.NestedField field, Map<String, String> said, String statistic, boolean isUpper) {
    String text = said.get(statistic);
    if (text == null || !"true".equals(said.get(statistic + "_is_exact"))) {
      return;
    }
    Object value = StoredValues.parse(field.type(), text);
    if (value != null && field.type().typeId() == Type.TypeID.STRING) {
      value = WHOLE.contains(field.name()) ? value : cut((String) value, isUpper);
    }
    if (value != null) {
      (isUpper ? upper : lower).put(field.fieldId(), Conversions.toByteBuffer(field.type(), value));
    }
  }

  /** Null when no text of that length is an upper bound. */
  private static @Nullable CharSequence cut(String text, boolean isUpper) {
    return isUpper
        ? UnicodeUtil.truncateStringMax(text, TEXT_BOUND)
        : UnicodeUtil.truncateString(text, TEXT_BOUND);
  }

  /** The column that DuckDB names {@code "a""b"}; null for a nested one, {@code "a"."b"}. */
  static @Nullable String unquoted(String column) {
    if (column.length() < 2 || !column.startsWith("\"") || !column.endsWith("\"")) {
      return column;
    }
    String inner = column.substring(1, column.length() - 1);
    return inner.replace("\"\"", "").contains("\"") ? null : inner.replace("\"\"", "\"");
  }
}
