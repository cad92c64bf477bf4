package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Builds and compares nodes of DuckDB's trees. */
public final class Trees {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Lists that the engine keeps as sets or maps and writes back in any order. */
  private static final Set<String> UNORDERED =
      Set.of("exclude_list", "qualified_exclude_list", "rename_list", "replace_list");

  private Trees() {}

  /** Turns {@code column.f(…)} into {@code f(column, …)}. */
  static void callOnColumn(ObjectNode call, List<String> column, String function) {
    ObjectNode argument = NODES.objectNode().put("name", "");
    argument.set("expression", column(column, call));
    ((ArrayNode) call.get("arguments")).insert(0, argument);
    rename(call, List.of(), function);
  }

  /** Gives a call another name; the qualifiers are catalogue and schema, or none. */
  static void rename(ObjectNode call, List<String> qualifiers, String name) {
    call.put("function_name", name);
    call.put("catalog", qualifiers.isEmpty() ? "" : qualifiers.getFirst());
    call.put("schema", qualifiers.isEmpty() ? "" : qualifiers.getLast());
    call.put("is_operator", false);
    path(call, qualifiers, name);
  }

  /** Gives a table its complete path: catalogue, schema, name. */
  static void target(ObjectNode table, List<String> path) {
    table.put("catalog_name", path.get(0));
    table.put("schema_name", path.get(1));
    table.put("table_name", path.get(2));
    path(table, path.subList(0, 2), path.get(2));
  }

  private static void path(ObjectNode node, List<String> qualifiers, String name) {
    ArrayNode path = NODES.arrayNode();
    qualifiers.forEach(path::add);
    path.add(name);
    ((ObjectNode) node.get("qualified_name")).set("path", path);
  }

  /** Turns a call into {@code CAST(getvariable('…') AS VARCHAR)}, or {@code VARCHAR[]}. */
  static void readVariable(ObjectNode call, String variable, boolean list) {
    ObjectNode read = call.deepCopy();
    rename(read, List.of(), "getvariable");
    read.put("alias", "");
    ((ObjectNode) read.at("/arguments/0/expression/literal")).put("text", variable);
    ObjectNode type = type("VARCHAR", call);
    if (list) {
      ObjectNode listType = type("list", call);
      ((ArrayNode) listType.get("children")).add(type);
      type = listType;
    }
    String alias = call.get("alias").textValue();
    JsonNode location = call.get("query_location");
    call.removeAll();
    call.put("class", "CAST").put("type", "OPERATOR_CAST").put("alias", alias);
    call.set("query_location", location);
    call.put("query_location_length", 0);
    call.set("child", read);
    call.put("try_cast", false);
    call.set("type_expr", type);
  }

  private static ObjectNode type(String name, JsonNode place) {
    ObjectNode type = expression("TYPE", "TYPE", place);
    type.put("catalog", "").put("schema", "").put("type_name", name);
    type.set("children", NODES.arrayNode());
    type.set("qualified_name", NODES.objectNode());
    path(type, List.of(), name);
    return type;
  }

  private static ObjectNode column(List<String> path, JsonNode place) {
    ObjectNode column = expression("COLUMN_REF", "COLUMN_REF", place);
    ArrayNode names = column.putArray("column_names");
    path.forEach(names::add);
    return column;
  }

  private static ObjectNode expression(String kind, String type, JsonNode place) {
    ObjectNode node = NODES.objectNode();
    node.put("class", kind).put("type", type).put("alias", "");
    node.set("query_location", place.get("query_location"));
    node.put("query_location_length", 0);
    return node;
  }

