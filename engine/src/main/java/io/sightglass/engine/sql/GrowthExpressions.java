package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Estimates the sizes of expressions; part of one {@link GrowthBound}. */
final class GrowthExpressions {

  /** Rounds of list_reduce that are followed before the rest is taken to grow alike. */
  private static final int REDUCE_ROUNDS = 24;

  private static final Set<String> TEXT_TYPES =
      Set.of("varchar", "char", "bpchar", "text", "string", "nvarchar");

  private static final Set<String> OPEN_TYPES =
      Set.of("list", "array", "struct", "row", "map", "blob", "bytea", "binary", "varbinary");

  private final GrowthBound growth;

  GrowthExpressions(GrowthBound growth) {
    this.growth = growth;
  }

  void sizeIfAny(JsonNode node, SizeScope scope) {
    if (node.isObject()) {
      size(node, scope);
    }
  }

  /** The size of an expression, refused if it, or a part of it, is too large. */
  ValueSize size(JsonNode node, SizeScope scope) {
    return growth.bounded(unbounded(node, scope), node);
  }

  private ValueSize unbounded(JsonNode node, SizeScope scope) {
    return switch (node.path("class").asText()) {
      case "CASE" -> {
        ValueSize largest = size(node.get("else_expr"), scope);
        for (JsonNode check : node.get("case_checks")) {
          size(check.get("when_expr"), scope);
          largest = largest.max(size(check.get("then_expr"), scope));
        }
        yield largest;
      }
      case "CAST" -> cast(node, size(node.get("child"), scope));
      case "COLLATE" -> size(node.get("child"), scope);
      case "COLUMN_REF" -> scope.column(ExpressionWalk.texts(node.get("column_names")));
      case "CONSTANT" -> constant(node.get("literal"));
      case "FUNCTION" -> call(node, scope);
      case "OPERATOR" -> operator(node, scope);
      case "PARAMETER" -> ValueSize.PARAMETER;
      case "POSITIONAL_REFERENCE" -> scope.largest();
      case "STAR" -> {
        sizeIfAny(node.path("expr"), scope);
        node.get("replace_list").forEach(entry -> size(entry.get("value"), scope));
        yield scope.largest();
      }
      case "SUBQUERY" -> {
        sizeIfAny(node.path("child"), scope);
        Relation relation = growth.query(node.at("/subquery/node"), scope);
        yield "SCALAR".equals(node.get("subquery_type").textValue())
            ? relation.largest()
            : ValueSize.NUMBER;
      }
      case "WINDOW" -> window(node, scope);
      default -> {
        for (String part : List.of("left", "right", "input", "lower", "upper")) {
          sizeIfAny(node.path(part), scope);
        }
        node.path("children").forEach(child -> size(child, scope));
        yield ValueSize.NUMBER;
      }
    };
  }

  private static ValueSize constant(JsonNode literal) {
    return switch (literal.get("kind").textValue()) {
      case "STRING" ->
          ValueSize.text(literal.get("text").textValue().getBytes(StandardCharsets.UTF_8).length);
      default -> ValueSize.NUMBER;
    };
  }

  /** Written as text a list escapes quotes and backslashes; a text read as a list has elements. */
  private static ValueSize cast(JsonNode node, ValueSize child) {
    String type = Names.fold(node.at("/type_expr/type_name").asText());
    if (TEXT_TYPES.contains(type)) {
      return switch (child.kind()) {
        case FIXED -> ValueSize.text(40);
        case TEXT -> child;
        case OPEN -> ValueSize.text(2 * child.bytes() + 4 * child.elements());
      };
    }
    return OPEN_TYPES.contains(type)
        ? ValueSize.list(child.bytes(), Math.max(child.elements(), child.bytes()))
        : ValueSize.NUMBER;
  }

