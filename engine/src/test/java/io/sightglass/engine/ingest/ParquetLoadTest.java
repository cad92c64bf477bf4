package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetLoadTest {

  @TempDir Path folder;
  @TempDir Path written;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private void open(TestingDataset dataset) {
    loads = new TestingLoads(folder, dataset.build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private static TestingDataset daily() {
    return new TestingDataset("benefits.daily")
        .source("in/%Y-%m-%d*.parquet*", Source.Format.PARQUET)
        .load(LoadMode.REPLACE_DATE)
        .required("id", Scalar.BIGINT);
  }

  /** A file of another DuckDB's, with the rows of a query. */
  private byte[] parquet(String query) {
    Path file = written.resolve("x.parquet");
    try (var connection = DriverManager.getConnection("jdbc:duckdb:", new Properties());
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute("COPY (%s) TO '%s' (FORMAT parquet)".formatted(query, file));
      return Files.readAllBytes(file);
    } catch (SQLException | IOException failure) {
      throw new UncheckedIOException(new IOException(failure));
    }
  }

  @Test
  void everyTypeOfAContractIsReadFromEveryTypeThatMayHoldIt() {
    open(
        daily()
            .column("b", Scalar.BOOLEAN)
            .column("i", Scalar.INTEGER)
            .column("d", Scalar.DOUBLE)
            .column("n", new ColumnType.Decimal(10, 2))
            .column("t", Scalar.VARCHAR)
            .column("day", Scalar.DATE)
            .column("ts", Scalar.TIMESTAMP)
            .column("tz", Scalar.TIMESTAMPTZ)
            .column("u", Scalar.UUID));
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT 1::UINTEGER AS id, true AS b, 2.0::DOUBLE AS i, 3::SMALLINT AS d, 1.5::DOUBLE"
                + " AS n, 7 AS t, TIMESTAMP '2025-03-01 00:00:00' AS day, TIMESTAMPTZ '2025-03-01"
                + " 10:00:00+02' AS ts, TIMESTAMP '2025-03-01 10:00:00' AS tz, UUID"
                + " '6f1c2f1e-0000-4000-8000-000000000001' AS u"));
    loads.deliver(
        "in/2025-03-02.parquet",
        parquet(
            "SELECT '2' AS id, 'true' AS b, '5' AS i, '0.5' AS d, '1.25' AS n, NULL::VARCHAR AS t,"
                + " '2025-03-01' AS day, '2025-03-01T10:00:00' AS ts, '2025-03-01T10:00:00-05:00'"
                + " AS tz, '6f1c2f1e-0000-4000-8000-000000000002' AS u"));
    assertThat(loads.load()).extracting(Load::rows).containsOnly(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id, b, i, d, n, t, day, ts, tz, u"))
        .containsExactly(
            "1|true|2|3.0|1.50|7|2025-03-01|2025-03-01"
                + " 08:00:00.0|2025-03-01T10:00Z|6f1c2f1e-0000-4000-8000-000000000001",
            "2|true|5|0.5|1.25|null|2025-03-01|2025-03-01"
                + " 10:00:00.0|2025-03-01T15:00Z|6f1c2f1e-0000-4000-8000-000000000002");
  }

  @Test
  void anInstantMayHaveNanoseconds() {
    open(daily().column("tz", Scalar.TIMESTAMPTZ).column("ts", Scalar.TIMESTAMP));
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT 1 AS id, CAST('2025-03-01 10:00:00.123456+02' AS TIMESTAMPTZ_NS) AS tz,"
                + " CAST('2025-03-01 10:00:00.123456+02' AS TIMESTAMPTZ_NS) AS ts"));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "CAST(tz AS VARCHAR), ts"))
        .singleElement()
        .asString()
        .contains("08:00:00.123456");
  }

  /** As texts are, so that a day's last instant stays in its day. */
  @Test
  void nanosecondsThatAMicrosecondDoesNotHoldAreCut() {
    List<String> times =
        List.of(
            "2026-03-30 23:59:59.999999999",
            "1969-12-31 23:59:59.999999999",
            "1969-12-31 23:59:59.000000001",
            "2262-04-11 23:47:16.854775806");
    TestingDataset dataset = daily();
    for (String type : List.of("NS", "TZNS", "VARCHAR")) {
      dataset
          .column(type.toLowerCase(Locale.ROOT) + "_ts", Scalar.TIMESTAMP)
          .column(type.toLowerCase(Locale.ROOT) + "_tz", Scalar.TIMESTAMPTZ);
    }
    open(dataset.column("day", Scalar.DATE).column("ns", new ColumnType.ListOf(Scalar.TIMESTAMP)));
    String rows =
        times.stream()
            .map(time ->
                "SELECT '%1$s' AS varchar_ts, '%1$s' AS varchar_tz, '%1$s'::TIMESTAMP_NS AS ns_ts, ns_ts AS ns_tz, '%1$s+00'::TIMESTAMPTZ_NS AS tzns_ts, tzns_ts AS tzns_tz, [ns_ts] AS ns"
                    .formatted(time))
            .collect(Collectors.joining(" UNION ALL "));
    loads.deliver(
        "in/2026-03-01.parquet",
        parquet(
            "SELECT row_number() OVER () AS id, '2026-03-30 00:00:00'::TIMESTAMP_NS AS day, * FROM (%s)"
                .formatted(rows)));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(4, 4, 0, 0, 0));
    assertThat(
            loads.rows(
                Side.ORDINARY,
                "CAST(varchar_ts AS VARCHAR), varchar_tz = varchar_ts AT TIME ZONE 'UTC', ns_ts = varchar_ts, ns_tz = varchar_tz, tzns_ts = varchar_ts, tzns_tz = varchar_tz, ns[1] = varchar_ts, day"))
        .containsExactlyInAnyOrder(
            "2026-03-30 23:59:59.999999|true|true|true|true|true|true|2026-03-30",
            "1969-12-31 23:59:59.999999|true|true|true|true|true|true|2026-03-30",
            "1969-12-31 23:59:59|true|true|true|true|true|true|2026-03-30",
            "2262-04-11 23:47:16.854775|true|true|true|true|true|true|2026-03-30");
    loads.deliver(
        "in/2026-03-02.parquet",
        parquet("SELECT 1 AS id, '2026-03-30 23:59:59.999999999'::TIMESTAMP_NS AS day"));
    assertThat(loads.loadOne().rows())
        .as("no day, least of all the next")
        .isEqualTo(new Load.RowCounts(1, 0, 1, 0, 0));
  }

  /** As old writers have them; masks see what a person would. */
  @Test
  void bytesAreTextsInUtf8() {
    open(
        daily()
            .column("n", Scalar.INTEGER)
            .direct("note", Scalar.VARCHAR, Mask.SCRUB)
            .column("tags", new ColumnType.ListOf(Scalar.VARCHAR)));
    String rows =
        "SELECT %d AS id, encode('42') AS n, encode('José, 123-45-6789') AS note, [encode('é')] AS"
            + " tags";
    loads.deliver(
        "in/2025-03-01.parquet", parquet(rows.formatted(1).replace("encode('é')", "'é'")));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "n, note, tags[1]"))
        .containsExactly("42|José, [redacted]|é");
    loads.deliver("in/2025-03-02.parquet", parquet(rows.formatted(1)));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 0, 1, 0, 0)); // in a list
    loads.deliver(
        "in/2025-03-03.parquet",
        parquet("SELECT 1 AS id, '\\xFF'::BLOB AS note UNION ALL SELECT 2, encode('a')"));
    Load broken = loads.loadOne();
    assertThat(broken.state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(broken.code()).isEqualTo("MALFORMED");
    assertThat(broken.reason()).contains("text is no UTF-8");
  }

  /** Also where the file's fields are not quite the contract's. */
  @Test
  void decimalsInListsKeepTheirDigits() {
    ColumnType lines =
        new ColumnType.ListOf(
            new ColumnType.Struct(
                List.of(
                    new ColumnType.Field("line", Scalar.INTEGER),
                    new ColumnType.Field("amount", new ColumnType.Decimal(20, 4)))));
    open(daily().column("lines", lines).column("text", lines));
    String amount = "1234567890123456.7891";
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT 1 AS id, [{line: 7::BIGINT, amount: %1$s::DECIMAL(20,4)}] AS lines, '[{\"line\":7,\"amount\":%1$s}]' AS text"
                .formatted(amount)));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "lines[1].amount, text[1].amount"))
        .containsExactly(amount + "|" + amount);
  }

  @Test
  void aTextMayTellOfNulWithoutHoldingIt() {
    open(
        daily()
            .column(
                "s", new ColumnType.Struct(List.of(new ColumnType.Field("a", Scalar.VARCHAR)))));
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT * FROM (VALUES (1, {a: 'see \\u0000'}), (2, {a: 'x' || chr(0)})) AS t(id, s)"));
    Load load = loads.loadOne();
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(2, 1, 1, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "s.a")).containsExactly("see \\u0000");
  }

  @Test
  void whatDoesNotConvertIsRejectedWithItsNumber() {
    open(
        daily()
            .direct("person", Scalar.VARCHAR, Mask.PSEUDONYM)
            .column("day", Scalar.DATE)
            .column(
                "state",
                Scalar.VARCHAR,
                TextFormat.DEFAULT,
                new Column.Constraints(false, null, List.of("open"), null, null)));
    loads.deliver(
        "in/2025-03-01.parquet.gz",
        gzip(
            parquet(
                "SELECT * FROM (VALUES (1, 'A', TIMESTAMP '2025-03-01', 'open'), (NULL, 'B', NULL,"
                    + " 'open'), (3, 'C', TIMESTAMP '2025-03-01 10:00', 'open'), (4, 'D', NULL,"
                    + " 'shut')) AS t(id, person, day, state)")));
    Load load = loads.loadOne();
    assertThat(load.rows()).as("%s", load).isEqualTo(new Load.RowCounts(4, 1, 3, 0, 0));
    assertThat(loads.service().rejects(load.id(), true, 10, null).items())
        .containsExactly(
            new Reject(2, 0, "id", "is required", null),
            new Reject(3, 0, "day", "is no DATE", "2025-03-01 10:00:00"),
            new Reject(4, 0, "state", "is none of the allowed values", "shut"));
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A");
  }

  private static byte[] gzip(byte[] bytes) {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toByteArray();
  }

  @Test
  void listsAndStructsAreReadByName() {
    ColumnType place =
        new ColumnType.Struct(
            List.of(
                new ColumnType.Field("city", Scalar.VARCHAR),
                new ColumnType.Field("since", Scalar.DATE)));
    open(daily().column("tags", new ColumnType.ListOf(Scalar.INTEGER)).column("place", place));
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT 1 AS id, [1, NULL] AS tags, {'since': DATE '2025-01-01', 'more': 1, 'city':"
                + " 'Erie'} AS place"));
    loads.deliver(
        "in/2025-03-02.parquet",
        parquet("SELECT 2 AS id, ['3'] AS tags, {'city': 'Rome', 'since': NULL::DATE} AS place"));
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, tags, place"))
        .containsExactly(
            "1|[1, NULL]|{'city': Erie, 'since': 2025-01-01}",
            "2|[3]|{'city': Rome, 'since': NULL}");
  }

  /** A value that recurs is stored once; the same rows as CSV would be 300 MB. */
  @Test
  void aSmallFileMayHoldMuchThatRecurs() {
    open(daily().column("t", Scalar.VARCHAR));
    byte[] file = parquet("SELECT 1 AS id, repeat('a', 300) AS t FROM range(1000000)");
    assertThat(file).hasSizeLessThan(100_000);
    loads.deliver("in/2025-03-01.parquet", file);
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1_000_000, 1_000_000, 0, 0, 0));
  }

  /** Bytes are no value of any type, but only where the contract takes them. */
  @Test
  void bytesThatAStructDoesNotNameAreLeftOut() {
    ColumnType.Struct pair =
        new ColumnType.Struct(
            List.of(
                new ColumnType.Field("a", Scalar.INTEGER),
                new ColumnType.Field("b", Scalar.VARCHAR)));
    open(daily().column("s", pair).column("l", new ColumnType.ListOf(pair)));
    loads.deliver(
        "in/2025-03-01.parquet",
        parquet(
            "SELECT 1 AS id, {'a, (\"': 1.5::DECIMAL(9, 2), 'raw': '\\xFF'::BLOB, a: 7, b: 'x', deep: {b: ''::BLOB}} AS s, [s] AS l"));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "s, l"))
        .containsExactly("{'a': 7, 'b': x}|[{'a': 7, 'b': x}]");
    loads.deliver("in/2025-03-02.parquet", parquet("SELECT 1 AS id, [{a: 7, b: 'x'::BLOB}] AS l"));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 0, 1, 0, 0));
  }

  @Test
  void aFileThatIsBrokenAsAWholeIsQuarantined() {
    open(daily().column("t", Scalar.VARCHAR));
    byte[] good = parquet("SELECT range AS id, md5(range::VARCHAR) AS t FROM range(20000)");
    byte[] page = good.clone();
    Arrays.fill(page, 100, 4000, (byte) 0xff);
    byte[] footer = good.clone();
    Arrays.fill(footer, good.length - 60, good.length - 10, (byte) 0xff);
    Map<String, byte[]> objects =
        Map.of(
            "a CUT_OFF", Arrays.copyOf(good, good.length - 1),
            "b CUT_OFF", Arrays.copyOf(good, 3),
            "c CUT_OFF", Arrays.copyOf(good, 5000),
            "d MALFORMED", new byte[0],
            "e MALFORMED", "id,t\n1,x\n".getBytes(UTF_8),
            "f MALFORMED", page,
            "g MALFORMED", footer,
            "h MALFORMED", parquet("SELECT 1 AS other"),
            "i MISSING_COLUMN", parquet("SELECT 'x' AS t"));
    objects.forEach((name, bytes) -> {
      loads.deliver("in/2025-03-01%s.parquet".formatted(name.charAt(0)), bytes);
      Load load = loads.loadOne();
      assertThat(load.state()).as("%s %s", name, load).isEqualTo(Load.State.QUARANTINED);
      assertThat(load.code()).as(name).isEqualTo(name.substring(2));
    });
    loads.deliver("in/2025-03-01z.parquet", good);
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(20000, 20000, 0, 0, 0));
  }
}
