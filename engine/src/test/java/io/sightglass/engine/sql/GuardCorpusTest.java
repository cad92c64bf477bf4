package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.AttackCorpus.Case;
import io.sightglass.engine.sql.AttackCorpus.Expected;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every statement of the corpus, and of our own, before anything is run. */
class GuardCorpusTest {

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

  static List<Case> denied() {
    return AttackCorpus.all().stream().filter(one -> one.expected() == Expected.DENY).toList();
  }

  static List<Case> accepted() {
    return AttackCorpus.all().stream().filter(one -> one.expected() != Expected.DENY).toList();
  }

  @ParameterizedTest
  @MethodSource("denied")
  void refuses(Case attack) {
    assertThatThrownBy(() -> checkWithoutParameters(attack.sql()))
        .isInstanceOf(EngineException.class)
        .message()
        .hasSizeBetween(20, 400);
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void accepts(Case legal) {
    GuardedStatement statement = guard.check(legal.sql(), new TestingNames());
    assertThat(statement.text()).isNotEmpty();
    assertThat(guardAgain(statement)).isEqualTo(statement.views());
  }

  /** Nothing but the canonical text, with the complete names that only the guard writes. */
  private static Set<QualifiedName> guardAgain(GuardedStatement statement) {
    return guard
        .check(
            statement.text(),
            path ->
                path.getFirst().equals(TestingNames.CATALOG)
                    ? new TestingNames().resolve(path.subList(1, 3))
                    : new TestingNames().resolve(List.of("nothing")))
        .views();
  }

  /** As the service does for a request without parameters. */
  private static void checkWithoutParameters(String sql) {
    GuardedStatement statement = guard.check(sql, new TestingNames());
    if (!statement.parameters().isEmpty()) {
      throw new EngineException(
          ErrorCode.WRONG_PARAMETER, "The statement needs " + statement.parameters());
    }
  }
}
