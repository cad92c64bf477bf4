package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.ExpressionWalk.Scope;
import io.sightglass.engine.sql.FunctionList.FunctionType;
import io.sightglass.engine.sql.FunctionList.Reviewed;
import io.sightglass.engine.sql.FunctionList.Verdict;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Verifies calls of functions; part of one {@link Walk}. */
public final class FunctionWalk {

  /** Functions that take a lambda. */
  private static final Set<String> LAMBDA_FUNCTIONS =
      Set.of(
          "apply",
          "array_apply",
          "array_filter",
          "array_reduce",
          "array_transform",
          "filter",
          "list_apply",
          "list_filter",
          "list_reduce",
          "list_transform",
          "reduce");

  /** Functions whose arguments have names of the author's choice. */
  private static final Set<String> NAMING_FUNCTIONS =
      Set.of("row", "struct_insert", "struct_pack", "struct_update");

  /** Macros of the engine that stand for an aggregate. */
  static final Set<String> AGGREGATING_MACROS =
      Set.of("geomean", "geometric_mean", "wavg", "weighted_avg");

  /** Functions that give several rows. */
  public static final Set<String> UNNESTING = Set.of("regexp_split_to_table", "unnest");

  private static final Set<String> TABLE_FUNCTIONS = Set.of("generate_series", "range", "unnest");

  /** Different at every call, or at every moment. */
  private static final Set<String> VOLATILE =
      Set.of(
          "ago",
          "current_localtime",
          "current_localtimestamp",
          "gen_random_uuid",
          "get_current_time",
          "get_current_timestamp",
          "now",
          "random",
          "transaction_timestamp",
          "uuid",
          "uuidv4",
          "uuidv7");

  private static final Set<String> RANDOM = Set.of("random", "gen_random_uuid", "uuid", "uuidv4");

  private static final Set<String> TODAY = Set.of("current_date", "today");

  private final Walk walk;
  private final ExpressionWalk expressions;
  private final ArgumentBounds bounds;

  FunctionWalk(Walk walk, ExpressionWalk expressions) {
    this.walk = walk;
    this.expressions = expressions;
    this.bounds = new ArgumentBounds(walk);
  }

  /** Verifies {@code f(…)} where a value is meant. */
  void call(ObjectNode node, Scope scope) {
    String name = name(node);
    if (isMacro(name, node)) {
      plainCall(node, "The macro " + name);
      arguments(node, scope, true, false);
      return;
    }
    if (isAttribute(name, node)) {
      return;
    }
    if (UNNESTING.contains(name)) {
      expressions.queriesOnly(name, node);
    }
    if (!"unnest".equals(name)) {
      checkReviewed(
          name, EnumSet.of(FunctionType.SCALAR, FunctionType.MACRO, FunctionType.AGGREGATE), node);
    }
    if (AGGREGATING_MACROS.contains(name)
        || walk.functions.find(name, FunctionType.AGGREGATE).isPresent()) {
      expressions.queriesOnly("The aggregate " + name, node);
    }
    expressions.optional(node.get("filter"), scope);
    walk.checkShape("ORDER_MODIFIER", node.get("order_bys"), node);
    orders(node.get("order_bys").get("orders"), scope);
    boolean named = NAMING_FUNCTIONS.contains(name) || "unnest".equals(name);
    arguments(node, scope, named, LAMBDA_FUNCTIONS.contains(name));
    bounds.check(name, node);
    noteTime(name, node);
  }

  /** Verifies {@code f(…) OVER (…)}. */
  void window(JsonNode node, Scope scope) {
    List<String> path = path(node);
    String name = Names.fold(path.getLast());
    if (path.size() != 1) {
      throw qualified(path, node);
    }
    checkReviewed(name, EnumSet.of(FunctionType.AGGREGATE, FunctionType.WINDOW), node);
    arguments(node, scope, false, false);
    expressions.all(node.get("partitions"), scope);
    orders(node.get("orders"), scope);
    orders(node.get("arg_orders"), scope);
    for (String part :
        List.of("filter_expr", "start_expr", "end_expr", "offset_expr", "default_expr")) {
      expressions.optional(node.get(part), scope);
    }
  }

