package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.Position;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one walk over one tree may accept, and what it has found. Used by one thread, once. */
final class Walk {

  /** Deeper trees are refused: each level costs the parser and the engine stack. */
  private static final int MAX_DEPTH = 200;

  /** The engine's planning grows with the fourth power of these, and no interrupt reaches it. */
  private static final int MAX_SUBQUERIES = 20;

  /** The same, more slowly. */
  private static final int MAX_TABLES = 100;

  /** What is written: it decides which constructs may stand in it. */
  enum Purpose {
    /** A caller's statement. */
    STATEMENT,
    /** The SELECT of a view. */
    DEFINITION,
    /** One expression over the columns of one table. */
    EXPRESSION,
    /** The body of a macro. */
    MACRO
  }

  final FunctionList functions;
  final Purpose purpose;
  final NameResolver names;
  final Macros macros;

  /**
   * What the first walk found, when this is the one that verifies the canonical text; else null.
   */
  final @Nullable Walk verified;

  final SortedSet<QualifiedName> views = new TreeSet<>();
  final Set<List<String>> tables = new LinkedHashSet<>();
  final Map<String, Integer> parameters = new LinkedHashMap<>();
  final SortedSet<String> columns = new TreeSet<>();
  final SortedSet<String> attributes = new TreeSet<>();
  final SortedSet<String> attributeLists = new TreeSet<>();
  boolean repeatable = true;
  boolean usesToday;

  private final String text;
  private final int prefixBytes;
  private int depth;
  private int subqueries;
  private int openSubqueries;
  private int usedTables;

  private Walk(
      Origin origin,
      Purpose purpose,
      FunctionList functions,
      NameResolver names,
      Macros macros,
      @Nullable Walk verified) {
    this.text = origin.text();
    this.prefixBytes = origin.prefixBytes();
    this.purpose = purpose;
    this.functions = functions;
    this.names = names;
    this.macros = macros;
    this.verified = verified;
  }

  /**
   * Where the tree's offsets point.
   *
   * @param text what its author wrote
   * @param prefixBytes how many bytes were put before it for the parser
   */
  record Origin(String text, int prefixBytes) {}

  static Walk over(
      Origin origin, Purpose purpose, FunctionList functions, NameResolver names, Macros macros) {
    return new Walk(origin, purpose, functions, names, macros, null);
  }

  /** A walk over the canonical text, which may hold nothing but what this one has found. */
  Walk verifying(String canonical) {
    return new Walk(new Origin(canonical, 0), purpose, functions, this::onlyFound, macros, this);
  }

  private Resolution onlyFound(List<String> path) {
    return new Resolution.Unknown(List.of());
  }

  boolean isCanonical() {
    return verified != null;
  }

  /** Whether a whole query may stand here, not just one expression. */
  boolean takesQueries() {
    return switch (purpose) {
      case STATEMENT, DEFINITION -> true;
      case EXPRESSION, MACRO -> false;
    };
  }

  /** Goes one level down; every call is followed by {@link #leave} unless the walk ends. */
  void enter(JsonNode node) {
    depth++;
    if (depth > MAX_DEPTH) {
      throw refuse(
          Refusal.of("Nesting deeper than %d levels".formatted(MAX_DEPTH))
              .instead("split it with common table expressions (WITH)"),
          node);
    }
  }

  void leave() {
    depth--;
  }

  /** Counts a query that stands inside of another; followed by {@link #leaveSubquery}. */
  void enterSubquery(JsonNode node) {
    openSubqueries++;
    countSubquery(node);
  }

  void leaveSubquery() {
    openSubqueries--;
  }

  /** Counts the query of a WITH, which can depend on rows around it where it is in a subquery. */
  void countCte(JsonNode node) {
    if (openSubqueries > 0) {
      countSubquery(node);
    }
  }

  private void countSubquery(JsonNode node) {
    subqueries++;
    if (subqueries > MAX_SUBQUERIES && purpose == Purpose.STATEMENT) {
      throw refuse(
          Refusal.of("More than %d subqueries".formatted(MAX_SUBQUERIES))
              .instead("use joins or common table expressions (WITH)"),
          node);
    }
  }

  /** Counts one use of a table, a view or a common table expression. */
  void countTable(JsonNode node) {
    usedTables++;
    if (usedTables > MAX_TABLES && purpose == Purpose.STATEMENT) {
      throw refuse(
          Refusal.of("More than %d tables in one statement".formatted(MAX_TABLES))
              .instead("read fewer of them at once"),
          node);
    }
  }

  EngineException refuse(Refusal refusal, @Nullable JsonNode at) {
    return refusal.at(position(at));
  }

  /** Refuses whatever of the node has not been thought about. */
  void checkShape(String kind, JsonNode node, @Nullable JsonNode at) {
    String field = NodeShapes.unknownField(kind, node);
    if (!field.isEmpty()) {
      throw refuse(
          Refusal.of("%s with %s".formatted(describe(kind), describe(field)))
              .instead("it has not been reviewed; write it in another way"),
          at);
    }
  }

  static String describe(String kind) {
    return kind.replace('_', ' ');
  }

  /**
   * Where a node, or else the first part of it that is known, stands in the text; null: unknown.
   */
  @Nullable Position position(@Nullable JsonNode node) {
    if (node == null) {
      return null;
    }
    if (node.path("query_location").canConvertToInt()) {
      int offset = node.path("query_location").intValue() - prefixBytes;
      if (offset >= 0 && offset <= text.getBytes(StandardCharsets.UTF_8).length) {
        return Position.ofByte(text, offset);
      }
    }
    for (JsonNode part : node) {
      Position position = part.isContainerNode() ? position(part) : null;
      if (position != null) {
        return position;
      }
    }
    return null;
  }

  /** The number that stands for a parameter from now on. */
  int numberOf(String parameter) {
    return parameters.computeIfAbsent(parameter, name -> parameters.size() + 1);
  }

  /** The session variables that the attributes found are read from. */
  Set<String> variables() {
    Set<String> variables = new LinkedHashSet<>();
    attributes.forEach(name -> variables.add("attr_" + name));
    attributeLists.forEach(name -> variables.add("attrs_" + name));
    return variables;
  }

  List<String> parameterNames() {
    return new ArrayList<>(parameters.keySet());
  }
}
