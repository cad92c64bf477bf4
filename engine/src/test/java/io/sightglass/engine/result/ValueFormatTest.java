package io.sightglass.engine.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueFormatTest {

  @TempDir static Path folder;
  private static DuckDbInstance instance;

  @BeforeAll
  static void open() {
    instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "ordinary", List.of(), folder, 100_000_000, 500_000_000, 2, Duration.ofMinutes(1)),
            List.of());
  }

  @AfterAll
  static void close() {
    instance.retire();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(DuckDbInstance.batchBytesInUse()).isZero();
    assertThat(instance.openSessions()).isZero();
  }

  static String text(ResultStream stream) {
    StringBuilder text = new StringBuilder();
    for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
      for (ByteBuffer buffer : chunk.buffers()) {
        text.append(StandardCharsets.UTF_8.decode(buffer.duplicate()));
      }
      chunk.release();
    }
    return text.toString();
  }

  private static String ndjson(String sql) {
    return text(
        new NdjsonEncoder().open(new TestingStatement(instance, sql, TestingStatement.UNLIMITED)));
  }

  private static String csv(String sql) {
    return text(
        new CsvEncoder().open(new TestingStatement(instance, sql, TestingStatement.UNLIMITED)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "NULL~null~",
        "true~true~true",
        "(-128)::TINYINT~-128~-128",
        "(-32768)::SMALLINT~-32768~-32768",
        "(-2147483648)::INTEGER~-2147483648~-2147483648",
        "(-9223372036854775808)::BIGINT~-9223372036854775808~-9223372036854775808",
        "0::BIGINT~0~0",
        "255::UTINYINT~255~255",
        "65535::USMALLINT~65535~65535",
        "4294967295::UINTEGER~4294967295~4294967295",
        "18446744073709551615::UBIGINT~18446744073709551615~18446744073709551615",
        "9223372036854775808::UBIGINT~9223372036854775808~9223372036854775808",
        "170141183460469231731687303715884105727::HUGEINT~\"170141183460469231731687303715884105727\"~170141183460469231731687303715884105727",
        "(-170141183460469231731687303715884105728)::HUGEINT~\"-170141183460469231731687303715884105728\"~-170141183460469231731687303715884105728",
        "(-9223372036854775808)::HUGEINT~\"-9223372036854775808\"~-9223372036854775808",
        "340282366920938463463374607431768211455::UHUGEINT~\"340282366920938463463374607431768211455\"~340282366920938463463374607431768211455",
        "1.5::FLOAT~1.5~1.5",
        "0.1::FLOAT~0.1~0.1",
        "'NaN'::FLOAT~\"NaN\"~NaN",
        "0.1::DOUBLE~0.1~0.1",
        "1::DOUBLE~1.0~1.0",
        "-0.000123::DOUBLE~-1.23E-4~-1.23E-4",
        "123456789.25::DOUBLE~123456789.25~123456789.25",
        "(0.1 + 0.2)::DOUBLE~0.3~0.3",
        "1e300::DOUBLE~1.0E300~1.0E300",
        "'-inf'::DOUBLE~\"-Infinity\"~-Infinity",
        "'inf'::DOUBLE~\"Infinity\"~Infinity",
        "(-1.5)::DECIMAL(4,1)~\"-1.5\"~-1.5",
        "0.05::DECIMAL(9,2)~\"0.05\"~0.05",
        "(-0.05)::DECIMAL(9,2)~\"-0.05\"~-0.05",
        "7::DECIMAL(18,0)~\"7\"~7",
        "12345678901234567.89::DECIMAL(38,2)~\"12345678901234567.89\"~12345678901234567.89",
        "(-1234567890123456789012345678.9)::DECIMAL(38,10)~\"-1234567890123456789012345678.9000000000\"~-1234567890123456789012345678.9000000000",
        "0.00000000000000000000001::DECIMAL(38,25)~\"0.0000000000000000000000100\"~0.0000000000000000000000100",
        "'Zoë \"x\"'~\"Zoë \\\"x\\\"\"~\"Zoë \"\"x\"\"\"",
        "''~\"\"~\"\"",
        "'a,b'~\"a,b\"~\"a,b\"",
        "'😀'||chr(9)||chr(1)||'\\'~\"😀\\t\\u0001\\\\\"~😀\t\u0001\\",
        "'\\x00\\xFF'::BLOB~\"AP8=\"~AP8=",
        "''::BLOB~\"\"~\"\"",
        "DATE '2024-02-29'~\"2024-02-29\"~2024-02-29",
        "DATE '1969-12-31'~\"1969-12-31\"~1969-12-31",
        "DATE '0044-03-15 (BC)'~\"-0043-03-15\"~-0043-03-15",
        "DATE '0001-12-31 (BC)'~\"0000-12-31\"~0000-12-31",
        "DATE '12024-02-29'~\"+12024-02-29\"~+12024-02-29",
        "DATE 'infinity'~\"infinity\"~infinity",
        "DATE '-infinity'~\"-infinity\"~-infinity",
        "TIME '23:59:59.5'~\"23:59:59.500\"~23:59:59.500",
        "TIME '24:00:00'~\"24:00:00\"~24:00:00",
        "'01:02:03'::TIME_NS~\"01:02:03\"~01:02:03",
        "'01:02:03+01:30'::TIMETZ~\"01:02:03+01:30\"~01:02:03+01:30",
        "'01:02:03-05'::TIMETZ~\"01:02:03-05:00\"~01:02:03-05:00",
        "'01:02:03.25'::TIMETZ~\"01:02:03.25Z\"~01:02:03.25Z",
        "TIMESTAMP '2024-02-29 12:34:56'~\"2024-02-29T12:34:56\"~2024-02-29T12:34:56",
        "TIMESTAMP '1969-12-31 23:59:59.999999'~\"1969-12-31T23:59:59.999999\"~1969-12-31T23:59:59.999999",
        "TIMESTAMP 'infinity'~\"infinity\"~infinity",
        "TIMESTAMP_S '2024-02-29 12:34:56'~\"2024-02-29T12:34:56\"~2024-02-29T12:34:56",
        "TIMESTAMP_MS '2024-02-29 12:34:56.78'~\"2024-02-29T12:34:56.780\"~2024-02-29T12:34:56.780",
        "TIMESTAMP_NS '2024-02-29 12:34:56.123456789'~\"2024-02-29T12:34:56.123456789\"~2024-02-29T12:34:56.123456789",
        "TIMESTAMPTZ '2024-02-29 12:34:56+02'~\"2024-02-29T10:34:56Z\"~2024-02-29T10:34:56Z",
        "TIMESTAMPTZ '-infinity'~\"-infinity\"~-infinity",
        "INTERVAL '1 year 2 months 3 days 04:05:06.7'~\"P1Y2M3DT4H5M6.7S\"~P1Y2M3DT4H5M6.7S",
        "INTERVAL '-1 month'~\"P-1M\"~P-1M",
        "INTERVAL '0 days'~\"PT0S\"~PT0S",
        "-INTERVAL '90 minutes'~\"PT-1H-30M\"~PT-1H-30M",
        "to_microseconds(9223372036854775807)~\"PT2562047788H54.775807S\"~PT2562047788H54.775807S",
        "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID~\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"~6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "'0101'::BIT~\"0101\"~0101",
        "'b'::ENUM('a', 'b')~\"b\"~b",
        "[1, NULL, 3]~[1,null,3]~\"[1,null,3]\"",
        "[]~[]~[]",
        "[7]~[7]~[7]",
        "[NULL]~[null]~[null]",
        "array_value(1, 2)~[1,2]~\"[1,2]\"",
        "[['x'], [], NULL]~[[\"x\"],[],null]~\"[[\"\"x\"\"],[],null]\"",
        "{'a': 1, 'b c': 'x', 'q\"q': [NULL]}~{\"a\":1,\"b c\":\"x\",\"q\\\"q\":[null]}~\"{\"\"a\"\":1,\"\"b c\"\":\"\"x\"\",\"\"q\\\"\"q\"\":[null]}\"",
        "row(1, 'x')~[1,\"x\"]~\"[1,\"\"x\"\"]\"",
        "MAP {'k': {'v': 1}}~[{\"key\":\"k\",\"value\":{\"v\":1}}]~\"[{\"\"key\"\":\"\"k\"\",\"\"value\"\":{\"\"v\"\":1}}]\"",
        "MAP {}~[]~[]",
        "[{'e': 'a'::ENUM('a'), 't': '01:02:03+01'::TIMETZ, 'i': INTERVAL 1 DAY, 'h': 5::HUGEINT}]~[{\"e\":\"a\",\"t\":\"01:02:03+01:00\",\"i\":\"P1D\",\"h\":\"5\"}]~\"[{\"\"e\"\":\"\"a\"\",\"\"t\"\":\"\"01:02:03+01:00\"\",\"\"i\"\":\"\"P1D\"\",\"\"h\"\":\"\"5\"\"}]\"",
        "'{\"a\": 1}'::JSON~\"{\\\"a\\\": 1}\"~\"{\"\"a\"\": 1}\"",
        "42::VARIANT~\"42\"~42",
        "union_value(num := 1)~\"1\"~1",
        "123456789012345678901234567890123456789012::BIGNUM~\"123456789012345678901234567890123456789012\"~123456789012345678901234567890123456789012",
      })
  void everyTypeHasItsText(String expression, String json, String csv) {
    String sql = "SELECT " + expression + " AS v";
    assertThat(ndjson(sql)).isEqualTo("{\"v\":" + json + "}\n");
    assertThat(csv(sql)).isEqualTo("v\n" + (csv == null ? "" : csv) + "\n");
    assertThat(ndjson("SELECT CASE WHEN i = 1 THEN " + expression + " END AS v FROM range(2) t(i)"))
        .isEqualTo("{\"v\":null}\n{\"v\":" + json + "}\n");
  }

  @Test
  void equalNamesStayApartInObjects() {
    assertThat(ndjson("SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS \"b\"\"\"\"\""))
        .startsWith("{\"a\":1,")
        .endsWith(",\"a_1\":3,\"b\\\"\\\"\":4}\n")
        .doesNotContain("\"a\":2");
    assertThat(csv("SELECT 1 AS a, 2 AS a, 3 AS \"x,y\"")).isEqualTo("a,a,\"x,y\"\n1,2,3\n");
  }

  @Test
  void anEmptyResultHasItsHeader() {
    assertThat(csv("SELECT 1 AS a, 'x' AS b WHERE false")).isEqualTo("a,b\n");
    assertThat(ndjson("SELECT 1 AS a WHERE false")).isEmpty();
  }

  @Test
  void theOrderOfTheStatementSurvivesTheCasts() {
    String csv =
        csv(
            "SELECT i, i::HUGEINT AS h, (i % 7)::VARCHAR::ENUM('0','1','2','3','4','5','6') AS e"
                + " FROM range(100000) t(i) ORDER BY hash(i)");
    String plain = csv("SELECT i FROM range(100000) t(i) ORDER BY hash(i)");
    assertThat(csv.lines().map(line -> line.substring(0, line.indexOf(','))))
        .containsExactlyElementsOf(plain.lines().toList());
  }

  @Test
  void manyRowsAreAllThereAndRight() {
    String csv = csv("SELECT i, i * 0.25 AS q, 'r' || i AS t FROM range(300000) t(i)");
    long line = 0;
    for (String row : (Iterable<String>) csv.lines().skip(1)::iterator) {
      assertThat(row).startsWith(line + ",").endsWith(",r" + line);
      line++;
    }
    assertThat(line).isEqualTo(300_000);
  }
}