  /** Verifies a function that stands in FROM. */
  void table(JsonNode node, JsonNode place, CteScope ctes) {
    if (!"FUNCTION".equals(node.path("class").asText())) {
      throw walk.refuse(Refusal.of("This expression in FROM"), place);
    }
    walk.checkShape("FUNCTION", node, node);
    List<String> path = path(node);
    String name = Names.fold(path.getLast());
    if (path.size() != 1) {
      throw qualified(path, place);
    }
    if (!TABLE_FUNCTIONS.contains(name)) {
      throw walk.refuse(FunctionAdvice.inFrom(path.getLast(), walk.functions.named(name)), place);
    }
    plainCall(node, name + " in FROM");
    arguments(node, new Scope(ctes, Set.of(), true), "unnest".equals(name), false);
  }

  void orders(JsonNode orders, Scope scope) {
    for (JsonNode order : orders) {
      walk.checkShape("order", order, order.get("expression"));
      expressions.expression(order.get("expression"), scope);
    }
  }

  /** The folded name; {@code column.f(…)} has become {@code f(column, …)}. */
  private String name(ObjectNode node) {
    List<String> path = path(node);
    String name = Names.fold(path.getLast());
    if (path.size() == 1 || isMacroPath(path)) {
      return name;
    }
    String qualifier = Names.fold(path.getFirst());
    boolean onColumn =
        path.size() <= 3
            && !walk.isCanonical()
            && !Names.RESERVED_QUALIFIERS.contains(qualifier)
            && !walk.functions.named(name).isEmpty()
            && path.stream().limit(path.size() - 1).allMatch(Names::isPlain);
    if (!onColumn) {
      throw qualified(path, node);
    }
    Trees.callOnColumn(node, path.subList(0, path.size() - 1), path.getLast());
    return name;
  }

  private EngineException qualified(List<String> path, JsonNode node) {
    Map<FunctionType, Reviewed> reviewed = walk.functions.named(path.getLast());
    return walk.refuse(
        Refusal.of("The function " + Names.echo(path))
            .instead(
                reviewed.isEmpty()
                    ? FunctionAdvice.UNKNOWN
                    : "write the function's name alone, without schema or catalogue"),
        node);
  }

  private List<String> path(JsonNode node) {
    walk.checkShape("qualified name", node.get("qualified_name"), node);
    List<String> path = ExpressionWalk.texts(node.get("qualified_name").get("path"));
    if (path.isEmpty() || !path.getLast().equals(node.get("function_name").textValue())) {
      throw walk.refuse(Refusal.of("A function without a name"), node);
    }
    return path;
  }

  private boolean isMacroPath(List<String> path) {
    return walk.isCanonical()
        && path.size() == 3
        && path.subList(0, 2).equals(Macros.SCHEMA)
        && walk.macros.names().contains(path.getLast());
  }

  /** Whether the pack has a macro of that name; a caller's statement has none. */
  private boolean isMacro(String name, ObjectNode node) {
    if (walk.isCanonical()) {
      return isMacroPath(path(node));
    }
    if (!walk.macros.names().contains(name)) {
      return false;
    }
    Trees.rename(node, Macros.SCHEMA, name);
    return true;
  }

  /** Reads {@code attribute('x')} and puts the session variable in its place. */
  private boolean isAttribute(String name, ObjectNode node) {
    boolean list = "attribute_list".equals(name);
    if (walk.purpose != Walk.Purpose.EXPRESSION) {
      if (list || "attribute".equals(name)) {
        throw walk.refuse(
            Refusal.of(name + "()").instead("only filters and unless read attributes"), node);
      }
      return false;
    }
    if (walk.verified != null && "getvariable".equals(name)) {
      String variable = Literals.string(node.at("/arguments/0/expression")).orElse("");
      if (node.get("arguments").size() != 1
          || path(node).size() != 1
          || !walk.verified.variables().contains(variable)) {
        throw walk.refuse(Refusal.of(name), node);
      }
      plainCall(node, name);
      return true;
    }
    if (!list && !"attribute".equals(name)) {
      return false;
    }
    String attribute = Literals.string(node.at("/arguments/0/expression")).orElse("");
    if (node.get("arguments").size() != 1
        || !QualifiedName.isPart(attribute)
        || walk.isCanonical()) {
      throw walk.refuse(
          Refusal.of("%s() with something else than one name".formatted(name))
              .instead("write %s('station')".formatted(name)),
          node);
    }
    plainCall(node, name);
    (list ? walk.attributeLists : walk.attributes).add(attribute);
    Trees.readVariable(node, list ? "attrs_" + attribute : "attr_" + attribute, list);
    return true;
  }

