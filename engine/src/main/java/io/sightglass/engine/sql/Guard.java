package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.sql.NameResolver.Resolution;
import io.sightglass.engine.sql.SqlParser.Parsed;
import io.sightglass.engine.sql.Walk.Origin;
import io.sightglass.engine.sql.Walk.Purpose;
import java.util.List;

/**
 * The wall between what people write and the engine: only what it has verified is ever run.
 *
 * <p>Thread-safe. Every method throws {@link EngineException}: {@code SYNTAX_ERROR}, {@code
 * NOT_ALLOWED} (which construct, what to use instead), {@code UNKNOWN_NAME}, {@code
 * AMBIGUOUS_NAME}, {@code MISSING_ATTRIBUTE} or {@code STATEMENT_TOO_LARGE}, with a position in the
 * text given wherever one is known.
 *
 * <p>A text passes when every node, field, value, function and type of its tree is on a list, every
 * table resolves, and the text written back from the tree parses to a tree of which all that is
 * true again. That last text is the only one that runs.
 */
public final class Guard {

  /**
   * How often a text is written back until it stays the same; DuckDB needs one round, rarely two.
   */
  private static final int ROUNDS = 3;

  /** Characters of SQL, as written and canonical, that are remembered. */
  private static final long REMEMBERED_CHARACTERS = 16L << 20;

  private static final String EXPRESSION_PREFIX = "SELECT (";

  private final SqlParser parser;
  private final FunctionList functions;
  private final Cache<Question, GuardedStatement> answers;

  public Guard(SqlParser parser, FunctionList functions) {
    this.parser = parser;
    this.functions = functions;
    this.answers =
        Caffeine.newBuilder()
            .maximumWeight(REMEMBERED_CHARACTERS)
            .weigher((Question question, GuardedStatement answer) ->
                question.sql().length() + answer.text().length() + 200)
            .build();
  }

  /** One text under one policy. */
  private record Question(String policy, String sql) {}

  /** Verifies one statement of a caller, who may use no macro. */
  public GuardedStatement check(String sql, NameResolver names) {
    StatementKind.check(SqlText.of(sql));
    Verified verified = verify(sql, sql, Purpose.STATEMENT, names, Macros.NONE);
    Walk walk = verified.walk();
    return new GuardedStatement(
        verified.text(), walk.views, walk.parameterNames(), walk.repeatable, walk.usesToday);
  }

  /**
   * The same, remembering the answer.
   *
   * @param policy what {@code names} stands for, such as a caller's policy hash: two resolvers with
   *     one {@code policy} must resolve every name alike, for as long as this guard lives
   */
  public GuardedStatement check(String sql, NameResolver names, String policy) {
    Question question = new Question(policy, sql);
    GuardedStatement known = answers.getIfPresent(question);
    if (known != null) {
      return known;
    }
    GuardedStatement answer = check(sql, names);
    answers.put(question, answer);
    return answer;
  }

  /** Verifies the SELECT of a view; it takes no parameters and may use the pack's macros. */
  public GuardedDefinition checkDefinition(String sql, NameResolver names, Macros macros) {
    StatementKind.check(SqlText.of(sql));
    Verified verified = verify(sql, sql, Purpose.DEFINITION, names, macros);
    Walk walk = verified.walk();
    return new GuardedDefinition(verified.text(), walk.tables, walk.repeatable, walk.usesToday);
  }

  /**
   * Verifies one expression over the columns of one view or dataset: a filter, {@code unless},
   * {@code where}. No subquery, aggregate, window or parameter.
   */
  public GuardedExpression checkExpression(String expression, Macros macros) {
    return expression(expression, Purpose.EXPRESSION, macros);
  }

  /** Verifies {@code macros.sql}: scalar macros alone, each may use those before it. */
  public MacroReading checkMacros(String text) {
    return new MacroReader(functions, (body, macros) -> expression(body, Purpose.MACRO, macros))
        .read(text);
  }

  private GuardedExpression expression(String expression, Purpose purpose, Macros macros) {
    if (SqlText.of(expression).tokens().isEmpty()) {
      throw new EngineException(
          ErrorCode.SYNTAX_ERROR, "The text holds no expression; allowed: exactly one");
    }
    String sql = EXPRESSION_PREFIX + expression + "\n)";
    Verified verified = verify(sql, expression, purpose, Guard::noTable, macros);
    Walk walk = verified.walk();
    return new GuardedExpression(
        verified.text().substring("SELECT ".length()),
        walk.columns,
        walk.attributes,
        walk.attributeLists,
        walk.repeatable,
        walk.usesToday);
  }

  private static Resolution noTable(List<String> path) {
    return new Resolution.Unknown(List.of());
  }

  /** The canonical text and what was found on the way. */
  private record Verified(String text, Walk walk) {}

  private Verified verify(
      String sql, String written, Purpose purpose, NameResolver names, Macros macros) {
    JsonNode tree = Trees.flattenValues(parse(sql, written));
    if (purpose == Purpose.STATEMENT || purpose == Purpose.DEFINITION) {
      new OutputNames(this::select, parser::render).keep(tree.at("/statements/0/node"));
    }
    int prefixBytes = sql.equals(written) ? 0 : EXPRESSION_PREFIX.length();
    Walk walk = Walk.over(new Origin(written, prefixBytes), purpose, functions, names, macros);
    new QueryWalk(walk).root(tree);
    new GrowthBound(walk).check(tree);
    for (int round = 0; round < ROUNDS; round++) {
      Parsed canonical = parser.renderAndParse(tree);
      JsonNode again = Trees.flattenValues(canonical.tree());
      new QueryWalk(walk.verifying(canonical.text())).root(again);
      if (Trees.alike(tree, again)) {
        return new Verified(canonical.text(), walk);
      }
      tree = again;
      new GrowthBound(walk).check(tree);
    }
    throw new EngineException(
        ErrorCode.NOT_ALLOWED,
        "The statement cannot be written down unambiguously; write it in another way");
  }

  /** The tree of {@code SELECT <expression>}. */
  private JsonNode select(JsonNode expression) {
    JsonNode tree = parser.parse("SELECT 1");
    ((ArrayNode) tree.at("/statements/0/node/select_list")).removeAll().add(expression);
    return tree;
  }

  private JsonNode parse(String sql, String written) {
    try {
      return parser.parse(sql);
    } catch (EngineException e) {
      if (sql.equals(written)) {
        throw e;
      }
      throw new EngineException(e.code(), e.detail(), e)
          .at(e.position().map(place -> inExpression(place, written)).orElse(null));
    }
  }

  /** Where a place in {@code SELECT (…)} is in the expression alone. */
  private static Position inExpression(Position place, String expression) {
    if (place.line() > expression.lines().count()) {
      return Position.ofByte(expression, Long.MAX_VALUE);
    }
    return place.line() > 1
        ? place
        : new Position(1, Math.max(1, place.column() - EXPRESSION_PREFIX.length()));
  }
}
