package io.sightglass.engine.duckdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.sql.MaskSql;
import java.security.GeneralSecurityException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over many rows and several threads of the engine. */
class MaskFunctionsTest {

  private static final String KEY = "00ff".repeat(16);

  private DuckDBConnection connection;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
    MaskFunctions.register(connection);
    execute("SET threads = 3");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  /** As the SQL of the mask, which views use, does it. */
  @Test
  void last4IsTheMaskOfThatName() throws SQLException {
    execute(
        """
        CREATE TABLE texts AS SELECT CASE WHEN i % 97 > 0 THEN (SELECT string_agg(
            ['a', 'Z', '7', '12', '3456', ' ', '-', '.', '(', '@', '_', chr(10), 'x@y.z', chr(127)]
            [1 + CAST(hash(i, j) % 14 AS INTEGER)], '' ORDER BY j)
          FROM range(CAST(hash(i) % 12 AS INTEGER)) places (j)) END AS x
        FROM range(400000) texts (i)\
        """);
    assertThat(
            number(
                "SELECT count(*) FROM texts WHERE last4_ascii(x) IS DISTINCT FROM "
                    + MaskSql.masked(Mask.LAST4, "x", Scalar.VARCHAR, false)))
        .isZero();
    assertThat(number("SELECT count(DISTINCT last4_ascii(x)) FROM texts")).isGreaterThan(100_000);
    assertThat(number("SELECT count(*) FROM texts WHERE last4_ascii(x) IS NULL")).isPositive();
  }

  @Test
  void everyKeyHasItsHmac() throws SQLException, GeneralSecurityException {
    execute(
        "CREATE TABLE texts AS SELECT i, CASE WHEN i % 5 > 0 THEN i || 'ä€𝄞' END AS x,"
            + " CASE WHEN i %% 7 = 0 THEN 'aa' WHEN i %% 7 > 1 THEN '%s' END AS key FROM range(300000) r (i)"
                .formatted(KEY));
    execute("CREATE TABLE hashed AS SELECT *, hmac_sha256(key, x) AS h FROM texts");
    assertThat(
            number("SELECT count(*) FROM hashed WHERE (h IS NULL) <> (x IS NULL OR key IS NULL)"))
        .isZero();
    assertThat(number("SELECT count(DISTINCT h) - count(h) FROM hashed")).isZero();
    for (int row : new int[] {7, 9, 299_999}) {
      String key = row % 7 == 0 ? "aa" : KEY;
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(HexFormat.of().parseHex(key), "HmacSHA256"));
      String expected = HexFormat.of().formatHex(mac.doFinal((row + "ä€𝄞").getBytes(UTF_8)));
      assertThat(
              number(
                  "SELECT count(*) FROM hashed WHERE i = %d AND h = '%s'".formatted(row, expected)))
          .isOne();
    }
  }

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
