package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import io.sightglass.engine.query.StatementCheck.CheckedColumn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code catalog.*}: what each caller may see, and nothing of what others may. */
class CatalogViewTest {

  @TempDir static Path folder;
  private static TestingService testing;

  @BeforeAll
  static void open() throws IOException {
    testing =
        new TestingService(
            folder, new Admission.Capacity(2, 10, 1_000_000_000), Duration.ofSeconds(60));
  }

  @AfterAll
  static void close() {
    testing.close();
  }

  private static List<List<String>> rows(String role, String sql) {
    return testing
        .service
        .execute(TestingService.request(sql), TestingService.principal(role), CatalogViewTest::read)
        .opened()
        .join();
  }

  private static List<List<String>> read(OpenStatement statement) {
    List<List<String>> rows = new ArrayList<>();
    try (ArrowCursor cursor = statement.start(ColumnCasts.NONE, 8192)) {
      while (cursor.advance()) {
        for (int row = 0; row < cursor.batch().getRowCount(); row++) {
          List<String> values = new ArrayList<>();
          for (var vector : cursor.batch().getFieldVectors()) {
            values.add(Objects.toString(vector.getObject(row)));
          }
          rows.add(values);
        }
      }
    }
    statement.succeed(new AnswerEnd(rows.size(), 1, "crc32c=:x:"));
    return rows;
  }

  private static ErrorCode refusal(String role, String sql) {
    try {
      rows(role, sql);
    } catch (CompletionException e) {
      if (e.getCause() instanceof EngineException refused) {
        return refused.code();
      }
      throw e;
    }
    throw new AssertionError("not refused");
  }

  @Test
  void tablesAreThoseThatTheCallerMayRead() {
    String sql = "SELECT schema_name || '.' || table_name FROM catalog.tables ORDER BY ALL";
    assertThat(rows("analyst", sql)).containsExactly(List.of("benefits.claims"));
    assertThat(rows("pii_reader", sql)).containsExactly(List.of("benefits.claims_identified"));
    assertThat(rows("station_user", sql)).containsExactly(List.of("benefits.claims"));
  }

  @Test
  void whatAFilterHidesIsNotMeasured() {
    String sql = "SELECT bytes, partitions, filters[1] FROM catalog.tables";
    assertThat(rows("station_user", sql))
        .containsExactly(List.of("null", "null", "station = attribute('station')"));
    assertThat(rows("analyst", sql)).containsExactly(List.of("0", "0", "null"));
  }

  @Test
  void columnsAreShownAsTheCallerSeesThem() {
    String sql =
        "SELECT column_name, shown, mask FROM catalog.columns WHERE column_name IN ('zip', 'ssn')"
            + " ORDER BY ALL";
    assertThat(rows("analyst", sql))
        .containsExactly(List.of("ssn", "masked", "last4"), List.of("zip", "plain", "null"));
    assertThat(rows("station_user", sql))
        .containsExactly(List.of("ssn", "masked", "last4"), List.of("zip", "masked", "prefix3"));
  }

  @Test
  void theyJoinWithViewsAndAmongThemselves() {
    assertThat(
            rows(
                "analyst",
                "SELECT t.table_name, count(*) FROM catalog.tables t JOIN catalog.columns c USING"
                    + " (schema_name, table_name) WHERE EXISTS (SELECT 1 FROM claims) GROUP BY ALL"))
        .containsExactly(List.of("claims", "5"));
    assertThat(rows("analyst", "SELECT * FROM catalog.queries")).isEmpty();
    assertThat(rows("analyst", "SELECT count(*) FROM tables")).containsExactly(List.of("1"));
  }

  @Test
  void onlyTheNameThatIsMeantIsThere() {
    assertThat(refusal("analyst", "SELECT 1 FROM catalog.policies"))
        .isEqualTo(ErrorCode.UNKNOWN_NAME);
    assertThat(refusal("analyst", "SELECT nothing FROM catalog.tables"))
        .isEqualTo(ErrorCode.UNKNOWN_NAME);
    assertThat(refusal("analyst", "SELECT getvariable('catalog_tables')"))
        .isEqualTo(ErrorCode.NOT_ALLOWED);
    assertThat(refusal("nobody", "SELECT 1 FROM catalog.tables"))
        .isEqualTo(ErrorCode.MISSING_PERMISSION);
  }

  @Test
  void aCheckKnowsTheirTypes() {
    assertThat(
            testing
                .service
                .check(
                    TestingService.request("SELECT * FROM catalog.tables"),
                    TestingService.principal("station_user"))
                .check()
                .join()
                .columns())
        .hasSize(15)
        .noneMatch(CheckedColumn::masked)
        .extracting(CheckedColumn::type)
        .contains("VARCHAR", "BIGINT", "DATE[]", "TIMESTAMP WITH TIME ZONE");
  }
}
