package io.sightglass.engine.table;

import static io.sightglass.engine.table.TestingTables.dataset;
import static io.sightglass.engine.table.TestingTables.direct;
import static io.sightglass.engine.table.TestingTables.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Decimal;
import io.sightglass.engine.dataset.ColumnType.Field;
import io.sightglass.engine.dataset.ColumnType.ListOf;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.ColumnType.Struct;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.ScanFilter.Operator;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contracts that change under tables that hold rows. */
class LakeEvolutionTest {

  @TempDir Path folder;

  private Lake lake;
  private TestingTables tables;
  private int loads;

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

  private LakeTable ensure(Column... columns) {
    return lake.ensure(dataset(LoadMode.APPEND, columns));
  }

  /** Appends what {@code select} yields; with a vault its rows are those of {@code secret}. */
  private PairSnapshot append(LakeTable table, String select, String... secret) {
    String id = "load-" + ++loads;
    String internal = ", '%s' AS _load_id, '%s' AS _row_key, DATE '2024-01-01' AS _file_date";
    List<WrittenFile> vault =
        secret.length == 0
            ? List.of()
            : tables.write(
                table,
                Side.VAULT,
                "SELECT *" + internal.formatted(id, id) + " FROM (" + secret[0] + ")");
    return tables.commit(
        table,
        new LoadCommit(
            id,
            "source",
            LocalDate.parse("2024-01-01"),
            null,
            null,
            Map.of(),
            new Replacement.Nothing(),
            tables.write(
                table,
                Side.ORDINARY,
                "SELECT *" + internal.formatted(id, id) + " FROM (" + select + ")"),
            vault));
  }

  @Test
  void nothingHappensWhenNothingChanges() {
    LakeTable table = ensure(plain("a", Scalar.INTEGER));
    List<String> before = TestingTables.filesBelow(folder.resolve("data"));
    assertThat(ensure(plain("a", Scalar.INTEGER)).columns(Side.ORDINARY))
        .isEqualTo(table.columns(Side.ORDINARY));
    assertThat(TestingTables.filesBelow(folder.resolve("data"))).isEqualTo(before);
  }

  @Test
  void anAddedColumnIsNullInOldRowsAndOldStatesReadOn() {
    LakeTable table = ensure(plain("a", Scalar.INTEGER));
    PairSnapshot old = append(table, "SELECT 1 AS a");
    LakeTable wider = ensure(plain("a", Scalar.INTEGER), plain("b", Scalar.VARCHAR));
    append(wider, "SELECT 2 AS a, 'x' AS b");
    assertThat(tables.now(wider, Side.ORDINARY, "SELECT a, b FROM t ORDER BY a"))
        .containsExactly("1|null", "2|x");
    assertThat(tables.query(wider, old, Side.ORDINARY, "SELECT a, b FROM t"))
        .containsExactly("1|null");
    assertThat(tables.now(table, Side.ORDINARY, "SELECT a FROM t ORDER BY a"))
        .containsExactly("1", "2");
    ScanFilter isX = new ScanFilter.Compare("b", Operator.EQUAL, "x");
    assertThat(wider.plan(old, Side.ORDINARY, isX)).isEmpty();
    assertThat(wider.plan(old, Side.ORDINARY, new ScanFilter.IsNotNull("b"))).isEmpty();
    assertThat(wider.plan(old, Side.ORDINARY, new ScanFilter.IsNull("b"))).hasSize(1);
    assertThat(
            wider.plan(
                old,
                Side.ORDINARY,
                new ScanFilter.Or(List.of(isX, new ScanFilter.Compare("a", Operator.EQUAL, "1")))))
        .hasSize(1);
  }

