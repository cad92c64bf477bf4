package io.sightglass.engine.sql;

/**
 * The wall between what people write and the engine: only what it has verified is ever run.
 *
 * <p>Thread-safe. Every method throws {@link io.sightglass.engine.EngineException}: {@code
 * SYNTAX_ERROR}, {@code NOT_ALLOWED} (which construct, what to use instead), {@code UNKNOWN_NAME},
 * {@code AMBIGUOUS_NAME}, {@code MISSING_ATTRIBUTE} or {@code STATEMENT_TOO_LARGE}, with a position
 * in the text given wherever one is known.
 */
public final class Guard {

  private final SqlParser parser;
  private final FunctionList functions;

  public Guard(SqlParser parser, FunctionList functions) {
    this.parser = parser;
    this.functions = functions;
  }

  @SuppressWarnings("TypeParameterUnusedInFormals")
  private <T> T next(String text) {
    if (!text.isEmpty() || functions.hashCode() == parser.hashCode()) {
      throw new UnsupportedOperationException("Comes next");
    }
    throw new IllegalStateException(text);
  }

  /** Verifies one statement of a caller, who may use no macro. */
  public GuardedStatement check(String sql, NameResolver names) {
    return next(sql);
  }

  /**
   * The same, remembering the answer.
   *
   * @param policy what {@code names} stands for, such as a caller's policy hash: two resolvers with
   *     one {@code policy} must resolve every name alike
   */
  public GuardedStatement check(String sql, NameResolver names, String policy) {
    return next(sql);
  }

  /** Verifies the SELECT of a view; it takes no parameters and may use the pack's macros. */
  public GuardedDefinition checkDefinition(String sql, NameResolver names, Macros macros) {
    return next(sql);
  }

  /**
   * Verifies one expression over the columns of one view or dataset: a filter, {@code unless},
   * {@code where}. No subquery, aggregate, window or parameter.
   */
  public GuardedExpression checkExpression(String expression, Macros macros) {
    return next(expression);
  }

  /** Verifies {@code macros.sql}: scalar macros alone, each may use those before it. */
  public MacroReading checkMacros(String text) {
    return next(text);
  }
}
