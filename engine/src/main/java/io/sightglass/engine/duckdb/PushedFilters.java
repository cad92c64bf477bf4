package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the filters that a plan has pushed into its scans. Whatever it does not understand beyond
 * doubt admits everything.
 */
final class PushedFilters {

  private static final ScanFilter ALL = new ScanFilter.All();
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
  private static final Pattern TIMESTAMP =
      Pattern.compile("(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?)(\\+00)?");
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

  /** Turns SQL into the tree of {@code json_serialize_sql}. */
  @FunctionalInterface
  interface Parser {
    JsonNode parse(String sql);
  }

  private final Parser parser;

  PushedFilters(Parser parser) {
    this.parser = parser;
  }

  /**
   * What each table is filtered by; of a table that is scanned several times, any of it.
   *
   * @param plan of {@code EXPLAIN (FORMAT JSON)}
   * @return by path as in {@link RawTable#path}; a table that no scan names is absent
   */
  Map<String, ScanFilter> of(JsonNode plan, List<RawTable> tables) {
    Map<String, RawTable> byPath = new HashMap<>();
    tables.forEach(table -> byPath.put(table.path(), table));
    Map<String, ScanFilter> filters = new HashMap<>();
    collect(plan, byPath, filters);
    return filters;
  }

  private void collect(
      JsonNode node, Map<String, RawTable> tables, Map<String, ScanFilter> filters) {
    if (node.isArray()) {
      node.forEach(child -> collect(child, tables, filters));
      return;
    }
    JsonNode extra = node.path("extra_info");
    RawTable table = tables.get(extra.path("Table").asText("").replace("\"", ""));
    if (table != null) {
      filters.merge(
          table.path(),
          filter(extra.path("Filters"), table),
          (one, other) -> new ScanFilter.Or(List.of(one, other)));
    }
    collect(node.path("children"), tables, filters);
  }

  private ScanFilter filter(JsonNode written, RawTable table) {
    List<String> texts = new ArrayList<>();
    if (written.isTextual()) {
      texts.add(written.asText());
    } else {
      written.forEach(text -> texts.add(text.asText()));
    }
    // The engine cuts its text at line ends, also inside a literal: then a piece has a quote open,
    // and what lies between may look like a filter and be none.
    if (texts.stream().anyMatch(PushedFilters::isDoubtful)) {
      return ALL;
    }
    List<ScanFilter> operands = texts.stream().map(text -> parse(text, table)).toList();
    return operands.isEmpty() ? ALL : new ScanFilter.And(operands);
  }

  private static boolean isDoubtful(String text) {
    long quotes = text.chars().filter(c -> c == '\'').count();
    return quotes % 2 != 0 || text.chars().anyMatch(c -> c < ' ');
  }

  private ScanFilter parse(String text, RawTable table) {
    String condition = text.startsWith("optional: ") ? text.substring("optional: ".length()) : text;
    try {
      JsonNode tree = parser.parse("SELECT 1 WHERE " + condition);
      JsonNode node = tree.path("statements").path(0).path("node");
      return convert(node.path("where_clause"), table);
    } catch (EngineException e) {
      return ALL;
    }
  }

  private ScanFilter convert(JsonNode node, RawTable table) {
    return switch (node.path("type").asText()) {
      case "CONJUNCTION_AND" -> new ScanFilter.And(operands(node, table));
      case "CONJUNCTION_OR" -> new ScanFilter.Or(operands(node, table));
      case "COMPARE_EQUAL" -> compare(node, ScanFilter.Operator.EQUAL, table);
      case "COMPARE_LESSTHAN" -> compare(node, ScanFilter.Operator.LESS, table);
      case "COMPARE_LESSTHANOREQUALTO" -> compare(node, ScanFilter.Operator.LESS_OR_EQUAL, table);
      case "COMPARE_GREATERTHAN" -> compare(node, ScanFilter.Operator.GREATER, table);
      case "COMPARE_GREATERTHANOREQUALTO" ->
          compare(node, ScanFilter.Operator.GREATER_OR_EQUAL, table);
      case "COMPARE_IN" -> in(node, table);
      case "OPERATOR_IS_NULL" ->
          column(node.path("children").path(0), table)
              .<ScanFilter>map(column -> new ScanFilter.IsNull(column.name()))
              .orElse(ALL);
      case "OPERATOR_IS_NOT_NULL" ->
          column(node.path("children").path(0), table)
              .<ScanFilter>map(column -> new ScanFilter.IsNotNull(column.name()))
              .orElse(ALL);
      default -> ALL;
    };
  }