  /**
   * Turns {@code (SELECT * FROM (VALUES …) AS valueslist) AS t(a)} into {@code (VALUES …) AS t(a)},
   * everywhere. DuckDB parses the second to the first and writes the first back, so that each round
   * would add a level.
   */
  public static JsonNode flattenValues(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        field.setValue(flattenValues(field.getValue()));
      }
      return isWrappedValues(object) ? unwrapped(object) : object;
    }
    if (node instanceof ArrayNode array) {
      for (int index = 0; index < array.size(); index++) {
        array.set(index, flattenValues(array.get(index)));
      }
    }
    return node;
  }

  private static boolean isWrappedValues(JsonNode table) {
    if (!"SUBQUERY".equals(table.path("type").asText()) || !table.has("column_name_alias")) {
      return false;
    }
    JsonNode select = table.at("/subquery/node");
    JsonNode star = select.at("/select_list/0");
    return "EXPRESSION_LIST".equals(select.at("/from_table/type").asText())
        && select.at("/from_table/expected_names").isEmpty()
        && select.at("/from_table/sample").isNull()
        && "STAR".equals(star.path("class").asText())
        && select.path("select_list").size() == 1
        && star.path("replace_list").isEmpty()
        && star.path("exclude_list").isEmpty()
        && star.path("qualified_exclude_list").isEmpty()
        && star.path("rename_list").isEmpty()
        && star.path("expr").isNull()
        && star.path("relation_name").asText().isEmpty()
        && star.path("alias").asText().isEmpty()
        && !star.path("columns").booleanValue()
        && select.path("modifiers").isEmpty()
        && select.at("/cte_map/map").isEmpty()
        && select.path("where_clause").isNull()
        && select.path("having").isNull()
        && select.path("qualify").isNull()
        && select.path("sample").isNull()
        && select.path("group_expressions").isEmpty()
        && select.path("group_sets").isEmpty();
  }

  private static JsonNode unwrapped(JsonNode table) {
    ObjectNode values = (ObjectNode) table.at("/subquery/node/from_table");
    values.set("alias", table.get("alias"));
    values.set("expected_names", table.get("column_name_alias"));
    values.set("sample", table.get("sample"));
    return values;
  }

  /**
   * Whether two trees are alike but for the places where their parts stand in their texts, and for
   * the order of {@code REPLACE}, which the engine keeps as a map and writes back in any.
   */
  static boolean alike(JsonNode left, JsonNode right) {
    if (left.getNodeType() != right.getNodeType() || left.size() != right.size()) {
      return false;
    }
    if (left.isArray()) {
      for (int index = 0; index < left.size(); index++) {
        if (!alike(left.get(index), right.get(index))) {
          return false;
        }
      }
      return true;
    }
    if (!left.isObject()) {
      return left.equals(right);
    }
    Iterator<Map.Entry<String, JsonNode>> fields = left.properties().iterator();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      JsonNode other = right.get(field.getKey());
      boolean place = field.getKey().startsWith("query_location");
      if (other == null || (!place && !alikeField(field.getKey(), field.getValue(), other))) {
        return false;
      }
    }
    return true;
  }

  private static boolean alikeField(String name, JsonNode left, JsonNode right) {
    return UNORDERED.contains(name) ? alike(byKey(left), byKey(right)) : alike(left, right);
  }

  private static JsonNode byKey(JsonNode entries) {
    ArrayNode sorted = JsonNodeFactory.instance.arrayNode();
    entries.valueStream().sorted(Comparator.comparing(JsonNode::toString)).forEach(sorted::add);
    return sorted;
  }

  private static final Set<String> AGGREGATES = aggregateNames();

  private static Set<String> aggregateNames() {
    Set<String> names = new HashSet<>(FunctionWalk.AGGREGATING_MACROS);
    for (FunctionList.Reviewed one : FunctionList.reviewed().all()) {
      if (one.type() == FunctionList.FunctionType.AGGREGATE) {
        names.add(Names.fold(one.name()));
      }
    }
    return Set.copyOf(names);
  }

  /** Whether an aggregate is called in these nodes, other than by subqueries and as a window. */
  public static boolean aggregates(JsonNode node) {
    return calls(node, AGGREGATES);
  }

  /** Whether a function of these names is called in these nodes, other than by subqueries. */
  public static boolean calls(JsonNode node, Set<String> names) {
    String kind = node.path("class").asText();
    if ("SUBQUERY".equals(kind)) {
      return false;
    }
    if ("FUNCTION".equals(kind)
        && names.contains(Names.fold(node.get("function_name").textValue()))) {
      return true;
    }
    for (JsonNode child : node) {
      if (child.isContainerNode() && calls(child, names)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an expression stands for several columns. */
  public static boolean containsStar(JsonNode node) {
    String kind = node.path("class").asText();
    if ("STAR".equals(kind) || "SUBQUERY".equals(kind)) {
      return "STAR".equals(kind);
    }
    for (JsonNode child : node) {
      if (child.isContainerNode() && containsStar(child)) {
        return true;
      }
    }
    return false;
  }
}
