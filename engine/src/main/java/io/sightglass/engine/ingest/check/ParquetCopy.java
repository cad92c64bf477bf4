package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.table.LakeColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PartitionColumn;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.StoredLayout;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes rows as data files of one side of a table, partitioned as it is. Immutable. */
public final class ParquetCopy {

  private static final int FEW_PARTITIONS = 4;

  /** Of Zstandard: a fifth less CPU time of a whole write than by 3, for files 4 % larger. */
  private static final int COMPRESSION_LEVEL = 1;

  /**
   * The engine collects a row group before it writes it; one of wide rows would be all memory. What
   * is of a usual width has as many rows in it as without.
   */
  static final String ROW_GROUP = "ROW_GROUP_SIZE_BYTES '128MB'";

  private final DuckDbSession session;
  private final LakeTable table;
  private final Side side;
  private final StoredLayout layout;

  public ParquetCopy(DuckDbSession session, LakeTable table, Side side) {
    this(session, table, side, table.writtenLayout(side));
  }

  /** A copy of other columns than the contract's, the partition's among them. */
  public ParquetCopy(DuckDbSession session, LakeTable table, Side side, StoredLayout layout) {
    this.session = session;
    this.table = table;
    this.side = side;
    this.layout = layout;
  }

  /**
   * Writes the rows of {@code query}, which has the stored columns of the side, in one go.
   *
   * @param folder exists; the files come below it
   */
  public List<StagedFile> write(String query, Path folder) {
    List<PartitionColumn> partition = table.partition(side);
    if (partition.isEmpty()) {
      return copy(query, folder.resolve("rows.parquet"), "");
    }
    String names =
        partition.stream().map(field -> name(field.name())).collect(Collectors.joining(", "));
    String fields =
        partition.stream()
            .map(field -> "%s AS %s".formatted(field.sql(), name(field.name())))
            .collect(Collectors.joining(", "));
    return copy(
        "SELECT *, %s FROM (%s)".formatted(fields, query),
        folder,
        // No folder per value: one may be longer than a folder's name. The upload makes its own.
        "PARTITION_BY (%s), WRITE_PARTITION_COLUMNS false, HIVE_FILE_PATTERN false, FILENAME_PATTERN '{uuid}', "
            .formatted(names));
  }

  /**
   * Writes rows that are read in an instant, such as those of a load: they are read more than once.
   *
   * <p>The engine sorts rows into partitions in memory, for half of what it takes to write them. A
   * dump of one day has one partition or two: few are written one by one, and many as by {@link
   * #write}.
   *
   * @param rows a query of them with all of the stored columns of the side that it is given, or
   *     more
   * @param folder exists; the files come below it
   */
  public List<StagedFile> writeEach(Function<List<LakeColumn>, String> rows, Path folder) {
    List<PartitionColumn> partition = table.partition(side);
    String query = rows.apply(table.columns(side));
    List<Map<String, @Nullable String>> values =
        partition.isEmpty() ? List.of() : values(rows.apply(columns(partition)), partition);
    if (partition.isEmpty() || values.size() > FEW_PARTITIONS) {
      return write(query, folder);
    }
    List<StagedFile> files = new ArrayList<>();
    for (Map<String, @Nullable String> value : values) {
      String ofValue = values.size() == 1 ? query : only(query, partition, value);
      for (StagedFile file : copy(ofValue, folder.resolve(UUID.randomUUID() + ".parquet"), "")) {
        files.add(
            new StagedFile(
                file.path(), file.rowCount(), file.fieldIds(), file.columnStatistics(), value));
      }
    }
    return files;
  }

  private List<LakeColumn> columns(List<PartitionColumn> partition) {
    return table.columns(side).stream()
        .filter(
            column -> partition.stream().anyMatch(field -> field.column().equals(column.name())))
        .toList();
  }

  /** The partitions that rows are in, by text; one more than {@link #FEW_PARTITIONS} at most. */
  private List<Map<String, @Nullable String>> values(
      String query, List<PartitionColumn> partition) {
    String texts = partition.stream().map(PartitionColumn::sql).collect(Collectors.joining(", "));
    return session.query(
        "SELECT DISTINCT %s FROM (%s) LIMIT %d".formatted(texts, query, FEW_PARTITIONS + 1),
        List.of(),
        row -> {
          Map<String, @Nullable String> value = new LinkedHashMap<>();
          for (int index = 0; index < partition.size(); index++) {
            value.put(partition.get(index).name(), row.getString(index + 1));
          }
          return value;
        });
  }

  private static String only(
      String query, List<PartitionColumn> partition, Map<String, @Nullable String> value) {
    String condition =
        partition.stream()
            .map(field -> {
              String wanted = value.get(field.name());
              return "%s IS NOT DISTINCT FROM %s"
                  .formatted(field.sql(), wanted == null ? "NULL" : text(wanted));
            })
            .collect(Collectors.joining(" AND "));
    return "SELECT * FROM (%s) WHERE %s".formatted(query, condition);
  }

  private List<StagedFile> copy(String query, Path target, String options) {
    String sql =
        "COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL %d, %s, %sFIELD_IDS %s, RETURN_STATS)"
            .formatted(
                query,
                text(target.toString()),
                COMPRESSION_LEVEL,
                ROW_GROUP,
                options,
                layout.copyFieldIds());
    return session.query(sql, List.of(), this::stagedFile);
  }

  private StagedFile stagedFile(ResultSet row) throws SQLException {
    Map<String, Map<String, String>> statistics = new LinkedHashMap<>();
    entries(row.getObject("column_statistics"))
        .forEach((column, values) -> {
          Map<String, String> ofColumn = new LinkedHashMap<>();
          entries(values).forEach((key, value) -> ofColumn.put(key, String.valueOf(value)));
          statistics.put(column, ofColumn);
        });
    Map<String, @Nullable String> partition = new LinkedHashMap<>();
    entries(row.getObject("partition_keys"))
        .forEach((key, value) -> partition.put(key, value == null ? null : value.toString()));
    return new StagedFile(
        Path.of(row.getString("filename")),
        row.getLong("count"),
        layout.ids(),
        statistics,
        partition);
  }

  private static Map<String, @Nullable Object> entries(@Nullable Object map) {
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    if (map instanceof Map<?, ?> values) {
      values.forEach((key, value) -> entries.put(String.valueOf(key), value));
    }
    return entries;
  }
}
