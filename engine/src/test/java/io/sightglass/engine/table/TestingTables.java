package io.sightglass.engine.table;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.TextFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Contracts to try, files written by a real DuckDB, and what DuckDB reads back of a state. */
final class TestingTables implements FileRewriter, AutoCloseable {

  static final QualifiedName CLAIMS = QualifiedName.parse("benefits.claims");

  private final Path folder;
  private final Lake lake;
  private final Connection duckdb;

  /** Rows left out by rewriting, file by file. */
  final List<String> rewritten = new ArrayList<>();

  TestingTables(Path folder, Lake lake) {
    this.folder = folder;
    this.lake = lake;
    try {
      this.duckdb = DriverManager.getConnection("jdbc:duckdb:");
      execute("SET TimeZone = 'UTC'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code name type}, each for one plain column. */
  static Dataset dataset(LoadMode load, Column... columns) {
    return dataset(load, List.of(), columns);
  }

  static Dataset dataset(LoadMode load, List<PartitionField> partition, Column... columns) {
    return new Dataset(
        CLAIMS,
        "Claims",
        "somebody",
        "one row per claim",
        Map.of(),
        List.of(),
        load,
        List.of(),
        null,
        null,
        partition,
        new Expectations(null, null, ZoneOffset.UTC, null, null),
        Retention.FOREVER,
        null,
        null,
        null,
        List.of(columns));
  }

  static Column plain(String name, ColumnType type) {
    return column(name, type, null);
  }

  static Column direct(String name, ColumnType type, Mask mask) {
    return column(name, type, mask);
  }

  private static Column column(String name, ColumnType type, @Nullable Mask mask) {
    return new Column(
        name,
        type,
        mask == null ? Sensitivity.NONE : Sensitivity.DIRECT,
        mask,
        mask == Mask.PSEUDONYM ? "veteran" : null,
        List.of(),
        TextFormat.DEFAULT,
        Column.Constraints.NONE,
        "The " + name);
  }

  /** Writes what {@code select} yields, cast to the side's columns, and uploads it. */
  List<WrittenFile> write(LakeTable table, Side side, String select) {
    return stage(table, side, select).stream().map(file -> table.upload(side, file)).toList();
  }

  /** Writes what {@code select} yields; columns that it does not have are NULL. */
  List<StagedFile> stage(LakeTable table, Side side, String select) {
    try {
      Set<String> given = columnsOf(select);
      String columns =
          table.columns(side).stream()
              .map(column ->
                  (given.contains(column.name()) ? quoted(column.name()) : "NULL")
                      + "::"
                      + column.sqlType()
                      + " AS "
                      + quoted(column.name()))
              .collect(Collectors.joining(", "));
      List<PartitionColumn> partition = table.partition(side);
      String values =
          partition.stream()
              .map(column -> ", " + column.sql() + " AS " + quoted(column.name()))
              .collect(Collectors.joining());
      String options =
          partition.isEmpty()
              ? ""
              : ", PARTITION_BY (%s), WRITE_PARTITION_COLUMNS false, HIVE_FILE_PATTERN false, FILENAME_PATTERN '{uuid}', OVERWRITE_OR_IGNORE"
                  .formatted(
                      partition.stream()
                          .map(column -> quoted(column.name()))
                          .collect(Collectors.joining(", ")));
      Path target =
          folder.resolve("staged-" + UUID.randomUUID() + (options.isEmpty() ? ".parquet" : ""));
      StoredLayout layout = table.writtenLayout(side);
      return copy(
          "COPY (SELECT *%s FROM (SELECT %s FROM (%s))) TO '%s' (FORMAT parquet, COMPRESSION zstd, RETURN_STATS, FIELD_IDS %s%s)"
              .formatted(values, columns, select, target, layout.copyFieldIds(), options),
          layout.ids());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Set<String> columnsOf(String select) throws SQLException {
    try (Statement statement = duckdb.createStatement();
        ResultSet result = statement.executeQuery("DESCRIBE " + select)) {
      Set<String> columns = new HashSet<>();
      while (result.next()) {
        columns.add(result.getString("column_name"));
      }
      return columns;
    }
  }

  @SuppressWarnings("NullAway") // does not see the annotation inside a record of another module
  private List<StagedFile> copy(String sql, Map<String, Integer> fieldIds) throws SQLException {
    try (Statement statement = duckdb.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<StagedFile> files = new ArrayList<>();
      while (result.next()) {
        files.add(
            new StagedFile(
                Path.of(result.getString("filename")),
                result.getLong("count"),
                fieldIds,
                statistics((Map<?, ?>) result.getObject("column_statistics")),
                texts((Map<?, ?>) result.getObject("partition_keys"))));
      }
      return files;
    }
  }

  private static Map<String, Map<String, String>> statistics(Map<?, ?> map) {
    Map<String, Map<String, String>> statistics = new LinkedHashMap<>();
    map.forEach((column, said) -> {
      Map<String, String> of = new LinkedHashMap<>();
      ((Map<?, ?>) said).forEach((name, value) -> of.put((String) name, (String) value));
      statistics.put((String) column, of);
    });
    return statistics;
  }

  private static Map<String, @Nullable String> texts(@Nullable Map<?, ?> map) {
    Map<String, @Nullable String> texts = new LinkedHashMap<>();
    if (map != null) {
      map.forEach((name, value) -> texts.put((String) name, (String) value));
    }
    return texts;
  }

  /** What {@code select} over {@code t}, the side at that state, yields: one text per row. */
  List<String> query(LakeTable table, @Nullable PairSnapshot at, Side side, String select) {
    return query(table, at, side, new ScanFilter.All(), select);
  }

  List<String> query(
      LakeTable table, @Nullable PairSnapshot at, Side side, ScanFilter filter, String select) {
    List<DataFile> files = at == null ? List.of() : table.plan(at, side, filter);
    String paths =
        files.stream()
            .map(file -> "'" + lake.store(side).findLocal(file.key()).orElseThrow() + "'")
            .collect(Collectors.joining(", ", "[", "]"));
    String source =
        files.isEmpty()
            ? "(SELECT "
                + table.columns(side).stream()
                    .map(column -> "NULL::" + column.sqlType() + " AS " + quoted(column.name()))
                    .collect(Collectors.joining(", "))
                + " WHERE false)"
            : "read_parquet(%s, hive_partitioning = false, schema = %s)"
                .formatted(paths, table.readSchema(side));
    String columns = files.isEmpty() ? "*" : table.readColumns(side);
    return rows("WITH t AS (SELECT " + columns + " FROM " + source + ") " + select);
  }

  /** The newest state, in one text per row. */
  List<String> now(LakeTable table, Side side, String select) {
    return query(table, table.findCurrent().orElse(null), side, select);
  }

  List<String> rows(String sql) {
    try (Statement statement = duckdb.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int index = 1; index <= columns; index++) {
          row.add(String.valueOf(result.getString(index)));
        }
        rows.add(String.join("|", row));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String sql) {
    try (Statement statement = duckdb.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A load of {@code rows} rows of one day: ids from {@code first}, person and secret per row. */
  LoadCommit load(
      LakeTable table, String loadId, String day, int first, int rows, Replacement replaces) {
    String select =
        """
        SELECT i AS id, 'masked ' || i AS person, DATE '%s' AS _file_date, '%s' AS _load_id,
          '%s-' || i AS _row_key
        FROM range(%d, %d) r(i)
        """
            .formatted(day, loadId, loadId, first, first + rows);
    String secret = select.replace("'masked ' || i", "'CNRY ' || i");
    Long base = table.findCurrent().map(PairSnapshot::id).orElse(null);
    return new LoadCommit(
        loadId,
        "source of " + loadId,
        LocalDate.parse(day),
        day,
        base,
        Map.of("rows-read", (long) rows),
        replaces,
        write(table, Side.ORDINARY, select),
        table.hasVault() ? write(table, Side.VAULT, secret) : List.of());
  }

  PairSnapshot commit(LakeTable table, LoadCommit load) {
    return table.commit(load, this);
  }

  /** Merges all files of a state into one per side, as compaction would. */
  void compact(LakeTable table) {
    PairSnapshot now = table.findCurrent().orElseThrow();
    for (Side side : List.of(Side.VAULT, Side.ORDINARY)) {
      if (table.columns(side).isEmpty()) {
        continue;
      }
      org.apache.iceberg.Table iceberg = table.side(side).load();
      List<DataFile> files = table.plan(now, side, new ScanFilter.All());
      List<WrittenFile> merged = write(table, side, "FROM " + everything(table, side, files));
      org.apache.iceberg.RewriteFiles rewrite = iceberg.newRewrite();
      table.side(side).tasks(iceberg.newScan()).forEach(task -> rewrite.deleteFile(task.file()));
      merged.forEach(file -> rewrite.addFile(table.side(side).dataFile(file, iceberg)));
      if (side == Side.VAULT) {
        rewrite.commit();
      } else {
        rewrite.set(Summaries.VAULT_SNAPSHOT_ID, Long.toString(vaultSnapshot(table))).commit();
      }
    }
  }

  private static long vaultSnapshot(LakeTable table) {
    return table.side(Side.VAULT).load().currentSnapshot().snapshotId();
  }

  /** All columns of some files, those that are not exposed too. */
  private String everything(LakeTable table, Side side, List<DataFile> files) {
    String paths =
        files.stream()
            .map(file -> "'" + lake.store(side).findLocal(file.key()).orElseThrow() + "'")
            .collect(Collectors.joining(", ", "[", "]"));
    String schema =
        table.columns(side).stream()
            .map(column ->
                "%d: {name: '%s', type: '%s', default_value: NULL}"
                    .formatted(column.fieldId(), column.name(), column.readType()))
            .collect(Collectors.joining(", ", "map {", "}"));
    return "read_parquet(%s, hive_partitioning = false, schema = %s)".formatted(paths, schema);
  }

  @Override
  public Outcome rewriteWithout(LakeTable table, Side side, DataFile file, Replacement gone) {
    Set<String> loadIds = gone instanceof Replacement.Loads loads ? loads.loadIds() : Set.of();
    String ids =
        loadIds.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", ", "(", ")"));
    String source = everything(table, side, List.of(file));
    long stay =
        Long.parseLong(
            rows("SELECT count(*) FROM " + source + " WHERE _load_id NOT IN " + ids).getFirst());
    if (stay == file.rows()) {
      return new Outcome.Unchanged();
    }
    rewritten.add(side + " " + (file.rows() - stay));
    return new Outcome.Rewritten(
        stay == 0
            ? List.of()
            : write(table, side, "FROM " + source + " WHERE _load_id NOT IN " + ids));
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** The size of every file below a folder, for what should and should not be there. */
  static List<String> filesBelow(Path folder) {
    try (var paths = Files.walk(folder)) {
      return paths.filter(Files::isRegularFile).map(p -> folder.relativize(p).toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ScanFilter and(ScanFilter... operands) {
    return new ScanFilter.And(Arrays.asList(operands));
  }

  @Override
  public void close() {
    try {
      duckdb.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
