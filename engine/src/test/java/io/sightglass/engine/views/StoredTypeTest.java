package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredTypeTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BIGINT|BIGINT",
        "SMALLINT|INTEGER",
        "UINTEGER|BIGINT",
        "HUGEINT|DECIMAL(38, 0)",
        "DECIMAL(8,2)|DECIMAL(8, 2)",
        "FLOAT|DOUBLE",
        "TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ",
        "TIMESTAMP_S|TIMESTAMP",
        "TIME|VARCHAR",
        "VARCHAR[][]|VARCHAR[][]",
        "STRUCT(a INTEGER, \"b \"\"c\" HUGEINT[])[]|STRUCT(\"a\" INTEGER, \"b \"\"c\" DECIMAL(38,"
            + " 0)[])[]"
      })
  void everyTypeThatATableCanKeepHasOneThatLosesNothing(String duckDb, String stored) {
    assertThat(StoredType.find(duckDb)).map(ColumnType::sql).hasValue(stored);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MAP(VARCHAR, INTEGER)",
        "BLOB",
        "INTEGER[3]",
        "ENUM('a', 'b')",
        "TIMESTAMP_NS",
        "INTERVAL",
        "STRUCT(a INTEGER",
        "STRUCT(a INTEGER, A INTEGER)",
        "",
        "DECIMAL(39,0)"
      })
  void noOtherTypeIsTakenForOne(String duckDb) {
    assertThat(StoredType.find(duckDb)).isEmpty();
  }

  @Test
  void nestingHasALimit() {
    String deep = "STRUCT(a ".repeat(40) + "INTEGER" + ")".repeat(40);
    assertThat(StoredType.find(deep)).isEmpty();
  }
}
