package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {

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
  void tablesAreNamedCompletely() {
    GuardedStatement statement = check("SELECT claims.claims.state FROM claims.claims");
    assertThat(statement.text()).isEqualTo("SELECT claims.claims.state FROM p_x.claims.claims");
    assertThat(statement.views()).containsExactly(new QualifiedName("claims", "claims"));
  }

  @Test
  void aNonRecursiveExpressionsOwnNameIsTheOuterOneInsideIt() {
    assertThat(check("WITH claims AS (FROM claims) FROM claims").text())
        .isEqualTo("WITH claims AS (SELECT * FROM p_x.claims.claims) SELECT * FROM claims");
  }

  @Test
  void parametersAreNumberedInTheirOrderAndKeepTheirNames() {
    GuardedStatement named =
        check("SELECT $b, $a FROM claims WHERE state = $a AND form = $c LIMIT $b");
    assertThat(named.parameters()).containsExactly("b", "a", "c");
    assertThat(named.text())
        .isEqualTo(
            "SELECT $1, $2 FROM p_x.claims.claims WHERE ((state = $2) AND (form = $3)) LIMIT $1");
    assertThat(check("SELECT ?, ?").parameters()).containsExactly("1", "2");
    assertThat(check("SELECT $2, $1").parameters()).containsExactly("2", "1");
  }

  @Test
  void columnsKeepTheNamesThatTheyHaveWithoutTheGuard() {
    assertThat(check("SELECT (SELECT count(*) FROM claims), state.upper() FROM claims").text())
        .contains("AS \"(SELECT count_star() FROM claims)\"")
        .contains("AS \"state.upper()\"");
  }

  /** The engine plans these for minutes, and cannot be interrupted while it does. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1| , (SELECT max(claim_id) FROM claims WHERE claim_id = x.claim_id)| FROM claims"
            + " x|20",
        "SELECT 1 FROM claims x|, LATERAL (SELECT max(claim_id) FROM claims WHERE claim_id ="
            + " x.claim_id)||20",
        "SELECT 1 FROM claims x WHERE true| AND EXISTS (FROM claims WHERE claim_id ="
            + " x.claim_id)||20",
        "SELECT (WITH a AS (SELECT 1)|, b# AS (SELECT x.claim_id)|SELECT 1) FROM claims x|18",
        "SELECT 1 FROM claims|, claims||99",
        "SELECT 1 FROM claims| UNION SELECT 1 FROM claims||99",
        "SELECT 1 FROM claims|, range(3)||99",
      })
  void whatTakesTheEngineTooLongToPlanIsRefused(
      String start, String part, String end, int allowed) {
    assertThat(check(repeated(start, part, end, allowed)).text()).isNotEmpty();
    assertThat(refusal(repeated(start, part, end, allowed + 1)).detail()).startsWith("More than ");
  }

  private static String repeated(String start, String part, String end, int times) {
    StringBuilder sql = new StringBuilder(start);
    for (int i = 0; i < times; i++) {
      sql.append(' ').append(part.replace("#", Integer.toString(i)));
    }
    return end == null ? sql.toString() : sql.append(' ').append(end).toString();
  }

  @Test
  void whatChangesByItselfIsNotRepeatable() {
    assertThat(check("SELECT random()").repeatable()).isFalse();
    assertThat(check("SELECT random()").usesToday()).isFalse();
    assertThat(check("SELECT now()").repeatable()).isFalse();
    assertThat(check("SELECT Current_Timestamp").repeatable()).isFalse();
    assertThat(check("FROM claims TABLESAMPLE 10%").repeatable()).isFalse();
    assertThat(check("FROM claims TABLESAMPLE reservoir(10 ROWS) REPEATABLE (1)").repeatable())
        .isTrue();
    assertThat(check("SELECT state FROM claims").repeatable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"today()", "current_date", "age(submitted_at)", "now()", "localtime"})
  void todayIsNoted(String expression) {
    assertThat(check("SELECT " + expression + " FROM claims").usesToday()).isTrue();
  }

  @Test
  void todayAloneRepeatsForADay() {
    assertThat(check("SELECT today(), current_date").repeatable()).isTrue();
  }

  @Test
  void aRefusalSaysWhichConstructWhereAndWhatInstead() {
    EngineException refusal = refusal("SELECT état\nFROM claims, read_parquet('/x')");
    assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_ALLOWED);
    assertThat(refusal.detail())
        .isEqualTo(
            "The function read_parquet in FROM is not allowed here: files are not readable by"
                + " name; query a view, listed in catalog.tables");
    assertThat(refusal.position()).contains(new Position(2, 14));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SHOW TABLES",
        "DESCRIBE claims",
        "FROM information_schema.tables",
        "FROM (SHOW TABLES)"
      })
  void theEnginesCatalogueIsRefusedWithTheHintWhatToQuery(String sql) {
    assertThat(refusal(sql).detail()).contains("query catalog.tables and catalog.columns");
  }

  @Test
  void unknownAndAmbiguousNamesAreSaidWithSuggestions() {
    EngineException unknown = refusal("SELECT 1 FROM nothing");
    assertThat(unknown.code()).isEqualTo(ErrorCode.UNKNOWN_NAME);
    assertThat(unknown.suggestions()).containsExactly("claims.claims");
    assertThat(unknown.position()).contains(new Position(1, 15));

    List<QualifiedName> both = List.of(new QualifiedName("a", "x"), new QualifiedName("b", "x"));
    EngineException ambiguous =
        catchThrowableOfType(
            EngineException.class,
            () -> guard.check("FROM x", path -> new Resolution.Ambiguous(both)));
    assertThat(ambiguous.code()).isEqualTo(ErrorCode.AMBIGUOUS_NAME);
    assertThat(ambiguous.suggestions()).containsExactly("a.x", "b.x");

    EngineException missing =
        catchThrowableOfType(
            EngineException.class,
            () ->
                guard.check(
                    "FROM x", path -> new Resolution.MissingAttribute("station_user", "station")));
    assertThat(missing.code()).isEqualTo(ErrorCode.MISSING_ATTRIBUTE);
    assertThat(missing.detail()).contains("station").contains("station_user");
  }

  @Test
  void syntaxErrorsAreSaidWithTheirPlaceInCharacters() {
    EngineException error = refusal("SELECT 'é',\n 'ü' 1");
    assertThat(error.code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
    assertThat(error.position()).contains(new Position(2, 6));
  }

  @Test
  void exactlyOneStatementIsTaken() {
    assertThat(check("SELECT 1;").text()).isEqualTo("SELECT 1");
    assertThat(refusal("SELECT 1; SELECT 2").detail()).contains("2 statements");
    assertThat(refusal("-- nothing").code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
    assertThat(refusal("").code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
  }

  @Test
  void oversizedTextIsRefusedBeforeItIsParsed() {
    assertThat(refusal("SELECT '" + "x".repeat(33_000) + "'").code())
        .isEqualTo(ErrorCode.STATEMENT_TOO_LARGE);
    assertThat(refusal("SELECT " + "(".repeat(401) + "1" + ")".repeat(401)).detail())
        .contains("400 opening brackets");
    assertThat(refusal("SELECT 1" + ",1".repeat(5_000)).detail()).contains("8,000 words");
    assertThat(refusal("SELECT '\u0000'").code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
    assertThat(refusal("SELECT '\uD800'").code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
  }

  @Test
  void deepNestingIsRefusedWithoutHarm() {
    assertThat(refusal("SELECT " + "upper(".repeat(300) + "'a'" + ")".repeat(300)).detail())
        .contains("nested too deeply");
    assertThat(refusal("FROM " + "(FROM ".repeat(300) + "claims" + ")".repeat(300)).detail())
        .contains("More than 20 subqueries");
    assertThat(refusal("FROM claims" + ", claims".repeat(3_000)).code())
        .isEqualTo(ErrorCode.NOT_ALLOWED);
  }

  @Test
  void anAnswerIsRememberedForItsPolicyAlone() {
    AtomicInteger asked = new AtomicInteger();
    NameResolver counting =
        path -> {
          asked.incrementAndGet();
          return new TestingNames().resolve(path);
        };
    Guard own = new Guard(parser, FunctionList.reviewed());
    GuardedStatement first = own.check("FROM claims", counting, "p1");
    assertThat(own.check("FROM claims", counting, "p1")).isSameAs(first);
    assertThat(asked).hasValue(1);
    own.check("FROM claims", counting, "p2");
    assertThat(asked).hasValue(2);
  }

  private static GuardedStatement check(String sql) {
    return guard.check(sql, new TestingNames());
  }

  private static EngineException refusal(String sql) {
    EngineException refusal = catchThrowableOfType(EngineException.class, () -> check(sql));
    assertThat(refusal).as(sql).isNotNull();
    return refusal;
  }
}
