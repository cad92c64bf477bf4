package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Mask;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On a real DuckDB: what the masks let through. */
class MaskSqlTest {

  private Connection connection;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    try (var statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
    }
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "123-45-6789|***-**-6789",
        "123456789|*****6789",
        "1234|****",
        "12-34|**-**",
        "123|***",
        "12345|*2345",
        "-- --|-- --",
        "Müller-Lüdenscheidt|******-********eidt",
        "Łukasz Żak|*****z Żak",
        "山田太郎さん|**太郎さん",
        "日本|**",
        "e\u0301tude|*tude",
        "a😀bcdef|*😀*cdef"
      })
  void lastFourLettersAndDigitsStay(String value, String shown) throws SQLException {
    assertThat(masked(Mask.LAST4, value)).isEqualTo(shown);
  }

  @Test
  void lineEndsAreNoLettersAndNoEnd() throws SQLException {
    assertThat(masked(Mask.LAST4, "ab\ncdefgh\n")).isEqualTo("**\n**efgh\n");
  }

  @ParameterizedTest
  @CsvSource({"90210,902**", "902,902", "9,9", "Zoë Müller,Zoë*******", "山田太郎,山田太*"})
  void firstThreeCharactersStay(String value, String shown) throws SQLException {
    assertThat(masked(Mask.PREFIX3, value)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "123-45-6789",
        "123 45 6789",
        "123.45.6789",
        "123456789",
        "123\u201145\u20116789",
        "(555) 867-5309",
        "555-867-5309",
        "555.867.5309",
        "+1 555 867 5309",
        "1-800-827-1000",
        "867-5309",
        "jane.doe@example.org",
        "jane+va@mail.example.co.uk",
        "o'neil@example.org",
        "zoë@exämple.org",
        "4111 1111 1111 1111",
        "20240001234",
        "600123",
        "C12345678",
        "CNRY123456X",
        "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
      })
  void identifiersInsideATextAreScrubbedWholeAndNothingElse(String identifier) throws SQLException {
    assertThat(masked(Mask.SCRUB, "He wrote " + identifier + ", then left."))
        .isEqualTo("He wrote [redacted], then left.");
    assertThat(masked(Mask.SCRUB, identifier)).isEqualTo("[redacted]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Rated 70 percent since 2019-05-01.",
        "Pain at L4-L5, code 5003, twice in 1991.",
        "ZIP 90210 is a place; 1 of 12 visits on 12/25/2020",
        "@ noon; a @ b",
        ""
      })
  void ordinaryTextStays(String text) throws SQLException {
    assertThat(masked(Mask.SCRUB, text)).isEqualTo(text);
  }

  @Test
  void severalIdentifiersInOneTextAreEachScrubbed() throws SQLException {
    assertThat(masked(Mask.SCRUB, "Call 555-867-5309 or mail a@b.org.\nSSN:123-45-6789!"))
        .isEqualTo("Call [redacted] or mail [redacted].\nSSN:[redacted]!");
  }

  @Test
  void knownToBeAsciiTextsAreMaskedTheSame() throws SQLException {
    long seed = System.nanoTime();
    try (var statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE texts AS SELECT (SELECT string_agg(
              ['a', 'Z', '7', '12', '3456', ' ', '-', '.', '(', ')', '@', '_', '/', chr(10), 'x@y.z', '+', ',', chr(9)]
              [1 + CAST(hash(%d, i, j) %% 18 AS INTEGER)], '' ORDER BY j)
            FROM range(1 + CAST(hash(%d, i) %% 12 AS INTEGER)) places (j)) AS x
          FROM range(20000) texts (i)\
          """
              .formatted(seed, seed));
      for (Mask mask : new Mask[] {Mask.LAST4, Mask.PREFIX3, Mask.SCRUB}) {
        try (var rows =
            statement.executeQuery(
                "SELECT count(*) FILTER (%s IS DISTINCT FROM %s), count(DISTINCT x) FROM texts"
                    .formatted(
                        MaskSql.masked(mask, "x", Scalar.VARCHAR, true),
                        MaskSql.masked(mask, "x", Scalar.VARCHAR, false)))) {
          rows.next();
          assertThat(rows.getLong(1)).as("%s, seed %d", mask, seed).isZero();
          assertThat(rows.getLong(2)).isGreaterThan(10_000);
        }
      }
    }
  }

  @Test
  void redactShowsNothing() throws SQLException {
    assertThat(masked(Mask.REDACT, "anything")).isEqualTo("[redacted]");
    assertThat(masked(Mask.REDACT, "")).isEqualTo("[redacted]");
  }

  @ParameterizedTest
  @EnumSource(
      value = Mask.class,
      names = {"LAST4", "PREFIX3", "REDACT", "SCRUB", "NULL"})
  void nullStaysNullAndTheTypeIsText(Mask mask) throws SQLException {
    assertThat(value(MaskSql.masked(mask, "x", Scalar.VARCHAR, false), "CAST(NULL AS VARCHAR)"))
        .isNull();
    assertThat(value("typeof(" + MaskSql.masked(mask, "x", Scalar.VARCHAR, false) + ")", "'ab'"))
        .isEqualTo("VARCHAR");
  }

  @Test
  void theEmptyTextStaysEmpty() throws SQLException {
    assertThat(masked(Mask.LAST4, "")).isEmpty();
    assertThat(masked(Mask.PREFIX3, "")).isEmpty();
  }

  @Test
  void atRestAnyTypeIsMaskedByItsText() throws SQLException {
    assertThat(value(MaskSql.masked(Mask.LAST4, "x", Scalar.BIGINT, false), "600123456::BIGINT"))
        .isEqualTo("*****3456");
    assertThat(value(MaskSql.masked(Mask.REDACT, "x", Scalar.BIGINT, false), "7::BIGINT"))
        .isEqualTo("[redacted]");
  }

  @Test
  void yearIsTheFirstOfJanuary() throws SQLException {
    assertThat(value(MaskSql.masked(Mask.YEAR, "x", Scalar.DATE, false), "DATE '1961-08-04'"))
        .isEqualTo("1961-01-01");
    assertThat(
            value(
                "typeof(" + MaskSql.masked(Mask.YEAR, "x", Scalar.TIMESTAMPTZ, false) + ")",
                "TIMESTAMPTZ '1961-08-04 12:00:00+00'"))
        .isEqualTo("DATE");
    assertThat(value(MaskSql.masked(Mask.YEAR, "x", Scalar.DATE, false), "CAST(NULL AS DATE)"))
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
  void inAViewYearKeepsTheType(String type) throws SQLException {
    String masked = MaskSql.maskedInView(Mask.YEAR, "x", type);

    assertThat(value("typeof(" + masked + ")", "CAST('1961-08-04' AS " + type + ")"))
        .isEqualTo(type);
    assertThat(value("CAST(" + masked + " AS DATE)", "CAST('1961-08-04' AS " + type + ")"))
        .isEqualTo("1961-01-01");
  }

  @Test
  void inAViewMasksThatCannotKeepTheTypeAreRefused() {
    assertThat(MaskSql.keepsType(Mask.LAST4, "BIGINT")).isFalse();
    assertThat(MaskSql.keepsType(Mask.YEAR, "VARCHAR")).isFalse();
    assertThat(MaskSql.keepsType(Mask.NULL, "BIGINT[]")).isTrue();
    assertThatThrownBy(() -> MaskSql.maskedInView(Mask.REDACT, "x", "DATE"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MaskSql.masked(Mask.PSEUDONYM, "x", Scalar.VARCHAR, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private String masked(Mask mask, String value) throws SQLException {
    String inView = value(MaskSql.maskedInView(mask, "x", "VARCHAR"), quoted(value));
    String atRest = value(MaskSql.masked(mask, "x", Scalar.VARCHAR, false), quoted(value));
    assertThat(inView).isEqualTo(atRest);
    if (value.chars().allMatch(c -> c < 128)) {
      assertThat(value(MaskSql.masked(mask, "x", Scalar.VARCHAR, true), quoted(value)))
          .isEqualTo(atRest);
    }
    return Objects.requireNonNull(inView);
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private @Nullable String value(String expression, String x) throws SQLException {
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT CAST(%s AS VARCHAR) FROM (SELECT %s AS x)".formatted(expression, x))) {
      rows.next();
      return rows.getString(1);
    }
  }
}