  private ValueSize operator(JsonNode node, SizeScope scope) {
    List<ValueSize> children = new ArrayList<>();
    node.get("children").forEach(child -> children.add(size(child, scope)));
    return switch (node.get("type").textValue()) {
      case "ARRAY_EXTRACT", "ARRAY_SLICE", "STRUCT_EXTRACT", "OPERATOR_TRY" -> children.getFirst();
      case "OPERATOR_COALESCE", "OPERATOR_UNPACK" ->
          children.stream().reduce(ValueSize.NUMBER, ValueSize::max);
      default -> ValueSize.NUMBER;
    };
  }

  private ValueSize window(JsonNode node, SizeScope scope) {
    for (String part : List.of("partitions")) {
      node.get(part).forEach(child -> size(child, scope));
    }
    for (String part : List.of("orders", "arg_orders")) {
      node.get(part).forEach(order -> size(order.get("expression"), scope));
    }
    for (String part :
        List.of("filter_expr", "start_expr", "end_expr", "offset_expr", "default_expr")) {
      sizeIfAny(node.path(part), scope);
    }
    return GrowthRules.of(name(node), arguments(node, scope), node);
  }

  private ValueSize call(JsonNode node, SizeScope scope) {
    sizeIfAny(node.path("filter"), scope);
    node.at("/order_bys/orders").forEach(order -> size(order.get("expression"), scope));
    for (JsonNode argument : node.get("arguments")) {
      if ("LAMBDA".equals(argument.at("/expression/class").asText())) {
        return withLambda(node, argument.get("expression"), scope);
      }
    }
    return GrowthRules.of(name(node), arguments(node, scope), node);
  }

  private static String name(JsonNode call) {
    return Names.fold(call.get("function_name").textValue());
  }

  private List<ValueSize> arguments(JsonNode call, SizeScope scope) {
    List<ValueSize> sizes = new ArrayList<>();
    call.get("arguments").forEach(argument -> sizes.add(size(argument.get("expression"), scope)));
    return sizes;
  }

  private ValueSize withLambda(JsonNode call, JsonNode lambda, SizeScope scope) {
    ValueSize list = size(ArgumentBounds.argument(call, 0), scope);
    double times = list.elements();
    growth.checkCalls(scope.calls() * times, call);
    return switch (name(call)) {
      case "list_reduce", "reduce", "array_reduce" -> reduced(call, lambda, list, scope);
      case "list_filter", "filter", "array_filter" -> {
        body(lambda, List.of(list.element(), ValueSize.NUMBER), times, scope);
        yield list;
      }
      default -> {
        ValueSize one = body(lambda, List.of(list.element(), ValueSize.NUMBER), times, scope);
        yield ValueSize.list(one.bytes() * times, times);
      }
    };
  }

  private ValueSize reduced(JsonNode call, JsonNode lambda, ValueSize list, SizeScope scope) {
    ValueSize element = list.element();
    boolean initial = call.get("arguments").size() > 2;
    ValueSize before = initial ? size(ArgumentBounds.argument(call, 2), scope) : element;
    ValueSize after = before;
    double rounds = Math.min(list.elements(), REDUCE_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      before = after;
      after = body(lambda, List.of(before, element, ValueSize.NUMBER), list.elements(), scope);
    }
    double step = Math.max(0, after.bytes() - before.bytes());
    double bytes = after.bytes() + step * Math.max(0, list.elements() - rounds);
    return new ValueSize(bytes, Math.max(after.elements(), 1), ValueSize.Kind.OPEN);
  }

  private ValueSize body(
      JsonNode lambda, List<ValueSize> parameters, double times, SizeScope scope) {
    Map<String, ValueSize> named = new HashMap<>();
    JsonNode left = lambda.get("lhs");
    if (left.has("column_names")) {
      named.put(parameter(left), parameters.getFirst());
    } else {
      int index = 0;
      for (JsonNode argument : left.get("arguments")) {
        ValueSize size = parameters.get(Math.min(index++, parameters.size() - 1));
        named.put(parameter(argument.get("expression")), size);
      }
    }
    return size(lambda.get("expr"), scope.lambda(named, times));
  }

  private static String parameter(JsonNode reference) {
    return Names.fold(reference.at("/column_names/0").asText());
  }
}
