package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.duckdb.DuckDbParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine keeps the replacements of a star as a map, and turns their order at each writing. */
class StarReplaceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * REPLACE (1 AS ssn) FROM claims",
        "SELECT * REPLACE (1 AS ssn, 2 AS state) FROM claims",
        "SELECT c.* EXCLUDE (form, status) REPLACE (lower(c.ssn) AS ssn, 2 AS state, 3 AS"
            + " full_name, 4 AS birth_date) FROM claims c",
      })
  void severalReplacementsAreWrittenDown(String sql) {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      Guard guard = new Guard(parser, FunctionList.reviewed());
      assertThat(guard.check(sql, new TestingNames()).text()).contains("REPLACE (");
    }
  }
}
