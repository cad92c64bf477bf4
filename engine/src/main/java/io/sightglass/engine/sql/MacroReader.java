package io.sightglass.engine.sql;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.SqlText.Kind;
import io.sightglass.engine.sql.SqlText.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code CREATE [OR REPLACE] MACRO name(a, b := 1) AS expression;} statements, which DuckDB's
 * parser gives no tree of. Used once.
 */
final class MacroReader {

  private final FunctionList functions;
  private final BiFunction<String, Macros, GuardedExpression> check;
  private final List<GuardedMacro> macros = new ArrayList<>();
  private final List<EngineException> mistakes = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /**
   * Reads with a check of its own.
   *
   * @param check verifies a body, or a default value, that may use the macros given
   */
  MacroReader(FunctionList functions, BiFunction<String, Macros, GuardedExpression> check) {
    this.functions = functions;
    this.check = check;
  }

  MacroReading read(String text) {
    SqlText sql;
    try {
      sql = SqlText.of(text);
    } catch (EngineException e) {
      return new MacroReading(List.of(), List.of(e));
    }
    for (List<Token> statement : sql.statements()) {
      try {
        GuardedMacro macro = new Statement(sql, statement).macro();
        names.add(macro.name());
        macros.add(macro);
      } catch (EngineException e) {
        mistakes.add(e);
      }
    }
    return new MacroReading(macros, mistakes);
  }

  /** A parameter as written back. */
  private record Parameter(String name, String written) {}

  /** One statement, read from its first token to its last. */
  private final class Statement {

    private final SqlText sql;
    private final List<Token> tokens;
    private int next;

    Statement(SqlText sql, List<Token> tokens) {
      this.sql = sql;
      this.tokens = tokens;
    }

    GuardedMacro macro() {
      Position place = sql.positionOf(tokens.getFirst());
      expect("CREATE");
      if (accept("OR")) {
        expect("REPLACE");
      }
      if (!accept("MACRO")) {
        expect("FUNCTION");
      }
      Token nameToken = token();
      String name = name(nameToken);
      checkName(name, nameToken);
      List<Parameter> parameters = parameters();
      expect("AS");
      if (next < tokens.size() && "TABLE".equals(sql.wordOf(tokens.get(next)))) {
        throw wrong("a table macro; allowed: one expression", tokens.get(next));
      }
      GuardedExpression body = expression(next, tokens.size());
      List<String> parameterNames = parameters.stream().map(Parameter::name).toList();
      SortedSet<String> unknown = new TreeSet<>(body.columns());
      unknown.removeAll(Set.copyOf(parameterNames));
      if (!unknown.isEmpty()) {
        throw new EngineException(
                ErrorCode.UNKNOWN_NAME,
                "The macro %s names %s; allowed: its parameters (%s)"
                    .formatted(name, String.join(", ", unknown), String.join(", ", parameterNames)))
            .at(sql.positionOf(tokens.get(next)));
      }
      String create =
          "CREATE MACRO %s.\"%s\"(%s) AS %s"
              .formatted(
                  String.join(".", Macros.SCHEMA),
                  name,
                  String.join(", ", parameters.stream().map(Parameter::written).toList()),
                  body.text());
      return new GuardedMacro(name, parameterNames, body, create, place);
    }

    private void checkName(String name, Token token) {
      if (!QualifiedName.isPart(name)) {
        throw wrong("the name \"%s\"; allowed: [a-z][a-z0-9_]*".formatted(Names.echo(name)), token);
      }
      if (names.contains(name)) {
        throw wrong("the macro %s a second time; allowed: once".formatted(name), token);
      }
      if (!functions.named(name).isEmpty()
          || "attribute".equals(name)
          || "attribute_list".equals(name)) {
        throw wrong("%s, which is a function already; allowed: a new name".formatted(name), token);
      }
    }

    private List<Parameter> parameters() {
      expectSymbol("(");
      List<Parameter> parameters = new ArrayList<>();
      Set<String> seen = new HashSet<>();
      while (!isSymbol(")")) {
        if (!parameters.isEmpty()) {
          expectSymbol(",");
        }
        Token token = token();
        String name = name(token);
        if (!QualifiedName.isPart(name) || !seen.add(name)) {
          throw wrong(
              "the parameter \"%s\"; allowed: [a-z][a-z0-9_]*, once".formatted(Names.echo(name)),
              token);
        }
        parameters.add(new Parameter(name, "\"" + name + "\"" + defaultValue()));
      }
      expectSymbol(")");
      return parameters;
    }

    private String defaultValue() {
      if (!isSymbol(":=")) {
        return "";
      }
      next++;
      int start = next;
      int depth = 0;
      while (next < tokens.size() && (depth > 0 || (!isSymbol(",") && !isSymbol(")")))) {
        depth += isSymbol("(") || isSymbol("[") ? 1 : isSymbol(")") || isSymbol("]") ? -1 : 0;
        next++;
      }
      GuardedExpression value = expression(start, next);
      if (!value.columns().isEmpty()) {
        throw wrong("a default value that names a column; allowed: a literal", tokens.get(start));
      }
      return " := " + value.text();
    }

    /**
     * Verifies the expression of the tokens from {@code start}; positions become the whole text's.
     */
    private GuardedExpression expression(int start, int end) {
      if (start >= end) {
        throw wrong("no expression; allowed: one expression", tokens.getLast());
      }
      Token first = tokens.get(start);
      String body = sql.text().substring(first.start(), tokens.get(end - 1).end());
      try {
        return check.apply(body, new Macros(names));
      } catch (EngineException e) {
        Position base = sql.positionOf(first);
        @Nullable Position place =
            e.position()
                .map(at ->
                    at.line() == 1
                        ? new Position(base.line(), base.column() + at.column() - 1)
                        : new Position(base.line() + at.line() - 1, at.column()))
                .orElse(base);
        throw new EngineException(e.code(), e.detail(), e).suggesting(e.suggestions()).at(place);
      }
    }

    private Token token() {
      if (next >= tokens.size()) {
        throw wrong("the end of the statement", tokens.getLast());
      }
      return tokens.get(next++);
    }

    private String name(Token token) {
      String written = sql.textOf(token);
      return switch (token.kind()) {
        case WORD -> Names.fold(written);
        case QUOTED_NAME -> Names.fold(written.substring(1, written.length() - 1));
        case STRING, NUMBER, SEMICOLON, SYMBOL ->
            throw wrong("\"%s\"; allowed: a name".formatted(Names.echo(written)), token);
      };
    }

    private boolean accept(String word) {
      boolean accepted = next < tokens.size() && word.equals(sql.wordOf(tokens.get(next)));
      if (accepted) {
        next++;
      }
      return accepted;
    }

    private void expect(String word) {
      Token token = token();
      if (!word.equals(sql.wordOf(token))) {
        throw wrong(
            "\"%s\"; allowed: CREATE MACRO name(parameters) AS expression"
                .formatted(Names.echo(sql.textOf(token))),
            token);
      }
    }

    private boolean isSymbol(String symbol) {
      return next < tokens.size()
          && tokens.get(next).kind() == Kind.SYMBOL
          && symbol.equals(sql.textOf(tokens.get(next)));
    }

    private void expectSymbol(String symbol) {
      if (!isSymbol(symbol)) {
        Token token = token();
        throw wrong("\"%s\"; allowed: %s".formatted(Names.echo(sql.textOf(token)), symbol), token);
      }
      next++;
    }

    private EngineException wrong(String seen, Token at) {
      return new EngineException(ErrorCode.SYNTAX_ERROR, "Macro: " + seen).at(sql.positionOf(at));
    }
  }
}
