package io.sightglass.engine.table;

import static io.sightglass.engine.table.TestingTables.dataset;
import static io.sightglass.engine.table.TestingTables.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType.Decimal;
import io.sightglass.engine.dataset.ColumnType.Field;
import io.sightglass.engine.dataset.ColumnType.ListOf;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.ColumnType.Struct;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.ScanFilter.Operator;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.util.SerializableFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that a filter leaves out, and those that it must not. */
class LakePruningTest {

  /** Values of each type that lie at its ends, or are written in a way of their own. */
  private static final Map<Column, List<String>> VALUES =
      Map.ofEntries(
          Map.entry(plain("b", Scalar.BOOLEAN), List.of("true", "false")),
          Map.entry(
              plain("i", Scalar.INTEGER), List.of("0", "-1", "7", "2147483647", "-2147483648")),
          Map.entry(
              plain("l", Scalar.BIGINT),
              List.of("0", "-1", "5000000000", "9223372036854775807", "-9223372036854775808")),
          Map.entry(
              plain("f", Scalar.DOUBLE),
              List.of("0.0", "-0.0", "NaN", "Infinity", "-Infinity", "1e300", "-1.5")),
          Map.entry(
              plain("s", Scalar.VARCHAR),
              List.of(
                  "",
                  "a",
                  "a quotation ''",
                  "ä",
                  "日本語の長い文字列がここにあります",
                  "🦆🦆🦆🦆🦆🦆🦆🦆🦆🦆🦆🦆",
                  "exactly sixteen.",
                  "exactly sixteen.and more",
                  "\uFFFF",
                  "\"quoted\"",
                  "z".repeat(300),
                  "tab\tand\nline")),
          Map.entry(
              plain("d", Scalar.DATE),
              List.of(
                  "2024-02-29",
                  "1970-01-01",
                  "1969-12-31",
                  "0001-01-01",
                  "9999-12-31",
                  "infinity",
                  "-infinity",
                  "12024-01-01",
                  "0044-03-15 (BC)")),
          Map.entry(
              plain("t", Scalar.TIMESTAMP),
              List.of(
                  "2024-02-29 23:59:59.999999",
                  "1969-12-31 23:59:59.999999",
                  "1970-01-01 00:00:00",
                  "infinity",
                  "-infinity",
                  "0001-01-01 00:00:00",
                  "0044-03-15 (BC) 12:00:00")),
          Map.entry(
              plain("z", Scalar.TIMESTAMPTZ),
              List.of(
                  "2024-02-29 23:59:59.999999+00",
                  "2024-03-01 00:30:00+02",
                  "1969-12-31 23:59:59+00",
                  "infinity",
                  "-infinity")),
          Map.entry(
              plain("u", Scalar.UUID),
              List.of(
                  "00000000-0000-0000-0000-000000000000",
                  "7fffffff-ffff-ffff-ffff-ffffffffffff",
                  "80000000-0000-0000-0000-000000000000",
                  "ffffffff-ffff-ffff-ffff-ffffffffffff")),
          Map.entry(
              plain("c", new Decimal(9, 2)), List.of("0", "-0.01", "9999999.99", "-9999999.99")),
          Map.entry(
              plain("m", new Decimal(38, 10)),
              List.of(
                  "0",
                  "1.0000000001",
                  "9999999999999999999999999999.9999999999",
                  "-9999999999999999999999999999.9999999999")));

  private static final List<Operator> OPERATORS = List.of(Operator.values());

  private static final List<Column> COLUMNS =
      VALUES.keySet().stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();

  @TempDir Path folder;

  private Lake lake;
  private TestingTables tables;