  private List<ScanFilter> operands(JsonNode node, RawTable table) {
    List<ScanFilter> operands = new ArrayList<>();
    node.path("children").forEach(child -> operands.add(convert(child, table)));
    // An empty OR would admit nothing.
    return operands.isEmpty() ? List.of(ALL) : operands;
  }

  private ScanFilter compare(JsonNode node, ScanFilter.Operator operator, RawTable table) {
    Optional<OutputColumn> column = column(node.path("left"), table);
    return column
        .flatMap(left -> value(node.path("right"), left.type()))
        .<ScanFilter>map(
            value -> new ScanFilter.Compare(column.orElseThrow().name(), operator, value))
        .orElse(ALL);
  }

  private ScanFilter in(JsonNode node, RawTable table) {
    JsonNode children = node.path("children");
    Optional<OutputColumn> column = column(children.path(0), table);
    if (column.isEmpty() || children.size() < 2) {
      return ALL;
    }
    List<String> values = new ArrayList<>();
    for (int index = 1; index < children.size(); index++) {
      Optional<String> value = value(children.path(index), column.get().type());
      if (value.isEmpty()) {
        return ALL;
      }
      values.add(value.get());
    }
    return new ScanFilter.In(column.get().name(), values);
  }

  private static Optional<OutputColumn> column(JsonNode node, RawTable table) {
    JsonNode names = node.path("column_names");
    if (!node.path("type").asText().equals("COLUMN_REF") || names.size() != 1) {
      return Optional.empty();
    }
    return table.columns().stream()
        .filter(column -> column.name().equals(names.path(0).asText()))
        .findFirst();
  }

  /** A literal in ISO form, if it is one of exactly the column's type. */
  private static Optional<String> value(JsonNode node, String type) {
    boolean cast = node.path("type").asText().equals("OPERATOR_CAST");
    JsonNode literal = (cast ? node.path("child") : node).path("literal");
    String kind = literal.path("kind").asText();
    String text = literal.path("text").asText();
    String castType = cast ? node.path("type_expr").path("type_name").asText() : "";
    return switch (type) {
      case "INTEGER", "BIGINT" ->
          Optional.of(text).filter(t -> !cast && kind.equals("INTEGER") && isNumber(t));
      case "VARCHAR" -> Optional.of(text).filter(t -> !cast && kind.equals("STRING"));
      case "DATE" ->
          Optional.of(text).filter(t -> castType.equals("DATE") && DATE.matcher(t).matches());
      case "TIMESTAMP" -> castType.equals("TIMESTAMP") ? timestamp(text, false) : Optional.empty();
      case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE" ->
          castType.equals("TIMESTAMP WITH TIME ZONE") ? timestamp(text, true) : Optional.empty();
      default ->
          Optional.of(text)
              .filter(t ->
                  type.startsWith("DECIMAL")
                      && !cast
                      && (kind.equals("NUMERIC") || kind.equals("INTEGER"))
                      && isNumber(t));
    };
  }

  private static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  private static Optional<String> timestamp(String text, boolean instant) {
    Matcher matcher = TIMESTAMP.matcher(text);
    return matcher.matches() && (matcher.group(3) != null) == instant
        ? Optional.of(matcher.group(1) + "T" + matcher.group(2) + (instant ? "Z" : ""))
        : Optional.empty();
  }
}
