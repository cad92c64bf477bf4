package io.sightglass.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.ShadowCatalog;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.PackCheck;
import io.sightglass.engine.views.ViewPackReader;
import io.sightglass.web.cli.sample.Canary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The folder {@code sql-views} of this repository. */
class ShippedPackTest {

  private static final Path PACK = Path.of("..", "sql-views");

  private static PackCheck check;

  @BeforeAll
  static void checkPack() {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      Guard guard = new Guard(parser, FunctionList.reviewed());
      check = new ViewPackReader(guard, parser, new ShadowCatalog()).check(PACK);
    }
  }

  @Test
  void holdsNoMistake() {
    assertThat(check.mistakes()).isEmpty();
    assertThat(check.warnings()).isEmpty();
  }

  @Test
  void itsTestsSearchForTheMarksOfTheSampleData() throws IOException {
    assertThat(
            Files.readAllLines(PACK.resolve("tests/canaries.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.joining("|")))
        .isEqualTo(Canary.IN_TEXT.pattern());
  }

  @Test
  void itsAccessReportIsFresh() throws IOException {
    assertThat(check.accessReport())
        .as("./sightglass check-views sql-views --write refreshes it")
        .hasValue(Files.readString(PACK.resolve(ViewPackReader.ACCESS_REPORT)));
  }
}