  @BeforeEach
  void open() {
    lake =
        Lake.open(
            DatabaseSettings.sqlite(folder.resolve("catalog.db")),
            new LocalObjectStore(folder.resolve("data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("vault"), Privacy.PRIVATE));
    tables = new TestingTables(folder, lake);
  }

  @AfterEach
  void close() {
    tables.close();
    lake.close();
  }

  private static Column[] all() {
    return COLUMNS.toArray(Column[]::new);
  }

  private void append(LakeTable table, String loadId, String select) {
    tables.commit(
        table,
        new LoadCommit(
            loadId,
            "source",
            LocalDate.parse("2024-01-01"),
            null,
            null,
            Map.of(),
            new Replacement.Nothing(),
            tables.write(
                table,
                Side.ORDINARY,
                "SELECT *, '%s' AS _load_id, uuid()::VARCHAR AS _row_key FROM (%s)"
                    .formatted(loadId, select)),
            List.of()));
  }

  private static List<String> values(Column column) {
    return Objects.requireNonNull(VALUES.get(column), column.name());
  }

  private static String literal(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  /** A row with random values, each NULL now and then. */
  private static String row(Random random) {
    return COLUMNS.stream()
        .map(column -> {
          List<String> values = values(column);
          return random.nextInt(6) == 0
              ? "NULL"
              : literal(values.get(random.nextInt(values.size())));
        })
        .collect(Collectors.joining(", ", "(", ")"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void noFilterLeavesOutAFileThatItNeeds(int seed) {
    Random random = new Random(seed);
    List<List<PartitionField>> partitions =
        List.of(
            List.of(),
            List.of(new PartitionField(Transform.MONTH, "t", 0)),
            List.of(
                new PartitionField(Transform.DAY, "z", 0),
                new PartitionField(Transform.BUCKET, "s", 4)),
            List.of(
                new PartitionField(Transform.YEAR, "d", 0),
                new PartitionField(Transform.IDENTITY, "c", 0)));
    LakeTable table = lake.ensure(dataset(LoadMode.APPEND, all()));
    for (int load = 0; load < 8; load++) {
      table = lake.ensure(dataset(LoadMode.APPEND, partitions.get(load % 4), all()));
      List<String> rows = new ArrayList<>();
      for (int row = 0; row < 1 + random.nextInt(5); row++) {
        rows.add(row(random));
      }
      append(
          table,
          "load-" + load,
          "FROM (VALUES %s) v(%s)"
              .formatted(
                  String.join(", ", rows),
                  COLUMNS.stream().map(Column::name).collect(Collectors.joining(", "))));
    }
    PairSnapshot now = table.findCurrent().orElseThrow();
    int all = table.plan(now, Side.ORDINARY, new ScanFilter.All()).size();
    int planned = 0;
    int filters = 100;
    for (int index = 0; index < filters; index++) {
      Tried filter = random(random, 2);
      String select = "SELECT _row_key FROM t WHERE (" + filter.sql() + ") ORDER BY ALL";
      assertThat(tables.query(table, now, Side.ORDINARY, filter.filter(), select))
          .as("seed %d: %s", seed, filter)
          .isEqualTo(tables.query(table, now, Side.ORDINARY, select));
      planned += table.plan(now, Side.ORDINARY, filter.filter()).size();
    }
    assertThat(planned).as("files opened").isLessThan(all * filters * 9 / 10);
  }

  /** A filter, and the same in SQL. */
  private record Tried(ScanFilter filter, String sql) {}

  private static Tried random(Random random, int depth) {
    if (depth > 0 && random.nextInt(3) == 0) {
      Tried left = random(random, depth - 1);
      Tried right = random(random, depth - 1);
      boolean and = random.nextBoolean();
      List<ScanFilter> operands = List.of(left.filter(), right.filter());
      return new Tried(
          and ? new ScanFilter.And(operands) : new ScanFilter.Or(operands),
          "(" + left.sql() + (and ? ") AND (" : ") OR (") + right.sql() + ")");
    }
    Column column = COLUMNS.get(random.nextInt(COLUMNS.size()));
    List<String> values = values(column);
    String value = values.get(random.nextInt(values.size()));
    String name = column.name();
    String type = "::" + column.type().sql();
    return switch (random.nextInt(8)) {
      case 0 -> new Tried(new ScanFilter.IsNull(name), name + " IS NULL");
      case 1 -> new Tried(new ScanFilter.IsNotNull(name), name + " IS NOT NULL");
      case 2 -> {
        String other = values.get(random.nextInt(values.size()));
        yield new Tried(
            new ScanFilter.In(name, List.of(value, other)),
            "%s IN (%s, %s)".formatted(name, literal(value) + type, literal(other) + type));
      }
      default -> {
        Operator operator = OPERATORS.get(random.nextInt(OPERATORS.size()));
        String sign =
            switch (operator) {
              case EQUAL -> "=";
              case LESS -> "<";
              case LESS_OR_EQUAL -> "<=";
              case GREATER -> ">";
              case GREATER_OR_EQUAL -> ">=";
            };
        yield new Tried(
            new ScanFilter.Compare(name, operator, value),
            name + " " + sign + " " + literal(value) + type);
      }
    };
  }

  @Test
  void everyPartitionValueIsWhatIcebergWouldMakeOfIt() {
    for (Column column : COLUMNS) {
      for (Transform transform : Transform.values()) {
        PartitionField field = new PartitionField(transform, column.name(), 16);
        try {
          PartitionFields.sql(
              field, TableShape.of(dataset(LoadMode.APPEND, List.of(), column), Side.ORDINARY));
        } catch (EngineException e) {
          continue; // this column cannot be partitioned so
        }
        LakeTable table = lake.ensure(named(column, transform, List.of(field)));
        append(
            table,
            "load",
            "FROM (VALUES %s, (NULL)) v(%s)"
                .formatted(
                    values(column).stream()
                        .map(value -> "(" + literal(value) + "::" + column.type().sql() + ")")
                        .collect(Collectors.joining(", ")),
                    column.name()));
        assertEachFileLiesWhereItsValuesBelong(table, column);
      }
    }
  }

  private static Dataset named(Column column, Transform transform, List<PartitionField> partition) {
    Dataset claims = dataset(LoadMode.APPEND, partition, column);
    return new Dataset(
        new QualifiedName("s" + column.name(), transform.name().toLowerCase(Locale.ROOT)),
        "",
        "",
        "",
        Map.of(),
        List.of(),
        claims.load(),
        List.of(),
        null,
        null,
        partition,
        claims.expect(),
        claims.retention(),
        null,
        null,
        null,
        claims.columns());
  }

  /** Iceberg's own transform of a file's bounds (it holds one value) is the file's partition. */
  private static void assertEachFileLiesWhereItsValuesBelong(LakeTable table, Column column) {
    Table iceberg = table.side(Side.ORDINARY).load();
    var type = iceberg.schema().findField(column.name()).type();
    int id = iceberg.schema().findField(column.name()).fieldId();
    List<FileScanTask> tasks =
        table.side(Side.ORDINARY).tasks(iceberg.newScan().includeColumnStats());
    assertThat(tasks).isNotEmpty();
    for (FileScanTask task : tasks) {
      var lower = task.file().lowerBounds().get(id);
      if (lower == null || !lower.equals(task.file().upperBounds().get(id))) {
        continue;
      }
      Object value = Conversions.fromByteBuffer(type, lower);
      var transform = iceberg.spec().fields().getFirst().transform();
      @SuppressWarnings("unchecked")
      var bound = (SerializableFunction<Object, Object>) transform.bind(type);
      assertThat(String.valueOf(task.file().partition().get(0, Object.class)))
          .as("%s of %s", transform, value)
          .isEqualTo(String.valueOf(bound.apply(value)));
    }
  }

  @Test
  void everyTypeComesBackAsItWasWritten() {
    Column list = plain("list", new ListOf(Scalar.DATE));
    Column struct =
        plain(
            "struct",
            new Struct(
                List.of(
                    new Field("a b", new Decimal(5, 1)),
                    new Field(
                        "l",
                        new ListOf(new Struct(List.of(new Field("t", Scalar.TIMESTAMPTZ))))))));
    List<Column> columns = new ArrayList<>(COLUMNS);
    columns.add(list);
    columns.add(struct);
    LakeTable table = lake.ensure(dataset(LoadMode.APPEND, columns.toArray(Column[]::new)));
    String values =
        COLUMNS.stream()
            .map(column ->
                literal(values(column).getLast())
                    + "::"
                    + column.type().sql()
                    + " AS "
                    + column.name())
            .collect(Collectors.joining(", "));
    String nested =
        ", [DATE '2024-01-01', NULL] AS list, {'a b': 1.5, 'l': [{'t': TIMESTAMPTZ '2024-01-01 00:00:00+00'}]} AS struct";
    append(table, "values", "SELECT " + values + nested);
    append(table, "nulls", "SELECT NULL AS b");
    String select =
        columns.stream().map(Column::name).collect(Collectors.joining(", ", "SELECT ", " FROM "));
    assertThat(tables.now(table, Side.ORDINARY, select + "t WHERE s IS NOT NULL"))
        .isEqualTo(
            tables.rows(
                select + "(SELECT " + values + nested.replace("1.5", "1.5::DECIMAL(5, 1)") + ")"));
    assertThat(tables.now(table, Side.ORDINARY, select + "t WHERE s IS NULL"))
        .containsExactly(columns.stream().map(column -> "null").collect(Collectors.joining("|")));
  }

  @Test
  void whatCannotBeToldExactlyIsNotUsed() {
    LakeTable table = lake.ensure(dataset(LoadMode.APPEND, all()));
    append(table, "a", "SELECT 1 AS i, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS z, 0.05 AS c");
    PairSnapshot now = table.findCurrent().orElseThrow();
    for (ScanFilter filter :
        List.of(
            new ScanFilter.Compare("z", Operator.EQUAL, "2030-01-01 00:00:00"),
            new ScanFilter.Compare("z", Operator.EQUAL, "tomorrow"),
            new ScanFilter.Compare("i", Operator.EQUAL, "5000000000"),
            new ScanFilter.Compare("c", Operator.GREATER, "0.055"),
            new ScanFilter.Compare("f", Operator.EQUAL, "1"),
            new ScanFilter.Compare("nothing", Operator.EQUAL, "1"),
            new ScanFilter.IsNotNull("nothing"),
            new ScanFilter.In("nothing", List.of()))) {
      assertThat(table.plan(now, Side.ORDINARY, filter)).as("%s", filter).hasSize(1);
    }
    for (ScanFilter filter :
        List.of(
            new ScanFilter.None(),
            new ScanFilter.Compare("z", Operator.EQUAL, "2030-01-01T00:00:00Z"),
            new ScanFilter.Compare("i", Operator.GREATER, "1"),
            new ScanFilter.In("i", List.of("2", "3")),
            new ScanFilter.IsNull("i"),
            new ScanFilter.IsNotNull("s"),
            new ScanFilter.Or(List.of()))) {
      assertThat(table.plan(now, Side.ORDINARY, filter)).as("%s", filter).isEmpty();
    }
  }

  @Test
  void rowsThatAnotherEngineDeletedApartAreNotShownAsIfTheyWereThere() {
    LakeTable table = lake.ensure(dataset(LoadMode.APPEND, plain("i", Scalar.INTEGER)));
    append(table, "a", "SELECT 1 AS i");
    Table iceberg = table.side(Side.ORDINARY).load();
    DeleteFile deletes =
        FileMetadata.deleteFileBuilder(iceberg.spec())
            .ofPositionDeletes()
            .withPath(iceberg.location() + "/data/deletes.parquet")
            .withFileSizeInBytes(100)
            .withRecordCount(1)
            .withFormat("parquet")
            .build();
    iceberg.newRowDelta().addDeletes(deletes).commit();
    assertThatThrownBy(() ->
            table.plan(table.findCurrent().orElseThrow(), Side.ORDINARY, new ScanFilter.All()))
        .satisfies(LakeContract.hasCode(ErrorCode.EXECUTION_FAILED))
        .hasMessageContaining("benefits.claims");
  }

  @Test
  void metadataThatPointsElsewhereIsRefused() {
    LakeTable table = lake.ensure(dataset(LoadMode.APPEND, plain("i", Scalar.INTEGER)));
    append(table, "a", "SELECT 1 AS i");
    Table iceberg = table.side(Side.ORDINARY).load();
    iceberg
        .newAppend()
        .appendFile(
            DataFiles.builder(iceberg.spec())
                .withPath("file:/etc/passwd")
                .withFormat("parquet")
                .withFileSizeInBytes(1)
                .withRecordCount(1)
                .build())
        .commit();
    assertThatThrownBy(() ->
            table.plan(table.findCurrent().orElseThrow(), Side.ORDINARY, new ScanFilter.All()))
        .satisfies(LakeContract.hasCode(ErrorCode.INTERNAL))
        .hasMessageNotContaining("passwd");
  }
}