  @Test
  void aRemovedColumnIsHiddenAndComesBackWithItsValues() {
    LakeTable table = ensure(plain("a", Scalar.INTEGER), plain("b", Scalar.VARCHAR));
    append(table, "SELECT 1 AS a, 'x' AS b");
    LakeTable narrower = ensure(plain("a", Scalar.INTEGER));
    append(narrower, "SELECT 2 AS a");
    assertThat(narrower.readSchema(Side.ORDINARY)).doesNotContain("'b'");
    assertThat(
            tables.now(
                narrower,
                Side.ORDINARY,
                "SELECT * EXCLUDE (_load_id, _row_key, _file_date) FROM t ORDER BY 1"))
        .containsExactly("1", "2");
    LakeTable again = ensure(plain("a", Scalar.INTEGER), plain("b", Scalar.VARCHAR));
    assertThat(again.columns(Side.ORDINARY)).isEqualTo(table.columns(Side.ORDINARY));
    assertThat(tables.now(again, Side.ORDINARY, "SELECT a, b FROM t ORDER BY a"))
        .containsExactly("1|x", "2|null");
  }

  @Test
  void columnsMayChangePlaces() {
    LakeTable table = ensure(plain("a", Scalar.INTEGER), plain("b", Scalar.VARCHAR));
    append(table, "SELECT 1 AS a, 'x' AS b");
    LakeTable turned = ensure(plain("b", Scalar.VARCHAR), plain("a", Scalar.INTEGER));
    append(turned, "SELECT 2 AS a, 'y' AS b");
    assertThat(tables.now(turned, Side.ORDINARY, "SELECT a, b FROM t ORDER BY a"))
        .containsExactly("1|x", "2|y");
  }

  @Test
  void numbersMayWiden() {
    LakeTable table = ensure(plain("a", Scalar.INTEGER), plain("d", new Decimal(6, 2)));
    PairSnapshot old = append(table, "SELECT 1 AS a, 1234.56 AS d");
    LakeTable wide = ensure(plain("a", Scalar.BIGINT), plain("d", new Decimal(20, 2)));
    append(wide, "SELECT 5000000000 AS a, 123456789012345.67 AS d");
    assertThat(
            tables.now(wide, Side.ORDINARY, "SELECT a, d, typeof(a), typeof(d) FROM t ORDER BY a"))
        .containsExactly(
            "1|1234.56|BIGINT|DECIMAL(20,2)", "5000000000|123456789012345.67|BIGINT|DECIMAL(20,2)");
    assertThat(tables.query(wide, old, Side.ORDINARY, "SELECT a, d FROM t"))
        .containsExactly("1|1234.56");
    ScanFilter large = new ScanFilter.Compare("a", Operator.GREATER, "4000000000");
    assertThat(wide.plan(wide.findCurrent().orElseThrow(), Side.ORDINARY, large)).hasSize(1);
    assertThat(
            wide.plan(
                wide.findCurrent().orElseThrow(),
                Side.ORDINARY,
                new ScanFilter.Compare("d", Operator.LESS, "2000.00")))
        .hasSize(1);
  }

