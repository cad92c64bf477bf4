package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What each kind of tree node may hold: every field by name, and its values. Immutable.
 *
 * <p>DuckDB's tree grows with every version; a node, a field or a value that is not listed here has
 * not been thought about, so it is a refusal. The names are those of DuckDB's serialization.
 */
final class NodeShapes {

  private static final Map<String, Predicate<JsonNode>> RULES =
      Map.ofEntries(
          Map.entry("node", JsonNode::isObject),
          Map.entry("node?", value -> value.isObject() || value.isNull()),
          Map.entry("nodes", JsonNode::isArray),
          Map.entry("text", JsonNode::isTextual),
          Map.entry("names", NodeShapes::isTexts),
          Map.entry("number", JsonNode::isNumber),
          Map.entry("bool", JsonNode::isBoolean),
          Map.entry("false", value -> value.isBoolean() && !value.booleanValue()),
          Map.entry("null", JsonNode::isNull),
          Map.entry("none", value -> value.isArray() && value.isEmpty()),
          Map.entry("empty", oneOf("")),
          Map.entry("nulls", oneOf("ORDER_DEFAULT|NULLS FIRST|NULLS LAST")));

  /** Fields that every expression has. */
  private static final String EXPRESSION =
      "class=text alias=text query_location=number query_location_length=number ";

  /** Fields that every table reference has. */
  private static final String TABLE =
      "alias=text sample=node? query_location=number query_location_length=number ";

  private static final String QUERY = "modifiers=nodes cte_map=node ";

  private static final String NAME =
      "function_name=text schema=text catalog=text qualified_name=node ";

  private static final String BOUNDARY =
      "UNBOUNDED_PRECEDING|UNBOUNDED_FOLLOWING|CURRENT_ROW_RANGE|CURRENT_ROW_ROWS|CURRENT_ROW_GROUPS"
          + "|EXPR_PRECEDING_ROWS|EXPR_FOLLOWING_ROWS|EXPR_PRECEDING_RANGE|EXPR_FOLLOWING_RANGE"
          + "|EXPR_PRECEDING_GROUPS|EXPR_FOLLOWING_GROUPS ";

  private static final String COMPARISONS =
      "COMPARE_EQUAL|COMPARE_NOTEQUAL|COMPARE_LESSTHAN|COMPARE_GREATERTHAN|COMPARE_LESSTHANOREQUALTO"
          + "|COMPARE_GREATERTHANOREQUALTO|COMPARE_DISTINCT_FROM|COMPARE_NOT_DISTINCT_FROM";

  private static final Map<String, Map<String, Predicate<JsonNode>>> SHAPES = shapes();

  private NodeShapes() {}

