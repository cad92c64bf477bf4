package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.table.LakeColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PartitionColumn;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Splits the rows of a load: direct columns as they came to the vault's files, their masked form to
 * the ordinary ones. Immutable.
 */
public final class RowSplit {

  private final LoadTable rows;
  private final LakeTable table;
  private final String loadId;
  private final LocalDate fileDate;

  /** Gives the session of {@code rows} the keys that the dataset's pseudonyms need. */
  public RowSplit(
      LoadTable rows, LakeTable table, PseudonymKeys keys, String loadId, LocalDate fileDate) {
    this.rows = rows;
    this.table = table;
    this.loadId = loadId;
    this.fileDate = fileDate;
    rows.dataset().columns().stream()
        .map(Column::domain)
        .distinct()
        .forEach(domain -> {
          if (domain != null) {
            keys.define(rows.session(), domain);
          }
        });
  }

  /**
   * Writes the files of one side.
   *
   * @param folder exists; the files come below it
   */
  public List<StagedFile> write(Side side, Path folder) {
    if (rows.written() == 0) {
      return List.of();
    }
    List<PartitionColumn> partition = table.partition(side);
    String options =
        partition.isEmpty()
            ? ""
            : "PARTITION_BY (%s), WRITE_PARTITION_COLUMNS false, "
                .formatted(
                    partition.stream()
                        .map(field -> name(field.name()))
                        .collect(Collectors.joining(", ")));
    Path target = partition.isEmpty() ? folder.resolve("rows.parquet") : folder;
    String sql =
        "COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, %sFIELD_IDS %s, RETURN_STATS)"
            .formatted(query(side), text(target.toString()), options, table.copyFieldIds(side));
    return rows.session().query(sql, List.of(), RowSplit::stagedFile);
  }

  /** The rows of one side with the partition's columns behind them. */
  String query(Side side) {
    String stored =
        table.columns(side).stream()
            .map(column -> stored(side, column))
            .collect(Collectors.joining(", "));
    String rowsOfSide = "SELECT %s FROM %s".formatted(stored, rows.wanted());
    List<PartitionColumn> partition = table.partition(side);
    if (partition.isEmpty()) {
      return rowsOfSide;
    }
    String fields =
        partition.stream()
            .map(field -> "%s AS %s".formatted(field.sql(), name(field.name())))
            .collect(Collectors.joining(", "));
    return "SELECT *, %s FROM (%s)".formatted(fields, rowsOfSide);
  }

  private String stored(Side side, LakeColumn column) {
    return "CAST(%s AS %s) AS %s"
        .formatted(value(side, column.name()), column.sqlType(), name(column.name()));
  }

  private String value(Side side, String column) {
    return switch (column) {
      case Dataset.FILE_DATE -> "DATE " + text(fileDate.toString());
      case Dataset.LOAD_ID -> text(loadId);
      case Dataset.ROW_KEY -> "(%s || _line)".formatted(text(loadId + "-"));
      default ->
          rows.dataset()
              .findColumn(column)
              .map(known -> side == Side.VAULT ? name(column) : atRest(known))
              // The table still has a column that the contract no longer names.
              .orElse("NULL");
    };
  }

  /** The value as the ordinary table keeps it. */
  static String atRest(Column column) {
    String value = name(column.name());
    Mask mask = column.mask();
    if (mask == null) {
      return value;
    }
    return switch (mask) {
      case PSEUDONYM ->
          PseudonymKeys.pseudonym(
              String.valueOf(column.domain()), "CAST(%s AS VARCHAR)".formatted(value));
      case LAST4, PREFIX3, YEAR, REDACT, SCRUB, NULL -> MaskSql.masked(mask, value, column.type());
    };
  }

  /** One row of what COPY says with RETURN_STATS. */
  private static StagedFile stagedFile(ResultSet row) throws SQLException {
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
        Path.of(row.getString("filename")), row.getLong("count"), statistics, partition);
  }

  private static Map<String, @Nullable Object> entries(@Nullable Object map) {
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    if (map instanceof Map<?, ?> values) {
      values.forEach((key, value) -> entries.put(String.valueOf(key), value));
    }
    return entries;
  }

  /** The first rows of the ordinary table as text. */
  public List<List<@Nullable String>> preview(int limit) {
    List<LakeColumn> columns = table.columns(Side.ORDINARY);
    String stored =
        columns.stream()
            .map(column -> stored(Side.ORDINARY, column))
            .collect(Collectors.joining(", "));
    return rows.session()
        .query(
            "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT %s FROM %s ORDER BY _line LIMIT %d)"
                .formatted(stored, rows.wanted(), limit),
            List.of(),
            row -> {
              List<@Nullable String> values = new ArrayList<>();
              for (int index = 1; index <= columns.size(); index++) {
                values.add(row.getString(index));
              }
              return values;
            });
  }
}