  private void plainCall(JsonNode node, String construct) {
    if (!node.get("filter").isNull()
        || node.get("distinct").booleanValue()
        || !node.at("/order_bys/orders").isEmpty()) {
      throw walk.refuse(Refusal.of(construct + " with FILTER, DISTINCT or ORDER BY"), node);
    }
  }

  private void arguments(JsonNode node, Scope scope, boolean named, boolean lambdas) {
    for (JsonNode argument : node.get("arguments")) {
      walk.checkShape("argument", argument, node);
      String name = argument.get("name").textValue();
      if (!name.isEmpty() && !named) {
        throw walk.refuse(
            Refusal.of("The named argument " + Names.echo(name))
                .instead("give the arguments of this function by position"),
            node);
      }
      JsonNode expression = argument.get("expression");
      if (lambdas && "LAMBDA".equals(expression.path("class").asText())) {
        lambda(expression, scope);
      } else {
        expressions.expression(expression, scope);
      }
    }
  }

  private void lambda(JsonNode node, Scope scope) {
    walk.enter(node);
    walk.checkShape("LAMBDA", node, node);
    // The arrow is deprecated: the engine takes the keyword alone.
    ((ObjectNode) node).put("syntax_type", "LAMBDA_KEYWORD");
    Set<String> names = new HashSet<>();
    JsonNode left = node.get("lhs");
    if ("FUNCTION".equals(left.path("class").asText())
        && "row".equals(left.path("function_name").asText())) {
      walk.checkShape("FUNCTION", left, node);
      plainCall(left, "A lambda");
      for (JsonNode argument : left.get("arguments")) {
        walk.checkShape("argument", argument, node);
        names.add(lambdaName(argument.get("expression"), node));
      }
    } else {
      names.add(lambdaName(left, node));
    }
    expressions.expression(node.get("expr"), scope.withLambda(names));
    walk.leave();
  }

  private String lambdaName(JsonNode node, JsonNode place) {
    if (!"COLUMN_REF".equals(node.path("class").asText())
        || node.path("column_names").size() != 1) {
      throw walk.refuse(
          Refusal.of("This lambda").instead("write lambda x: … or lambda x, y: …"), place);
    }
    walk.checkShape("COLUMN_REF", node, place);
    return Names.fold(node.get("column_names").get(0).textValue());
  }

  /** Refuses a name unless all that it may mean here has been reviewed and is not denied. */
  private void checkReviewed(String name, Set<FunctionType> types, JsonNode node) {
    Map<FunctionType, Reviewed> reviewed = walk.functions.named(name);
    Collection<Reviewed> meant =
        reviewed.values().stream().filter(entry -> types.contains(entry.type())).toList();
    boolean allowed =
        !meant.isEmpty()
            && !name.startsWith("__")
            && meant.stream().noneMatch(entry -> entry.verdict() == Verdict.DENY);
    if (!allowed) {
      String written = path(node).getLast();
      throw walk.refuse(FunctionAdvice.asValue(written, reviewed), node);
    }
  }

  private void noteTime(String name, JsonNode node) {
    boolean ageUntilToday = "age".equals(name) && node.get("arguments").size() == 1;
    if (VOLATILE.contains(name)) {
      walk.repeatable = false;
      walk.usesToday |= !RANDOM.contains(name);
    } else if (TODAY.contains(name) || ageUntilToday) {
      walk.usesToday = true;
    }
  }

  /** Names that this class knows by heart, for the test that compares them with the engine. */
  static Set<String> timeDependent() {
    Set<String> names = new HashSet<>(VOLATILE);
    names.addAll(TODAY);
    return Set.copyOf(names);
  }
}
