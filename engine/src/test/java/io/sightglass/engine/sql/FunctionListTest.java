package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.FunctionList.FunctionType;
import io.sightglass.engine.sql.FunctionList.Reviewed;
import io.sightglass.engine.sql.FunctionList.Verdict;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The reviewed list against the engine at hand. */
class FunctionListTest {

  private final FunctionList reviewed = FunctionList.reviewed();

  @Test
  void theEngineHasNoFunctionThatNobodyHasReviewed() throws SQLException {
    Set<String> unseen =
        new TreeSet<>(
            functions("SELECT DISTINCT function_name, function_type" + " FROM duckdb_functions()"));
    reviewed.all().forEach(one -> unseen.remove(key(one.name(), one.type().name())));
    assertThat(unseen).as("names to review and to add to duckdb-functions.tsv").isEmpty();
  }

  @Test
  void whatChangesFromCallToCallIsKnownToTheGuard() throws SQLException {
    Set<String> changing =
        functions(
            "SELECT DISTINCT function_name, function_type FROM duckdb_functions()"
                + " WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')");
    Set<String> known = FunctionWalk.timeDependent();
    assertThat(reviewed.all())
        .filteredOn(one -> one.verdict() != Verdict.DENY)
        .filteredOn(one -> changing.contains(key(one.name(), one.type().name())))
        .extracting(Reviewed::name)
        .allMatch(known::contains);
  }

  @Test
  void macrosThatAggregateOrUnnestAreKnownToTheGuard() throws SQLException {
    Set<String> aggregates =
        reviewed.all().stream()
            .filter(one -> one.type() == FunctionType.AGGREGATE)
            .map(Reviewed::name)
            .collect(Collectors.toSet());
    for (String row :
        functions(
            "SELECT function_name, macro_definition FROM duckdb_functions()"
                + " WHERE function_type = 'macro' AND macro_definition IS NOT NULL")) {
      String name = row.substring(0, row.indexOf(' '));
      String definition = row.substring(row.indexOf(' ') + 1);
      if (isDenied(name)) {
        continue;
      }
      boolean aggregating =
          aggregates.stream().anyMatch(one -> definition.contains("(" + one + "("))
              || definition.contains("weighted_avg(")
              || definition.matches("(geomean|exp\\(avg).*");
      assertThat(FunctionWalk.AGGREGATING_MACROS.contains(name)).as(row).isEqualTo(aggregating);
      assertThat(FunctionWalk.UNNESTING.contains(name))
          .as(row)
          .isEqualTo(definition.contains("unnest("));
      assertThat(definition).as(row).doesNotContainIgnoringCase("select");
    }
  }

  @Test
  void everyLimitedFunctionHasItsBounds() {
    Walk walk =
        Walk.over(
            new Walk.Origin("", 0),
            Walk.Purpose.STATEMENT,
            reviewed,
            path -> new Resolution.Unknown(List.of()),
            Macros.NONE);
    assertThat(reviewed.all())
        .filteredOn(one -> one.verdict() == Verdict.LIMIT)
        .isNotEmpty()
        .allMatch(one -> ArgumentBounds.knows(walk, one.name()));
  }

  @Test
  void namesAreFoundInAnyCaseAndNothingElseIs() {
    assertThat(reviewed.find("formatreadablesize", FunctionType.SCALAR)).isPresent();
    assertThat(reviewed.find("SUM", FunctionType.AGGREGATE)).isPresent();
    assertThat(reviewed.named("nosuchfunction")).isEmpty();
  }

  @Test
  void noDeniedNameIsAcceptedAnywhere() {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      Guard guard = new Guard(parser, reviewed);
      for (Reviewed one : reviewed.all()) {
        if (one.verdict() == Verdict.DENY && !allowedAsAnotherType(one)) {
          String name = "\"" + one.name() + "\"";
          for (String sql :
              List.of(
                  "SELECT " + name + "()",
                  "SELECT " + name + "('x', 1)",
                  "SELECT " + name + "(state) OVER () FROM claims",
                  "SELECT * FROM " + name + "('x')")) {
            assertThat(isRefused(guard, sql)).as(sql).isTrue();
          }
        }
      }
    }
  }

  private boolean allowedAsAnotherType(Reviewed one) {
    return reviewed.named(one.name()).values().stream()
        .anyMatch(other -> other.verdict() != Verdict.DENY);
  }

  private static boolean isRefused(Guard guard, String sql) {
    try {
      guard.check(sql, new TestingNames());
      return false;
    } catch (EngineException e) {
      return true;
    }
  }

  private boolean isDenied(String name) {
    return reviewed
        .find(name, FunctionType.MACRO)
        .map(one -> one.verdict() == Verdict.DENY)
        .orElse(true);
  }

  private static Set<String> functions(String sql) throws SQLException {
    Set<String> found = new TreeSet<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        found.add(key(rows.getString(1), rows.getString(2)));
      }
    }
    return found;
  }

  private static String key(String name, String type) {
    return name + " " + type.toLowerCase(Locale.ROOT);
  }
}
