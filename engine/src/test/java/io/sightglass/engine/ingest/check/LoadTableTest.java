package io.sightglass.engine.ingest.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.ingest.TestingDataset;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.staging.Stager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadTableTest {

  private static final String NONE = "(none)";

  @TempDir Path folder;
  private DuckDbInstance instance;
  private DuckDbSession session;

  @BeforeEach
  void open() {
    instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "load",
                List.of(folder),
                folder.resolve("spill"),
                1L << 30,
                512L << 20,
                2,
                Duration.ZERO),
            List.of());
    session = instance.openSession();
  }

  @AfterEach
  void close() {
    session.close();
    instance.retire();
  }

  @Test
  void textsBecomeValuesOrTheRowIsRejected() {
    check(Scalar.INTEGER, "1", "-5", "+7", "007", " 12 ");
    refuse(Scalar.INTEGER, "1.5", "1e3", "1_000", "x", "0x10", "3000000000", "");
    check(Scalar.BIGINT, "9223372036854775807");
    refuse(Scalar.BIGINT, "9223372036854775808", "1,000");
    check(Scalar.DOUBLE, "1", "1.5", ".5", "-1e-3", "5.");
    refuse(Scalar.DOUBLE, "1_0.5", "nan", "1.5.5", "inf", "abc");
    check(new ColumnType.Decimal(5, 2), "1.25", "100", "-999.99");
    refuse(new ColumnType.Decimal(5, 2), "1000.00", "1_0", "x");
    check(Scalar.BOOLEAN, "true", "false", "TRUE");
    refuse(Scalar.BOOLEAN, "yes", "1", "t");
    check(Scalar.DATE, "2024-02-29", " 2024-01-05 ");
    refuse(Scalar.DATE, "2023-02-29", "2024/01/05", "20240105", "infinity", "epoch", "01/05/2024");
    check(
        Scalar.TIMESTAMP, "2024-01-05T10:00:00", "2024-01-05 10:00", "2024-01-05", " 2024-01-05 ");
    check(Scalar.TIMESTAMPTZ, " 2024-01-05T10:00:00Z ", " 2024-01-05 ");
    refuse(Scalar.TIMESTAMP, "now", "infinity", "2024-01-05T25:00:00", "10:00");
    check(
        Scalar.UUID,
        "01234567-89ab-cdef-0123-456789abcdef",
        " 01234567-89ab-cdef-0123-456789abcdef ");
    refuse(Scalar.UUID, "0123");
  }

  /** Beside BigDecimal, which the engine's own cast is not. */
  @Test
  void anExponentMovesThePointAndLosesNothing() {
    for (String text :
        List.of(
            "1.98765e1",
            "-1.985e1",
            "+.5E2",
            "5.e-1",
            "12345e-3",
            "0e0",
            "0.000123456789e5",
            "1234567.894999999999e0",
            "99999.995e0",
            "1e-40",
            "123.455e+0")) {
      BigDecimal rounded = new BigDecimal(text).setScale(2, RoundingMode.HALF_UP);
      assertThat(values(new ColumnType.Decimal(9, 2), TextFormat.DEFAULT, text))
          .as(text)
          .containsExactly(rounded.toPlainString());
    }
    refuse(
        new ColumnType.Decimal(9, 2),
        "1.987654321e7",
        "1e7",
        "-1e7",
        "9999999.995e0",
        "1e61",
        "1e99999999999",
        "1e-2147483648",
        "0e2147483647",
        "1e",
        "e5",
        ".e1");
    assertThat(values(new ColumnType.Decimal(18, 3), TextFormat.DEFAULT, "5395179258.551590146e5"))
        .containsExactly("539517925855159.015");
  }

  @Test
  void noTimeHasAnOffsetThatIsNowhere() {
    refuse(
        Scalar.TIMESTAMPTZ,
        "2024-01-01T12:34:56+99:99",
        "2024-01-01T12:34:56+24:00",
        "2024-01-01T12:34:56-05:99",
        "2024-01-01T12:34:56+19");
    TextFormat formats = TestingDataset.formats("UTC", "%Y-%m-%dT%H:%M:%S%z");
    assertThat(
            values(
                Scalar.TIMESTAMPTZ,
                formats,
                "2024-01-01T12:00:00+99:00",
                "2024-01-01T12:00:00+0560",
                "2024-01-01T12:00:00+05:45",
                "2024-01-01T12:00:00-12",
                "2024-01-01T12:00:00+00:00"))
        .containsExactly(
            NONE,
            NONE,
            "2024-01-01 06:15:00+00",
            "2024-01-02 00:00:00+00",
            "2024-01-01 12:00:00+00");
  }

  @Test
  void aZoneMayBeAnOffset() {
    assertThat(values(Scalar.TIMESTAMPTZ, TestingDataset.formats("+02:00"), "2024-01-01T12:00:00"))
        .containsExactly("2024-01-01 10:00:00+00");
    assertThat(values(Scalar.TIMESTAMPTZ, TestingDataset.formats("-05:30"), "2024-01-01T12:00:00"))
        .containsExactly("2024-01-01 17:30:00+00");
  }

  /** The digits of a number in a list are as many as they are; a name twice is a guess. */
  @Test
  void nestedValuesKeepTheirDigits() {
    ColumnType amounts = new ColumnType.ListOf(new ColumnType.Decimal(22, 4));
    assertThat(
            values(
                amounts,
                TextFormat.DEFAULT,
                "[1234567890123456.7891, 99999999999999999.5, -3e2]",
                "[\"1.5\", null]",
                "[]",
                "[01]",
                "[1",
                "[1-2]"))
        .containsExactly(
            "[1234567890123456.7891, 99999999999999999.5000, -300.0000]",
            "[1.5000, NULL]",
            "[]",
            NONE,
            NONE,
            NONE);
    ColumnType named =
        new ColumnType.Struct(
            List.of(
                new ColumnType.Field("a", Scalar.BIGINT),
                new ColumnType.Field("b", Scalar.VARCHAR)));
    assertThat(
            values(
                named,
                TextFormat.DEFAULT,
                "{\"a\":1,\"b\":\"é 12, \\\"3\\\" -4 \\\\\"}",
                "{\"a\":9223372036854775807,\"b\":1.10}",
                "{\"a\":1,\"a\":2}"))
        .containsExactly(
            "{'a': 1, 'b': 'é 12, \"3\" -4 \\\\'}", "{'a': 9223372036854775807, 'b': 1.10}", NONE);
  }

  @Test
  void jsonInsideATextKeepsItsNumbers() {
    assertThat(
            values(
                new ColumnType.Struct(List.of(new ColumnType.Field("t", Scalar.VARCHAR))),
                TextFormat.DEFAULT,
                "{\"t\":{\"a\":1.10,\"b\":\"2\",\"c\":[-3e4,\"5\",12345678901234567890.5]}}",
                "{\"t\":[]}",
                "{\"t\":\"6\"}"))
        .containsExactly(
            "{'t': '{\"a\":1.10,\"b\":\"2\",\"c\":[-3e4,\"5\",12345678901234567890.5]}'}",
            "{'t': '[]'}",
            "{'t': 6}");
  }

  @Test
  void noDayOrWeekBehindTheLastOfItsYearIsOneOfTheNext() {
    TextFormat formats =
        TestingDataset.formats("UTC", "%Y-%j", "%d.%m.%Y", "%Y/%W/%w", "%G-W%V-%u");
    assertThat(
            values(
                Scalar.DATE,
                formats,
                "2024-366",
                "2026-366",
                "31.12.2026",
                "2026/00/4",
                "2026/53/1",
                "2020-W53-5",
                "2021-W53-5"))
        .containsExactly("2024-12-31", NONE, "2026-12-31", "2026-01-01", NONE, "2021-01-01", NONE);
  }

  @Test
  void blanksAroundTruthAndTimesAreAllowed() {
    assertThat(
            values(
                Scalar.TIMESTAMPTZ,
                TestingDataset.formats("UTC", "%Y-%m-%d %H:%M:%S%z"),
                " 2024-01-05 10:00:00Z ",
                "2024-01-05 10:00:00+0100 "))
        .containsExactly("2024-01-05 10:00:00+00", "2024-01-05 09:00:00+00");
    TextFormat truth =
        new TextFormat(List.of(), ZoneOffset.UTC, '.', null, List.of("Y", "Y  "), List.of("N"));
    assertThat(values(Scalar.BOOLEAN, truth, " Y", "Y  ", "N ", "Y N"))
        .containsExactly("true", "true", "false", NONE);
  }

  @Test
  void aColumnOfSeveralNamesTakesTheFirstThatIsThere() {
    Dataset dataset =
        new TestingDataset("t.renamed")
            .column("id", Scalar.INTEGER)
            .from("size", Scalar.INTEGER, true, "new_size", "size")
            .build();
    String text = "size,id,new_size\n1,1,\n2,2,3\nx,3,\n,4,\n5,5,y\n";
    try (LoadTable table = load(dataset, text, null)) {
      assertThat(rows(table, "size")).containsExactly("1", "3");
      assertThat(rejects(table))
          .containsExactly(
              "4|28|size|is no INTEGER|x|x,3,",
              "5|33|size|is required|null|,4,",
              "6|37|size|is no INTEGER|y|5,5,y");
    }
  }

  /** A reject tells what the contract says of it, whatever its columns are called. */
  @Test
  void columnsMayBeCalledAsThePartsOfAReject() {
    List<String> names = List.of("line", "position", "column", "reason", "value", "record", "cell");
    TestingDataset dataset = new TestingDataset("t.complaints").column("id", Scalar.BIGINT);
    names.forEach(name -> dataset.column(name, Scalar.VARCHAR));
    String text = "id,%s\nx,a,b,c,d,e,f,g\n".formatted(String.join(",", names));
    try (LoadTable table = load(dataset.build(), text, null)) {
      assertThat(rejects(table))
          .containsExactly(
              "2|%d|id|is no BIGINT|x|x,a,b,c,d,e,f,g".formatted(text.indexOf('\n') + 1));
    }
  }

  @Test
  void aTextWithoutZoneWasWrittenInTheColumnsZone() {
    TextFormat newYork = TestingDataset.formats("America/New_York");
    assertThat(
            values(
                Scalar.TIMESTAMPTZ,
                newYork,
                "2024-01-05T10:00:00",
                "2024-07-05 10:00:00",
                "2024-01-05T10:00:00Z",
                "2024-01-05T10:00:00+0200",
                "2024-01-05"))
        .containsExactly(
            "2024-01-05 15:00:00+00",
            "2024-07-05 14:00:00+00",
            "2024-01-05 10:00:00+00",
            "2024-01-05 08:00:00+00",
            "2024-01-05 05:00:00+00");
  }

  @Test
  void formatsAreTriedInOrderEachWithItsOwnZone() {
    TextFormat formats =
        TestingDataset.formats("America/New_York", "%Y-%m-%dT%H:%M:%S%z", "%m/%d/%Y %H:%M");
    assertThat(
            values(
                Scalar.TIMESTAMPTZ,
                formats,
                "2024-01-05T10:00:00+0500",
                "01/05/2024 10:00",
                "2024-01-05T10:00:00Z",
                "01/06/2024 10:00",
                "2024-01-05",
                "01/05/24 10:00"))
        .containsExactly(
            "2024-01-05 05:00:00+00",
            "2024-01-05 15:00:00+00",
            "2024-01-05 10:00:00+00",
            "2024-01-06 15:00:00+00",
            NONE,
            NONE);
    TextFormat dates = TestingDataset.formats("UTC", "%Y-%m-%d", "%m/%d/%Y");
    assertThat(values(Scalar.DATE, dates, "2024-01-05", "02/03/2024", "31/12/2024", "01/05/24"))
        .containsExactly("2024-01-05", "2024-02-03", NONE, NONE);
  }

  @Test
  void separatorsAndTruthAreTheContracts() {
    TextFormat german = new TextFormat(List.of(), ZoneOffset.UTC, ',', '.', List.of(), List.of());
    assertThat(values(new ColumnType.Decimal(12, 2), german, "1.234,50", "1234,5", "12.34", "-7"))
        .containsExactly("1234.50", "1234.50", NONE, "-7.00");
    assertThat(values(Scalar.INTEGER, german, "1.234.567", "1234", "12.34"))
        .containsExactly("1234567", "1234", NONE);
    TextFormat truth =
        new TextFormat(List.of(), ZoneOffset.UTC, '.', null, List.of("Y", "1"), List.of("N"));
    assertThat(values(Scalar.BOOLEAN, truth, "Y", "1", "N", "true"))
        .containsExactly("true", "true", "false", NONE);
  }

  @Test
  void nullTextsAreNullQuotedOrNot() {
    Dataset dataset =
        new TestingDataset("t.nulls")
            .source("x", Source.Format.CSV, "NULL", "N/A")
            .column("a", Scalar.VARCHAR)
            .column("b", Scalar.INTEGER)
            .build();
    try (LoadTable table = load(dataset, "a,b\nNULL,1\n\"N/A\",2\n,3\n\"\",4\nx,NULL\n", null)) {
      assertThat(rows(table, "a")).containsExactly(NONE, NONE, "", "", "x");
      assertThat(rows(table, "b")).containsExactly("1", "2", "3", "4", NONE);
    }
  }

  @Test
  void oneRejectARowNamesTheFirstColumnAtFault() {
    Dataset dataset =
        new TestingDataset("t.rejects")
            .required("id", Scalar.BIGINT)
            .column(
                "code",
                Scalar.VARCHAR,
                TextFormat.DEFAULT,
                new Column.Constraints(false, "[A-Z]{2}", List.of(), null, null))
            .column(
                "state",
                Scalar.VARCHAR,
                TextFormat.DEFAULT,
                new Column.Constraints(false, null, List.of("on", "off"), null, null))
            .column(
                "size",
                Scalar.INTEGER,
                TextFormat.DEFAULT,
                new Column.Constraints(false, null, List.of(), "1", "9"))
            .build();
    String text =
        """
        id,code,state,size
        1,AB,on,5
        ,AB,on,5
        x,abc,on,5
        2,abc,gone,0
        3,AB,gone,0
        4,AB,off,0
        5,AB,off,10
        6,,,
        7,AB
        8,"A
        B",on,1
        """;
    try (LoadTable table = load(dataset, text, null)) {
      assertThat(rejects(table))
          .containsExactly(
              "3|29|id|is required|null|,AB,on,5",
              "4|38|id|is no BIGINT|x|x,abc,on,5",
              "5|49|code|does not match the contract's pattern|abc|2,abc,gone,0",
              "6|62|state|is none of the allowed values|gone|3,AB,gone,0",
              "7|74|size|is less than 1|0|4,AB,off,0",
              "8|85|size|is more than 9|10|5,AB,off,10",
              "10|102|null|Has 2 columns; the file has 4|7,AB|7,AB",
              "11|107|code|does not match the contract's pattern|A\nB|8,\"A\nB\",on,1");
      assertThat(table.read()).isEqualTo(10);
      assertThat(table.rejected()).isEqualTo(8);
      assertThat(table.written()).isEqualTo(2);
    }
  }

  @Test
  void theNewestRowOfAKeyStays() {
    Dataset dataset =
        new TestingDataset("t.keyed")
            .key("at", "id")
            .column("id", Scalar.INTEGER)
            .column("at", Scalar.TIMESTAMP)
            .column("what", Scalar.VARCHAR)
            .build();
    String text =
        """
        id,at,what
        1,2024-01-02,newest
        1,2024-01-01,older
        1,,never
        2,2024-01-01,first
        2,2024-01-01,tie
        3,,null
        ,2024-01-01,no key
        ,2024-01-01,no key
        4,2024-01-05,unwanted
        4,2024-01-04,wanted
        """;
    try (LoadTable table = load(dataset, text, "what IS DISTINCT FROM 'unwanted'")) {
      table.dropDuplicates();
      assertThat(rows(table, "what"))
          .containsExactly("newest", "tie", "null", "no key", "no key", "wanted");
      assertThat(List.of(table.read(), table.filtered(), table.duplicates(), table.written()))
          .containsExactly(10L, 1L, 3L, 6L);
      table.dropExisting("SELECT 3 AS id UNION ALL SELECT NULL UNION ALL SELECT 99");
      assertThat(rows(table, "what"))
          .containsExactly("newest", "tie", "no key", "no key", "wanted");
      assertThat(table.range("id")).containsExactly("1", "4");
    }
  }

  @Test
  void withoutLatestByTheLastLineWins() {
    Dataset dataset =
        new TestingDataset("t.keyed")
            .key(null, "id", "part")
            .column("id", Scalar.INTEGER)
            .column("part", Scalar.VARCHAR)
            .column("what", Scalar.VARCHAR)
            .build();
    try (LoadTable table = load(dataset, "id,part,what\n1,a,x\n1,b,y\n1,a,z\n2,,n\n2,,n\n", null)) {
      table.dropDuplicates();
      assertThat(rows(table, "what")).containsExactly("y", "z", "n", "n");
    }
  }

  @Test
  void nestedValuesComeFromJson() {
    Dataset dataset =
        new TestingDataset("t.nested")
            .source("x", Source.Format.NDJSON)
            .column("l", new ColumnType.ListOf(Scalar.BIGINT))
            .column("d", new ColumnType.Decimal(38, 10))
            .build();
    String text =
        """
        {"l":[1,2],"d":12345678901234567890.0123456789}
        {"l":["x"]}
        {"l":null}
        """;
    try (LoadTable table = load(dataset, text, null)) {
      assertThat(rows(table, "l")).containsExactly("[1, 2]", NONE);
      assertThat(rows(table, "d")).containsExactly("12345678901234567890.0123456789", NONE);
    }
  }

  @Test
  void pseudonymsAreHmacSha256() throws GeneralSecurityException {
    PseudonymKeys keys = new PseudonymKeys("0123456789abcdef0123456789abcdef".getBytes(UTF_8));
    keys.define(session, "person");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(keys.key("person"), "HmacSHA256"));
    for (String value : List.of("600123456", "", " ä€𝄞 ", "x".repeat(500))) {
      String expected =
          HexFormat.of().formatHex(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)));
      assertThat(
              session.query(
                  "SELECT "
                      + PseudonymKeys.pseudonym("person", "v")
                      + " FROM (SELECT ?::VARCHAR v)",
                  List.of(value),
                  row -> row.getString(1)))
          .containsExactly(expected.substring(0, 32));
    }
    assertThat(keys.key("person")).isNotEqualTo(keys.key("other"));
    assertThat(
            session.query(
                "SELECT " + PseudonymKeys.pseudonym("person", "CAST(NULL AS VARCHAR)"),
                List.of(),
                row -> String.valueOf(row.getString(1))))
        .containsExactly("null");
  }

  private void check(ColumnType type, String... texts) {
    assertThat(values(type, TextFormat.DEFAULT, texts)).as("%s", type).doesNotContain(NONE);
  }

  private void refuse(ColumnType type, String... texts) {
    assertThat(values(type, TextFormat.DEFAULT, texts)).as("%s", type).containsOnly(NONE);
  }

  /** The values of one column, by line; null where the row is rejected. */
  private List<String> values(ColumnType type, TextFormat text, String... texts) {
    Dataset dataset =
        new TestingDataset("t.types")
            .source("x", Source.Format.CSV, "NULL")
            .column("v", type, text, Column.Constraints.NONE)
            .column("w", Scalar.INTEGER)
            .build();
    StringBuilder file = new StringBuilder("v,w\n");
    for (String value : texts) {
      file.append('"').append(value.replace("\"", "\"\"")).append("\",1\n");
    }
    try (LoadTable table = load(dataset, file.toString(), null)) {
      assertThat(table.read()).isEqualTo(texts.length);
      return session.query(
          "SELECT CASE WHEN _fault IS NULL THEN CAST(v AS VARCHAR) END FROM load_1.rows ORDER BY _line",
          List.of(),
          row -> orNone(row.getString(1)));
    }
  }

  /** Else nobody knows that no column of the file is the cause. */
  @Test
  void aFilterThatFailsForARowIsNamed() {
    Dataset dataset = new TestingDataset("t.d").column("t", Scalar.VARCHAR).build();
    load(dataset, "t\nx\n", "TRY_CAST(t AS INTEGER) > 1").close();
    assertThatThrownBy(() -> load(dataset, "t\n2\nx\n", "CAST(t AS INTEGER) > 1"))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("The contract's where fails for a row: A value cannot be converted")
        .extracting("code")
        .isEqualTo(ErrorCode.CAST_FAILED);
  }

  /** Another load may have ended the engine that both use. */
  @Test
  void noFileIsBlamedForAnEngineThatAnswersNoMore() throws IOException {
    Path file = folder.resolve("in.parquet");
    session.execute("COPY (SELECT 1 AS id) TO '%s' (FORMAT parquet)".formatted(file));
    Dataset dataset =
        new TestingDataset("t.d")
            .source("*.parquet", Source.Format.PARQUET)
            .column("id", Scalar.INTEGER)
            .build();
    Source source = dataset.sources().getFirst();
    StagedSource staged =
        Stager.stage(Files.newInputStream(file), "f", dataset, source, folder.resolve("spill"));
    session.close();
    assertThatThrownBy(() -> LoadTable.read(session, "1", dataset, source, staged, null))
        .isInstanceOf(EngineException.class);
  }

  private List<String> rows(LoadTable table, String column) {
    return session.query(
        "SELECT CAST(%s AS VARCHAR) FROM %s ORDER BY _line".formatted(column, table.wanted()),
        List.of(),
        row -> orNone(row.getString(1)));
  }

  private List<String> rejects(LoadTable table) {
    Path file = folder.resolve("out.parquet");
    table.writeRejects(file);
    return session.query(
        "SELECT concat_ws('|', line, position, coalesce(\"column\", 'null'), reason, coalesce(value, 'null'), record) FROM '%s'"
            .formatted(file),
        List.of(),
        row -> row.getString(1));
  }

  private static String orNone(@Nullable String value) {
    return value == null ? NONE : value;
  }

  private LoadTable load(Dataset dataset, String text, @Nullable String where) {
    Source source = dataset.sources().getFirst();
    StagedSource staged =
        Stager.stage(new ByteArrayInputStream(text.getBytes(UTF_8)), "f", dataset, source, folder);
    return LoadTable.read(session, "1", dataset, source, staged, where);
  }
}
