package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Verifies expressions and rewrites their parameters; part of one {@link Walk}. */
public final class ExpressionWalk {

  /** Names that may be bound; the parser takes any text, and writes it back unquoted. */
  private static final Pattern PARAMETER =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}|[0-9]{1,3}");

  private static final int MAX_PARAMETERS = 999;

  /** Collations that are not of one language. */
  private static final Set<String> COLLATIONS =
      Set.of("binary", "c", "posix", "nocase", "noaccent", "nfc");

  private final Walk walk;
  private final QueryWalk queries;
  private final FunctionWalk functions;
  private final TypeWalk types;

  ExpressionWalk(Walk walk, QueryWalk queries) {
    this.walk = walk;
    this.queries = queries;
    this.functions = new FunctionWalk(walk, this);
    this.types = new TypeWalk(walk);
  }

  /**
   * What is known around an expression. Immutable.
   *
   * @param lambdaNames parameters of the lambdas around it, folded
   * @param inTableFunction whether it is an argument of a table function
   */
  record Scope(CteScope ctes, Set<String> lambdaNames, boolean inTableFunction) {

    static Scope of(CteScope ctes) {
      return new Scope(ctes, Set.of(), false);
    }

    Scope withLambda(Set<String> names) {
      Set<String> all = new HashSet<>(lambdaNames);
      all.addAll(names);
      return new Scope(ctes, Set.copyOf(all), inTableFunction);
    }
  }

  void all(JsonNode expressions, Scope scope) {
    for (JsonNode expression : expressions) {
      expression(expression, scope);
    }
  }

  /** Verifies an expression; JSON null is none. */
  void optional(JsonNode expression, Scope scope) {
    if (!expression.isNull()) {
      expression(expression, scope);
    }
  }

  void expression(JsonNode node, Scope scope) {
    walk.enter(node);
    String kind = node.path("class").asText("");
    if (!"LAMBDA".equals(kind) && !"TYPE".equals(kind) && !"DEFAULT".equals(kind)) {
      walk.checkShape(kind.isEmpty() ? "expression" : kind, node, node);
    }
    switch (kind) {
      case "BETWEEN" -> {
        expression(node.get("input"), scope);
        expression(node.get("lower"), scope);
        expression(node.get("upper"), scope);
      }
      case "CASE" -> caseOf(node, scope);
      case "CAST" -> {
        expression(node.get("child"), scope);
        types.type(node.get("type_expr"), node);
      }
      case "COLLATE" -> collate(node, scope);
      case "COLUMN_REF" -> columnRef(node, scope);
      case "COMPARISON" -> {
        expression(node.get("left"), scope);
        expression(node.get("right"), scope);
      }
      case "CONJUNCTION", "OPERATOR" -> operator(node, scope);
      case "CONSTANT" -> walk.checkShape("literal", node.get("literal"), node);
      case "FUNCTION" -> functions.call((ObjectNode) node, scope);
      case "PARAMETER" -> parameter((ObjectNode) node);
      case "POSITIONAL_REFERENCE" -> queriesOnly("A position such as #1", node);
      case "STAR" -> star(node, scope);
      case "SUBQUERY" -> subquery(node, scope);
      case "WINDOW" -> {
        queriesOnly("A window function", node);
        functions.window(node, scope);
      }
      case "LAMBDA" ->
          throw walk.refuse(
              Refusal.of("The arrow -> outside of a list function")
                  .instead("JSON is not available; use struct and list columns, or lambda x: …"),
              node);
      case "DEFAULT" -> throw walk.refuse(Refusal.of("DEFAULT"), node);
      default ->
          throw walk.refuse(
              Refusal.of("The construct " + Walk.describe(kind))
                  .instead("it has not been reviewed; write it in another way"),
              node);
    }
    walk.leave();
  }

  private void caseOf(JsonNode node, Scope scope) {
    for (JsonNode check : node.get("case_checks")) {
      walk.checkShape("case check", check, node);
      expression(check.get("when_expr"), scope);
      expression(check.get("then_expr"), scope);
    }
    expression(node.get("else_expr"), scope);
  }

  private void operator(JsonNode node, Scope scope) {
    if ("GROUPING_FUNCTION".equals(node.get("type").textValue())
        || "OPERATOR_UNPACK".equals(node.get("type").textValue())) {
      queriesOnly("GROUPING or * of several columns", node);
    }
    all(node.get("children"), scope);
  }

  private void collate(JsonNode node, Scope scope) {
    expression(node.get("child"), scope);
    String collation = node.get("collation").textValue();
    for (String part : Names.fold(collation).split("\\.", -1)) {
      boolean language =
          part.matches("[a-z]{2,3}(_[a-z]{2,4})?")
              && !walk.functions.named("collate_" + part).isEmpty();
      if (!COLLATIONS.contains(part) && !language) {
        throw walk.refuse(
            Refusal.of("The collation " + Names.echo(collation))
                .instead("use nocase, noaccent, nfc, binary or a language such as de"),
            node);
      }
    }
  }

  private void columnRef(JsonNode node, Scope scope) {
    List<String> path = texts(node.get("column_names"));
    String last = Names.fold(path.getLast());
    String first = Names.fold(path.getFirst());
    boolean mayBeValue = path.size() == 1 || "alias".equals(first) || scope.inTableFunction();
    if (path.size() == 1 && scope.lambdaNames().contains(first)) {
      return;
    }
    if (mayBeValue && Names.SESSION_VALUES.contains(last)) {
      throw walk.refuse(
          Refusal.of(last)
              .instead("it reads the session; for a column of that name write table." + last),
          node);
    }
    if (mayBeValue && Names.TIME_VALUES.contains(last)) {
      walk.repeatable = false;
      walk.usesToday = true;
    } else if (mayBeValue && Names.TODAY_VALUE.equals(last)) {
      walk.usesToday = true;
    } else if (!scope.lambdaNames().contains(first)) {
      walk.columns.add(first);
    }
  }

  private void parameter(ObjectNode node) {
    String name = node.get("identifier").textValue();
    if (walk.purpose != Walk.Purpose.STATEMENT) {
      throw walk.refuse(
          Refusal.of("The parameter $" + Names.echo(name))
              .instead("only statements and named queries take parameters"),
          node);
    }
    if (walk.verified != null) {
      boolean known = name.matches("[1-9][0-9]{0,2}");
      if (!known || Integer.parseInt(name) > walk.verified.parameters.size()) {
        throw walk.refuse(Refusal.of("The parameter $" + Names.echo(name)), node);
      }
      return;
    }
    if (!PARAMETER.matcher(name).matches()) {
      throw walk.refuse(
          Refusal.of("The parameter name \"%s\"".formatted(Names.echo(name)))
              .instead("use letters, digits and _, or $1 to $999"),
          node);
    }
    int number = walk.numberOf(Names.fold(name));
    if (number > MAX_PARAMETERS) {
      throw walk.refuse(
          Refusal.of("More than %d parameters".formatted(MAX_PARAMETERS))
              .instead("pass a list as one parameter"),
          node);
    }
    node.put("identifier", Integer.toString(number));
  }

  private void star(JsonNode node, Scope scope) {
    queriesOnly("* for all columns", node);
    for (JsonNode replacement : node.get("replace_list")) {
      walk.checkShape("replacement", replacement, node);
      expression(replacement.get("value"), scope);
    }
    for (JsonNode excluded : node.get("qualified_exclude_list")) {
      walk.checkShape("qualified column", excluded, node);
    }
    for (JsonNode renaming : node.get("rename_list")) {
      walk.checkShape("renaming", renaming, node);
      walk.checkShape("qualified column", renaming.get("key"), node);
    }
    optional(node.get("expr"), scope);
  }

  private void subquery(JsonNode node, Scope scope) {
    queriesOnly("A subquery", node);
    optional(node.get("child"), scope);
    JsonNode statement = node.get("subquery");
    walk.checkShape("subquery", statement, node);
    walk.enterSubquery(node);
    queries.query(statement.get("node"), scope.ctes());
    walk.leaveSubquery();
  }

  /** Refuses what needs rows around it where one expression alone may stand. */
  void queriesOnly(String construct, @Nullable JsonNode node) {
    if (!walk.takesQueries()) {
      throw walk.refuse(
          Refusal.of(construct)
              .instead("this is one expression over the columns of one row; put it into a view"),
          node);
    }
  }

  public static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>(array.size());
    array.forEach(element -> texts.add(element.textValue()));
    return texts;
  }
}
