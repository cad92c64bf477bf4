package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.Position;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters, macros and definitions of views: the same walk with other rules. */
class GuardedExpressionTest {

  private static final Macros MACROS = new Macros(Set.of("mask_first", "is_open"));

  private static DuckDbParser parser;
  private static Guard guard;

  @BeforeAll
  static void open() {
    parser = DuckDbParser.open(1);
    guard = new Guard(parser, FunctionList.reviewed());
  }

  @AfterAll
  static void close() {
    parser.close();
  }

  @Test
  void attributesBecomeSessionVariables() {
    GuardedExpression filter =
        guard.checkExpression(
            "station = attribute('station') AND list_contains(attribute_list('states'), state)",
            MACROS);
    assertThat(filter.text())
        .isEqualTo(
            "((station = CAST(getvariable('attr_station') AS VARCHAR)) AND"
                + " list_contains(CAST(getvariable('attrs_states') AS VARCHAR[]), state))");
    assertThat(filter.columns()).containsExactly("state", "station");
    assertThat(filter.attributes()).containsExactly("station");
    assertThat(filter.attributeLists()).containsExactly("states");
  }

  @Test
  void macrosAreNamedCompletelyAndLambdaParametersAreNoColumns() {
    GuardedExpression filter =
        guard.checkExpression(
            "is_open(status) and list_filter(l, lambda x: x > y) is null", MACROS);
    assertThat(filter.text()).contains("defs.main.is_open(status)");
    assertThat(filter.columns()).containsExactly("l", "status", "y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state in (select 1)",
        "exists (from raw.b.c)",
        "count(*) > 1",
        "sum(a) > 1",
        "wavg(a, b) > 1",
        "geomean(a) > 1",
        "row_number() over () = 1",
        "unnest(l)",
        "regexp_split_to_table(a, ',') = 'x'",
        "a = $1",
        "a = ?",
        "#1 = 1",
        "* is null",
        "columns(*) = 1",
        "a = 1), (true",
        "a = 1) from raw.b.c where (true",
        "a = 1; select 1",
        "a as b",
        "getvariable('attr_station') = 'x'",
        "attribute('a' || 'b') = 'x'",
        "attribute('a', 'b') = 'x'",
        "attribute() = 'x'",
        "attribute('A') = 'x'",
        "attribute(state) = 'x'",
        "main.attribute('a') = 'x'",
        "user = 'x'",
        "current_user = 'x'",
        "nosuch(a)",
        "defs.main.is_open(a)",
        "read_text('/etc/passwd') = 'x'",
        "a::json is null",
        "repeat('x', a) = 'x'",
        "default",
        "",
        "   ",
        "-- only a comment",
        "a ="
      })
  void refusesWhatIsNotOneExpressionOverOneRow(String expression) {
    assertThatThrownBy(() -> guard.checkExpression(expression, MACROS))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void placesAreThoseOfTheExpressionAlone() {
    EngineException refusal =
        catchThrowableOfType(
            EngineException.class, () -> guard.checkExpression("a = 1 and\n  sum(b) > 1", MACROS));
    assertThat(refusal.position()).contains(new Position(2, 3));
    EngineException syntax =
        catchThrowableOfType(EngineException.class, () -> guard.checkExpression("a = = 1", MACROS));
    assertThat(syntax.position().map(Position::line)).contains(1);
    assertThat(syntax.position().map(Position::column).orElse(0)).isBetween(3, 5);
  }

  @Test
  void definitionsMayUseMacrosAndNeitherAttributesNorParameters() {
    GuardedDefinition definition =
        guard.checkDefinition(
            "SELECT mask_first(a) AS a FROM raw.b.claims JOIN vault.b.claims USING (_row_key)",
            GuardedExpressionTest::everything,
            MACROS);
    assertThat(definition.text()).contains("defs.main.mask_first(a)");
    assertThat(definition.tables())
        .containsExactly(List.of("raw", "b", "claims"), List.of("vault", "b", "claims"));
    for (String sql :
        List.of(
            "SELECT attribute('x') FROM raw.b.c",
            "SELECT $1 FROM raw.b.c",
            "COPY raw.b.c TO 'x'")) {
      assertThatThrownBy(
              () -> guard.checkDefinition(sql, GuardedExpressionTest::everything, MACROS))
          .as(sql)
          .isInstanceOf(EngineException.class);
    }
  }

  @Test
  void statementsMayUseNoMacro() {
    assertThatThrownBy(() -> guard.check("SELECT mask_first('x')", new TestingNames()))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> guard.check("SELECT defs.main.mask_first('x')", new TestingNames()))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void macrosAreReadOneAfterTheOther() {
    MacroReading reading =
        guard.checkMacros(
            """
            -- masks of ours
            CREATE MACRO mask_first(value) AS left(value, 1) || '***';
            CREATE OR REPLACE MACRO mask_both(value, tail := '!') AS
              mask_first(value) || tail;
            CREATE MACRO pad(v) AS repeat('*', length(v) - 4) || right(v, 4)
            """);
    assertThat(reading.mistakes()).isEmpty();
    assertThat(reading.macros())
        .extracting(GuardedMacro::create)
        .first()
        .isEqualTo(
            "CREATE MACRO defs.main.\"mask_first\"(\"value\") AS"
                + " (\"left\"(\"value\", 1) || '***')");
    assertThat(reading.macros().get(1).create())
        .contains("defs.main.mask_first(\"value\")")
        .contains("\"tail\" := '!'");
    assertThat(reading.names().names()).containsExactlyInAnyOrder("mask_first", "mask_both", "pad");
  }

  @Test
  void everyMistakeInMacrosIsSaidAtItsPlaceInTheWholeText() {
    MacroReading reading =
        guard.checkMacros(
            """
            CREATE MACRO good(x) AS x;
            CREATE MACRO names_another(x) AS y;
            CREATE MACRO subquery(x) AS
              (SELECT max(ssn) FROM raw.b.claims);
            CREATE MACRO lower(x) AS x;
            CREATE MACRO good(x) AS x;
            CREATE MACRO t(x) AS TABLE SELECT 1;
            CREATE TABLE x(i INT);
            CREATE MACRO later(x) AS not_yet(x);
            CREATE MACRO env(x) AS attribute('x');
            CREATE MACRO open(x AS x;
            """);
    assertThat(reading.macros()).extracting(GuardedMacro::name).containsExactly("good");
    assertThat(reading.mistakes())
        .extracting(mistake -> mistake.position().map(Position::line).orElse(0))
        .containsExactly(2, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  private static Resolution everything(List<String> path) {
    return new Resolution.Found(new QualifiedName(path.get(1), path.get(2)), path);
  }
}
