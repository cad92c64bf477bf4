package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.PlanCheck;
import io.sightglass.engine.sql.AttackCorpus.Case;
import io.sightglass.engine.sql.AttackCorpus.Expected;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the guard lets through, run on a DuckDB that holds what the attacks aim at. */
class GuardedExecutionTest {

  private static DuckDbParser parser;
  private static Guard guard;
  private static AttackFixture fixture;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    parser = DuckDbParser.open(1);
    guard = new Guard(parser, FunctionList.reviewed());
    fixture = AttackFixture.create(folder);
  }

  @AfterAll
  static void close() throws SQLException {
    fixture.close();
    parser.close();
  }

  static List<Case> legal() {
    return AttackCorpus.all().stream().filter(one -> one.expected() == Expected.ALLOW).toList();
  }

  /** Reading attacks whose target exists, so that their refusal proves something. */
  static List<Case> reading() {
    Set<String> categories =
        Set.of("raw", "pos", "repl", "file", "meta", "sess", "dyn", "show", "obf");
    Set<String> misspelt = Set.of("D307", "D309", "D323");
    return AttackCorpus.read("/attacks/sql.tsv").stream()
        .filter(one -> one.expected() == Expected.DENY)
        .filter(one -> categories.contains(one.category()) && !misspelt.contains(one.id()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("legal")
  void canonicalTextGivesWhatTheStatementGives(Case legal) throws SQLException {
    GuardedStatement statement = guard.check(legal.sql(), new TestingNames());
    if (!statement.parameters().isEmpty()) {
      return;
    }
    AttackFixture.Result canonical = fixture.query(statement.text());
    if (statement.repeatable()) {
      AttackFixture.Result original = fixture.query(legal.sql());
      if (!legal.sql().contains("*columns")) { // named after the catalogue where it ran
        assertThat(canonical.columns()).isEqualTo(original.columns());
      }
      assertThat(canonical.rows()).containsExactlyInAnyOrderElementsOf(original.rows());
    }
  }

  @ParameterizedTest
  @MethodSource("legal")
  void canonicalTextIsBoundToTheViewsAlone(Case legal) throws SQLException {
    GuardedStatement statement = guard.check(legal.sql(), new TestingNames());
    if (statement.parameters().isEmpty()) {
      PlanCheck.check(plan(statement.text()), statement.views());
    }
  }

  @ParameterizedTest
  @MethodSource("reading")
  void theTargetsOfRefusedStatementsExist(Case attack) {
    try {
      fixture.query(fixture.placed(attack.sql()));
    } catch (SQLException e) {
      assertThat(e.getMessage()).doesNotContain("does not exist").doesNotContain("No files found");
    }
  }

  @Test
  void aPlanThatReadsAnythingElseIsABreach() throws SQLException {
    List<QualifiedName> views = List.of(new QualifiedName("claims", "claims"));
    PlanCheck.check(plan("SELECT * FROM p_x.claims.claims"), views);
    for (String sql :
        List.of(
            "SELECT * FROM raw.claims",
            "SELECT * FROM raw.pepper",
            "SELECT * FROM p_x.claims.contention_events",
            "SELECT * FROM p_x.claims.claims, duckdb_tables()",
            "SELECT (SELECT max(k) FROM raw.pepper) FROM p_x.claims.claims",
            "INSERT INTO raw.pepper VALUES ('x')",
            "COPY (SELECT 1) TO '%s'".formatted(fixture.placed("{OUT}/x.csv")))) {
      String plan = plan(sql);
      assertThatThrownBy(() -> PlanCheck.check(plan, views))
          .as(sql)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("it was not run");
    }
  }

  private static String plan(String sql) throws SQLException {
    String row = fixture.query("EXPLAIN (FORMAT json) " + sql).rows().getFirst();
    return row.substring(row.indexOf('|') + 1, row.lastIndexOf('|'));
  }
}