  @Test
  void otherChangesOfATypeAreRefusedInWords() {
    ensure(
        plain("a", Scalar.BIGINT),
        plain("d", new Decimal(6, 2)),
        plain("l", new ListOf(Scalar.INTEGER)));
    for (ColumnType type :
        List.of(Scalar.INTEGER, Scalar.VARCHAR, Scalar.DOUBLE, new ListOf(Scalar.BIGINT))) {
      assertThatThrownBy(() -> ensure(plain("a", type)))
          .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT))
          .hasMessageContainingAll("a of benefits.claims", "long", type.sql(), "allowed");
    }
    assertThatThrownBy(() -> ensure(plain("d", new Decimal(6, 3))))
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
    assertThatThrownBy(() -> ensure(plain("d", new Decimal(5, 2))))
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
    assertThatThrownBy(() -> ensure(plain("l", Scalar.INTEGER)))
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
  }

  @Test
  void aRefusedContractChangesNothing() {
    LakeTable table = ensure(plain("a", Scalar.BIGINT));
    assertThatThrownBy(() -> ensure(plain("new", Scalar.DATE), plain("a", Scalar.VARCHAR)))
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
    assertThat(table.side(Side.ORDINARY).load().schema().findField("new")).isNull();
  }

  /** What maintenance asks, which must not change what the service has in force. */
  @Test
  void aCheckRefusesTheSameAndChangesNothing() {
    LakeTable table = ensure(plain("a", Scalar.BIGINT), plain("zip", Scalar.VARCHAR));
    assertThatThrownBy(() -> lake.check(dataset(LoadMode.APPEND, plain("a", Scalar.VARCHAR))))
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
    lake.check(
        dataset(
            LoadMode.APPEND,
            plain("new", Scalar.DATE),
            direct("zip", Scalar.VARCHAR, Mask.PREFIX3)));
    assertThat(table.side(Side.ORDINARY).load().schema().findField("new")).isNull();
    assertThat(table.isAsSeen()).isTrue();
  }

  @Test
  void aTypeThatCannotHoldWhatCameIsRefusedWithAnotherProtectionToo() {
    ensure(
        plain("zip", Scalar.VARCHAR),
        plain("n", Scalar.INTEGER),
        plain("l", new ListOf(Scalar.INTEGER)),
        direct("file", Scalar.BIGINT, Mask.LAST4));
    for (Column column :
        List.of(
            direct("zip", Scalar.BIGINT, Mask.LAST4),
            direct("zip", Scalar.DATE, Mask.YEAR),
            direct("l", Scalar.VARCHAR, Mask.REDACT),
            plain("file", Scalar.INTEGER))) {
      assertThatThrownBy(() -> lake.check(dataset(LoadMode.APPEND, column)))
          .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT))
          .hasMessageContainingAll(column.name() + " of benefits.claims", column.type().sql());
    }
    lake.check(
        dataset(
            LoadMode.APPEND,
            direct("zip", Scalar.VARCHAR, Mask.LAST4),
            direct("n", Scalar.VARCHAR, Mask.LAST4),
            direct("l", new ListOf(Scalar.BIGINT), Mask.REDACT),
            plain("file", Scalar.BIGINT)));
  }

  @Test
  void whoFollowsAddsColumnsAndMakesNoneAnew() {
    ensure(plain("a", Scalar.BIGINT), direct("zip", Scalar.VARCHAR, Mask.PREFIX3));
    Dataset earlier =
        dataset(LoadMode.APPEND, plain("a", Scalar.BIGINT), plain("zip", Scalar.VARCHAR));
    assertThatThrownBy(() -> lake.follow(earlier))
        .satisfies(LakeContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
    assertThat(lake.asItIs(earlier).isAsSeen()).isTrue();
    LakeTable followed =
        lake.follow(
            dataset(
                LoadMode.APPEND,
                plain("new", Scalar.DATE),
                direct("zip", Scalar.VARCHAR, Mask.PREFIX3)));
    assertThat(followed.side(Side.ORDINARY).load().schema().findField("new")).isNotNull();
  }

  @Test
  void aColumnThatBecomesDirectShowsNothingOfWhatWasWrittenInClear() {
    LakeTable clear = ensure(plain("a", Scalar.INTEGER), plain("zip", Scalar.VARCHAR));
    PairSnapshot old = append(clear, "SELECT 1 AS a, '12345' AS zip");
    assertThat(clear.hasVault()).isFalse();
    LakeTable masked =
        ensure(plain("a", Scalar.INTEGER), direct("zip", Scalar.VARCHAR, Mask.PREFIX3));
    assertThat(masked.hasVault()).isTrue();
    assertThat(tables.now(masked, Side.ORDINARY, "SELECT a, zip FROM t")).containsExactly("1|null");
    append(masked, "SELECT 2 AS a, '543**' AS zip", "SELECT '54321' AS zip");
    assertThat(tables.now(masked, Side.ORDINARY, "SELECT a, zip FROM t ORDER BY a"))
        .containsExactly("1|null", "2|543**");
    assertThat(tables.query(masked, old, Side.ORDINARY, "SELECT a, zip FROM t"))
        .containsExactly("1|null");
    assertThat(tables.query(masked, old, Side.VAULT, "SELECT * FROM t")).isEmpty();
    assertThat(tables.now(masked, Side.VAULT, "SELECT zip FROM t")).containsExactly("54321");
    assertThat(tables.now(clear, Side.ORDINARY, "SELECT zip FROM t WHERE a = 2"))
        .as("an instance of the old contract knows the old column only")
        .containsExactly("null");
  }

  @Test
  void anotherMaskIsAnotherColumnWhileTheVaultKeepsItsOwn() {
    LakeTable last4 = ensure(direct("ssn", Scalar.VARCHAR, Mask.LAST4));
    append(last4, "SELECT '***-**-6789' AS ssn", "SELECT '123-45-6789' AS ssn");
    LakeTable redacted = ensure(direct("ssn", Scalar.VARCHAR, Mask.REDACT));
    assertThat(tables.now(redacted, Side.ORDINARY, "SELECT ssn FROM t")).containsExactly("null");
    assertThat(tables.now(redacted, Side.VAULT, "SELECT ssn FROM t"))
        .containsExactly("123-45-6789");
    assertThatThrownBy(() -> ensure(direct("ssn", Scalar.DATE, Mask.YEAR)))
        .as("the vault's own column")
        .satisfies(LakeContract.hasCode(ErrorCode.CONFLICT));
  }

  @Test
  void aContractWithoutDirectColumnsAnyLongerStillReplacesInTheVault() {
    LakeTable before = ensure(plain("a", Scalar.INTEGER), direct("s", Scalar.VARCHAR, Mask.NULL));
    append(before, "SELECT 1 AS a", "SELECT 'CNRY' AS s");
    LakeTable after = ensure(plain("a", Scalar.INTEGER));
    assertThat(after.hasVault()).isFalse();
    tables.commit(
        after,
        new LoadCommit(
            "new",
            "source",
            LocalDate.parse("2024-01-01"),
            null,
            null,
            Map.of(),
            new Replacement.Everything(),
            List.of(),
            List.of()));
    assertThat(tables.now(before, Side.VAULT, "SELECT count(*) FROM t")).containsExactly("0");
  }

  @Test
  void listsAndStructsGrowAndShrinkInside() {
    ColumnType small = new Struct(List.of(new Field("x", Scalar.INTEGER)));
    ColumnType large =
        new Struct(
            List.of(
                new Field("x", Scalar.BIGINT),
                new Field("y z", new ListOf(Scalar.VARCHAR)),
                new Field("in", new Struct(List.of(new Field("q", Scalar.DATE))))));
    LakeTable table = ensure(plain("s", small), plain("l", new ListOf(small)));
    append(table, "SELECT {'x': 1} AS s, [{'x': 1}, {'x': 2}] AS l");
    LakeTable grown = ensure(plain("s", large), plain("l", new ListOf(large)));
    append(
        grown,
        "SELECT {'x': 5000000000, 'y z': ['p'], 'in': {'q': DATE '2024-01-01'}} AS s, [{'x': 3, 'y z': NULL, 'in': {'q': NULL}}] AS l");
    assertThat(
            tables.now(
                grown,
                Side.ORDINARY,
                "SELECT s.x, s.\"y z\", s.\"in\".q, l[1].x, len(l) FROM t ORDER BY 1"))
        .containsExactly("1|null|null|1|2", "5000000000|[p]|2024-01-01|3|1");
    LakeTable shrunk =
        ensure(
            plain("s", new Struct(List.of(new Field("y z", new ListOf(Scalar.VARCHAR))))),
            plain("l", new ListOf(large)));
    assertThat(tables.now(shrunk, Side.ORDINARY, "SELECT DISTINCT typeof(s) FROM t"))
        .containsExactly("STRUCT(\"y z\" VARCHAR[])");
    assertThat(tables.now(shrunk, Side.ORDINARY, "SELECT s.\"y z\" FROM t ORDER BY ALL"))
        .containsExactlyInAnyOrder("[p]", "null");
    append(shrunk, "SELECT {'y z': ['r']} AS s");
    assertThat(tables.now(grown, Side.ORDINARY, "SELECT s.x, s.\"y z\" FROM t ORDER BY 2"))
        .contains("null|[r]");
  }

  @Test
  void aFieldOfAStructIsFoundByItsNameWhateverItsPlace() {
    ColumnType xy = struct("x", "y");
    LakeTable first = ensure(plain("s", xy));
    append(first, "SELECT {'x': 1, 'y': 2} AS s");
    LakeTable turned = ensure(plain("s", struct("y", "x")));
    append(turned, "SELECT {'y': 20, 'x': 10} AS s");
    LakeTable dropped = ensure(plain("s", struct("y", "z")));
    append(dropped, "SELECT {'y': 200, 'z': 300} AS s");
    for (LakeTable table : List.of(first, turned)) {
      assertThat(tables.now(table, Side.ORDINARY, "SELECT s.y FROM t ORDER BY ALL"))
          .containsExactly("2", "20", "200");
      assertThat(tables.now(table, Side.ORDINARY, "SELECT s.x FROM t WHERE s.y = 20"))
          .containsExactly("10");
    }
    assertThat(tables.now(dropped, Side.ORDINARY, "SELECT s.z, s.y FROM t ORDER BY s.y"))
        .containsExactly("null|2", "null|20", "300|200");
    LakeTable last = ensure(plain("s", struct("z", "w")));
    append(last, "SELECT {'z': 3000, 'w': 4000} AS s");
    assertThat(tables.now(last, Side.ORDINARY, "SELECT s.w, s.z FROM t ORDER BY ALL"))
        .containsExactly("4000|3000", "null|300", "null|null", "null|null");
  }

  private static ColumnType struct(String... names) {
    return new Struct(Arrays.stream(names).map(name -> new Field(name, Scalar.INTEGER)).toList());
  }

  @Test
  void thePartitionFollowsTheContractAndOldFilesStayWhereTheyAre() {
    Column day = plain("day", Scalar.DATE);
    LakeTable none = lake.ensure(dataset(LoadMode.APPEND, day));
    append(none, "SELECT DATE '2024-01-15' AS day");
    LakeTable monthly =
        lake.ensure(
            dataset(LoadMode.APPEND, List.of(new PartitionField(Transform.MONTH, "day", 0)), day));
    assertThat(monthly.partition(Side.ORDINARY))
        .extracting(PartitionColumn::name)
        .containsExactly("day_month");
    append(monthly, "FROM (VALUES (DATE '2024-01-16'), (DATE '2024-02-16'), (NULL)) t(day)");
    LakeTable daily =
        lake.ensure(
            dataset(LoadMode.APPEND, List.of(new PartitionField(Transform.DAY, "day", 0)), day));
    append(daily, "FROM (VALUES (DATE '2024-02-17'), (DATE '2024-02-18')) t(day)");
    LakeTable again =
        lake.ensure(
            dataset(LoadMode.APPEND, List.of(new PartitionField(Transform.MONTH, "day", 0)), day));
    append(again, "SELECT DATE '2024-02-19' AS day");
    append(monthly, "SELECT DATE '2024-02-20' AS day"); // by one who knows an older contract
    assertThat(tables.now(again, Side.ORDINARY, "SELECT day FROM t ORDER BY day NULLS FIRST"))
        .containsExactly(
            "null",
            "2024-01-15",
            "2024-01-16",
            "2024-02-16",
            "2024-02-17",
            "2024-02-18",
            "2024-02-19",
            "2024-02-20");
    assertThat(TestingTables.filesBelow(folder.resolve("data/benefits/claims/data")))
        .anyMatch(file -> file.startsWith("day_month=2024-01/"))
        .anyMatch(file -> file.startsWith("day_month=null/"))
        .anyMatch(file -> file.startsWith("day_day=2024-02-17/"));
    PairSnapshot now = again.findCurrent().orElseThrow();
    assertThat(
            again.plan(
                now, Side.ORDINARY, new ScanFilter.Compare("day", Operator.EQUAL, "2024-02-17")))
        .hasSize(1);
    assertThat(
            again.plan(
                now, Side.ORDINARY, new ScanFilter.Compare("day", Operator.LESS, "2024-02-01")))
        .hasSize(2);
  }

  @Test
  void aPartitionedColumnMayBecomeDirect() {
    List<PartitionField> byState = List.of(new PartitionField(Transform.IDENTITY, "state", 0));
    LakeTable clear =
        lake.ensure(dataset(LoadMode.APPEND, byState, plain("state", Scalar.VARCHAR)));
    append(clear, "FROM (VALUES ('CA'), ('N/Y ä'), (''), (NULL)) t(state)");
    assertThat(tables.now(clear, Side.ORDINARY, "SELECT count(*) FROM t WHERE state = 'N/Y ä'"))
        .containsExactly("1");
    LakeTable masked =
        lake.ensure(
            dataset(LoadMode.APPEND, byState, direct("state", Scalar.VARCHAR, Mask.REDACT)));
    append(masked, "SELECT '[redacted]' AS state", "SELECT 'CA' AS state");
    assertThat(
            tables.now(
                masked, Side.ORDINARY, "SELECT state, count(*) FROM t GROUP BY ALL ORDER BY ALL"))
        .containsExactly("[redacted]|1", "null|4");
    lake.close();
    lake =
        Lake.open(
            DatabaseSettings.sqlite(folder.resolve("catalog.db")),
            new LocalObjectStore(folder.resolve("data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("vault"), Privacy.PRIVATE));
    LakeTable restarted =
        lake.ensure(
            dataset(LoadMode.APPEND, byState, direct("state", Scalar.VARCHAR, Mask.REDACT)));
    assertThat(
            restarted.plan(
                restarted.findCurrent().orElseThrow(),
                Side.ORDINARY,
                new ScanFilter.Compare("state", Operator.EQUAL, "CA")))
        .as("nothing is known of the new column in old files")
        .hasSize(4);
  }

  @Test
  void aPartitionThatItsColumnCannotHaveIsRefusedInWords() {
    for (PartitionField field :
        List.of(
            new PartitionField(Transform.MONTH, "a", 0),
            new PartitionField(Transform.BUCKET, "d", 8),
            new PartitionField(Transform.IDENTITY, "d", 0),
            new PartitionField(Transform.DAY, "nothing", 0))) {
      assertThatThrownBy(() ->
              lake.ensure(
                  dataset(
                      LoadMode.APPEND,
                      List.of(field),
                      plain("a", Scalar.INTEGER),
                      plain("d", Scalar.DOUBLE))))
          .satisfies(LakeContract.hasCode(ErrorCode.INVALID_REQUEST))
          .hasMessageContaining(field.column());
    }
  }

  @Test
  void aPartitionNameThatAColumnHasIsAvoided() {
    LakeTable table =
        lake.ensure(
            dataset(
                LoadMode.APPEND,
                List.of(new PartitionField(Transform.MONTH, "day", 0)),
                plain("day", Scalar.DATE),
                plain("day_month", Scalar.VARCHAR)));
    append(table, "SELECT DATE '2024-01-15' AS day, 'x' AS day_month");
    assertThat(tables.now(table, Side.ORDINARY, "SELECT day, day_month FROM t"))
        .containsExactly("2024-01-15|x");
  }

  @Test
  void aPartitionColumnThatIsWidenedIsFilteredAsBefore() {
    List<PartitionField> byA = List.of(new PartitionField(Transform.IDENTITY, "a", 0));
    ScanFilter two = new ScanFilter.Compare("a", Operator.EQUAL, "2");
    LakeTable narrow = lake.ensure(dataset(LoadMode.APPEND, byA, plain("a", Scalar.INTEGER)));
    append(narrow, "SELECT 1 AS a UNION ALL SELECT 2");
    PairSnapshot state = narrow.findCurrent().orElseThrow();
    assertThat(narrow.plan(state, Side.ORDINARY, two)).hasSize(1);
    LakeTable wide = lake.ensure(dataset(LoadMode.APPEND, byA, plain("a", Scalar.BIGINT)));
    assertThat(wide.plan(state, Side.ORDINARY, two)).hasSize(1);
    assertThat(narrow.plan(state, Side.ORDINARY, new ScanFilter.Compare("a", Operator.LESS, "2")))
        .hasSize(1);
  }
}
