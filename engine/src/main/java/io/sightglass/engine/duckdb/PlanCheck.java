package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The wall behind the guard: what a verified statement has been bound to may read nothing but the
 * views that the guard has resolved.
 *
 * <p>It reads the answer of {@code EXPLAIN (FORMAT json) <canonical text>} on the connection that
 * is to run it. DuckDB shows a secure view as one operator without what is behind it, so that every
 * other source of rows in the plan is one that the statement has reached by itself. A failure here
 * is a failure of the guard: it is for the operator, and the statement does not run.
 */
public final class PlanCheck {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Operators that bring rows without reading anything. */
  private static final Set<String> HARMLESS_SOURCES =
      Set.of(
          "CHUNK_SCAN",
          "COLUMN_DATA_SCAN",
          "CTE_SCAN",
          "DELIM_SCAN",
          "DUMMY_SCAN",
          "EMPTY_RESULT",
          "EXPRESSION_SCAN",
          "GENERATE_SERIES",
          "INOUT_FUNCTION",
          "RANGE",
          "REC_CTE_SCAN",
          "REC_REC_CTE_SCAN",
          "UNNEST");

  /** Words of operators that write, or change the engine. */
  private static final Set<String> WRITING =
      Set.of(
          "ALTER",
          "ATTACH",
          "COPY",
          "CREATE",
          "DELETE",
          "DETACH",
          "DROP",
          "EXECUTE",
          "EXPORT",
          "INSERT",
          "INTO",
          "LOAD",
          "PRAGMA",
          "PREPARE",
          "SET",
          "TRANSACTION",
          "UPDATE",
          "VACUUM");

  private PlanCheck() {}

  /**
   * Checks a plan.
   *
   * @param explained what {@code EXPLAIN (FORMAT json)} gave as its value
   * @param views what the guard has resolved for the statement
   * @throws EngineException {@code INTERNAL} when the plan reads something else, or is not readable
   */
  public static void check(String explained, Collection<QualifiedName> views) {
    Set<String> names = views.stream().map(QualifiedName::name).collect(Collectors.toSet());
    try {
      JsonNode plan = JSON.readTree(explained);
      if (plan.isEmpty()) {
        throw breach("no plan at all");
      }
      plan.forEach(operator -> check(operator, names));
    } catch (JsonProcessingException e) {
      throw new EngineException(
          ErrorCode.INTERNAL, "The plan of the statement could not be read; it was not run", e);
    }
  }

  private static void check(JsonNode operator, Set<String> views) {
    String name = operator.path("name").asText("").strip().toUpperCase(Locale.ROOT);
    for (String word : name.split("[^A-Z]+", -1)) {
      if (WRITING.contains(word)) {
        throw breach("the operator " + name);
      }
    }
    JsonNode children = operator.path("children");
    JsonNode view = operator.path("extra_info").path("View");
    boolean known =
        "SECURE_VIEW".equals(name)
            ? views.contains(view.asText().toLowerCase(Locale.ROOT))
            : HARMLESS_SOURCES.contains(name);
    boolean calls = operator.path("extra_info").has("Function");
    if ((children.isEmpty() || calls) && !known) {
      throw breach("SECURE_VIEW".equals(name) ? "another view" : "the source " + name);
    }
    children.forEach(child -> check(child, views));
  }

  private static EngineException breach(String what) {
    return new EngineException(
        ErrorCode.INTERNAL,
        "The statement was bound to something else than the views it names; it was not run",
        new IllegalStateException("The plan has " + what));
  }
}