  /**
   * The first field of the node that its kind may not hold, or a missing one; empty: all is well.
   */
  static String unknownField(String kind, JsonNode node) {
    Map<String, Predicate<JsonNode>> shape = SHAPES.get(kind);
    if (shape == null) {
      return "type";
    }
    int known = 0;
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      Predicate<JsonNode> rule = shape.get(field.getKey());
      if (rule == null || !rule.test(field.getValue())) {
        return field.getKey();
      }
      known++;
    }
    return known == shape.size() ? "" : missing(shape, node);
  }

  private static String missing(Map<String, Predicate<JsonNode>> shape, JsonNode node) {
    return shape.keySet().stream().filter(name -> !node.has(name)).findFirst().orElse("");
  }

  private static boolean isTexts(JsonNode value) {
    if (!value.isArray()) {
      return false;
    }
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, Map<String, Predicate<JsonNode>>> shapes() {
    Map<String, Map<String, Predicate<JsonNode>>> shapes = new HashMap<>();
    expressions(shapes);
    queries(shapes);
    tables(shapes);
    parts(shapes);
    return Map.copyOf(shapes);
  }

  private static void expressions(Map<String, Map<String, Predicate<JsonNode>>> shapes) {
    add(shapes, "BETWEEN", EXPRESSION + "type=COMPARE_BETWEEN input=node lower=node upper=node");
    add(shapes, "CASE", EXPRESSION + "type=CASE_EXPR case_checks=nodes else_expr=node");
    add(shapes, "CAST", EXPRESSION + "type=OPERATOR_CAST child=node type_expr=node try_cast=bool");
    add(shapes, "COLLATE", EXPRESSION + "type=COLLATE child=node collation=text");
    add(shapes, "COLUMN_REF", EXPRESSION + "type=COLUMN_REF column_names=names");
    add(shapes, "COMPARISON", EXPRESSION + "left=node right=node type=" + COMPARISONS);
    add(shapes, "CONJUNCTION", EXPRESSION + "type=CONJUNCTION_AND|CONJUNCTION_OR children=nodes");
    add(shapes, "CONSTANT", EXPRESSION + "type=VALUE_CONSTANT literal=node");
    add(
        shapes,
        "FUNCTION",
        EXPRESSION
            + NAME
            + "type=FUNCTION arguments=nodes filter=node? order_bys=node distinct=bool"
            + " is_operator=bool export_state=false");
    add(
        shapes,
        "LAMBDA",
        EXPRESSION + "type=LAMBDA lhs=node expr=node syntax_type=LAMBDA_KEYWORD|SINGLE_ARROW");
    add(
        shapes,
        "OPERATOR",
        EXPRESSION
            + "children=nodes type=ARRAY_EXTRACT|ARRAY_SLICE|COMPARE_IN|COMPARE_NOT_IN"
            + "|GROUPING_FUNCTION|OPERATOR_COALESCE|OPERATOR_IS_NULL|OPERATOR_IS_NOT_NULL"
            + "|OPERATOR_NOT|OPERATOR_TRY|OPERATOR_UNPACK|STRUCT_EXTRACT");
    add(shapes, "PARAMETER", EXPRESSION + "type=VALUE_PARAMETER identifier=text");
    add(shapes, "POSITIONAL_REFERENCE", EXPRESSION + "type=POSITIONAL_REFERENCE index=number");
    add(
        shapes,
        "STAR",
        EXPRESSION
            + "type=STAR relation_name=text exclude_list=names replace_list=nodes columns=bool"
            + " expr=node? qualified_exclude_list=nodes rename_list=nodes");
    add(
        shapes,
        "SUBQUERY",
        EXPRESSION
            + "type=SUBQUERY subquery_type=SCALAR|EXISTS|NOT_EXISTS|ANY subquery=node child=node?"
            + " comparison_type=INVALID|"
            + COMPARISONS);
    add(
        shapes,
        "TYPE",
        EXPRESSION
            + "type=TYPE catalog=text schema=text type_name=text children=nodes"
            + " qualified_name=node");
    add(
        shapes,
        "WINDOW",
        EXPRESSION
            + NAME
            + "type=WINDOW_AGGREGATE|WINDOW_RANK|WINDOW_RANK_DENSE|WINDOW_NTILE|WINDOW_PERCENT_RANK"
            + "|WINDOW_CUME_DIST|WINDOW_ROW_NUMBER|WINDOW_FIRST_VALUE|WINDOW_LAST_VALUE"
            + "|WINDOW_NTH_VALUE|WINDOW_LEAD|WINDOW_LAG|WINDOW_FILL"
            + " arguments=nodes partitions=nodes orders=nodes arg_orders=nodes filter_expr=node?"
            + " start_expr=node? end_expr=node? offset_expr=node? default_expr=node?"
            + " ignore_nulls=bool has_ignore_nulls=bool distinct=bool"
            + " exclude_clause=NO_OTHER|CURRENT_ROW|GROUP|TIES start="
            + BOUNDARY
            + "end="
            + BOUNDARY);
  }

  private static void queries(Map<String, Map<String, Predicate<JsonNode>>> shapes) {
    add(
        shapes,
        "SELECT_NODE",
        QUERY
            + "type=SELECT_NODE select_list=nodes from_table=node where_clause=node?"
            + " group_expressions=nodes group_sets=nodes having=node? sample=node? qualify=node?"
            + " aggregate_handling=STANDARD_HANDLING|FORCE_AGGREGATES");
    add(
        shapes,
        "SET_OPERATION_NODE",
        QUERY
            + "type=SET_OPERATION_NODE setop_type=UNION|UNION_BY_NAME|EXCEPT|INTERSECT"
            + " left=null right=null setop_all=bool children=nodes");
    add(
        shapes,
        "RECURSIVE_CTE_NODE",
        QUERY
            + "type=RECURSIVE_CTE_NODE cte_name=text union_all=bool left=node right=node"
            + " aliases=names key_targets=nodes");
    add(shapes, "statement", "node=node named_param_map=nodes");
    add(shapes, "subquery", "node=node named_param_map=none");
    add(shapes, "cte_map", "map=nodes");
    add(shapes, "cte entry", "key=text value=node");
    add(
        shapes,
        "cte",
        "aliases=names query_node=node key_targets=nodes payload_aggregates=nodes"
            + " materialized=CTE_MATERIALIZE_DEFAULT|CTE_MATERIALIZE_ALWAYS|CTE_MATERIALIZE_NEVER");
    add(shapes, "ORDER_MODIFIER", "type=ORDER_MODIFIER orders=nodes");
    add(shapes, "DISTINCT_MODIFIER", "type=DISTINCT_MODIFIER distinct_on_targets=nodes");
    add(
        shapes,
        "LIMIT_MODIFIER",
        "type=LIMIT_MODIFIER limit=node? offset=node? limit_type=ROW_COUNT|PERCENTAGE");
    add(
        shapes,
        "sample",
        "sample_size=node is_percentage=bool seed=number repeatable=bool sample_rate=number"
            + " method=System|Bernoulli|Reservoir");
    add(shapes, "sample size", "type=node is_null=false value=number");
    add(shapes, "sample size type", "type_info=null id=BIGINT|INTEGER|DOUBLE|FLOAT|DECIMAL");
  }

  private static void tables(Map<String, Map<String, Predicate<JsonNode>>> shapes) {
    add(
        shapes,
        "BASE_TABLE",
        TABLE
            + "type=BASE_TABLE schema_name=text table_name=text catalog_name=text at_clause=null"
            + " column_name_alias=names qualified_name=node");
    add(shapes, "EMPTY", TABLE + "type=EMPTY");
    add(
        shapes,
        "EXPRESSION_LIST",
        TABLE + "type=EXPRESSION_LIST expected_names=names expected_types=none values=nodes");
    add(
        shapes,
        "JOIN",
        TABLE
            + "type=JOIN left=node right=node condition=node? using_columns=names"
            + " join_type=INNER|LEFT|RIGHT|FULL|SEMI|ANTI"
            + " ref_type=REGULAR|NATURAL|CROSS|POSITIONAL|ASOF delim_flipped=false"
            + " duplicate_eliminated_columns=none is_implicit=bool ranking_expression=null"
            + " nearest_count=number nearest_order_type=ASCENDING nearest_approx=false");
    add(
        shapes,
        "PIVOT",
        TABLE
            + "type=PIVOT source=node aggregates=nodes unpivot_names=names pivots=nodes"
            + " groups=names column_name_alias=names include_nulls=bool");
    add(
        shapes,
        "pivot",
        "pivot_expressions=nodes unpivot_names=names entries=nodes pivot_enum=empty");
    add(shapes, "pivot entry", "values=none star_expr=node alias=text");
    add(shapes, "SUBQUERY table", TABLE + "type=SUBQUERY subquery=node column_name_alias=names");
    add(
        shapes,
        "TABLE_FUNCTION",
        TABLE
            + "type=TABLE_FUNCTION function=node column_name_alias=names"
            + " with_ordinality=WITHOUT_ORDINALITY|WITH_ORDINALITY");
  }

  private static void parts(Map<String, Map<String, Predicate<JsonNode>>> shapes) {
    add(shapes, "qualified name", "path=names");
    add(shapes, "argument", "name=text expression=node");
    add(shapes, "literal", "text=text kind=BOOLEAN|HEX|INTEGER|NULL_LITERAL|NUMERIC|STRING");
    add(
        shapes,
        "order",
        "type=ORDER_DEFAULT|ASCENDING|DESCENDING expression=node null_order=nulls");
    add(shapes, "case check", "when_expr=node then_expr=node");
    add(shapes, "replacement", "key=text value=node");
    add(shapes, "renaming", "key=node value=text");
    add(shapes, "qualified column", "catalog=text schema=text table=text column=text");
  }

  /** Adds a kind; {@code fields} are {@code name=rule}, where a rule may be values with bars. */
  private static void add(
      Map<String, Map<String, Predicate<JsonNode>>> shapes, String kind, String fields) {
    Map<String, Predicate<JsonNode>> shape = new HashMap<>();
    for (String field : fields.strip().split(" +", -1)) {
      int equals = field.indexOf('=');
      String rule = field.substring(equals + 1);
      shape.put(field.substring(0, equals), RULES.getOrDefault(rule, oneOf(rule)));
    }
    shapes.put(kind, Map.copyOf(shape));
  }

  private static Predicate<JsonNode> oneOf(String values) {
    Set<String> allowed = Set.of(values.split("\\|", -1));
    return value -> value.isTextual() && allowed.contains(value.textValue());
  }
}
