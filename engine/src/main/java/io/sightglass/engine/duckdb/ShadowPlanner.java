package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.views.CallerPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which rows of which table a statement can need, by planning it over the same names with
 * empty tables: the engine itself says which filters reach the scans. Thread-safe.
 */
public final class ShadowPlanner {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final long MEMORY_BYTES = 256_000_000;

  private final InstanceSlot slot;
  private final List<RawTable> tables;

  /**
   * A planner whose engine opens at first use.
   *
   * @param spillDirectory for an engine that has nothing to spill
   * @param contents the names, of which only their shapes are used
   */
  public ShadowPlanner(Path spillDirectory, InstanceContents contents) {
    InstanceContents empty =
        new InstanceContents(
            contents.pack(), contents.tables(), contents.identified(), InstanceContents.Rows.NONE);
    DuckDbSettings settings =
        new DuckDbSettings(
            "planning", List.of(), spillDirectory, 0, MEMORY_BYTES, 1, Duration.ofMinutes(1));
    this.slot = new InstanceSlot(() -> DuckDbInstance.open(settings, empty));
    this.tables = contents.tables();
  }

  /**
   * One statement to be planned.
   *
   * @param sql canonical text, over the views of {@code policy}
   * @param values of its parameters, by place
   * @param variables of its session: texts and lists of texts, by name
   */
  public record Question(
      CallerPolicy policy,
      String sql,
      List<? extends @Nullable Object> values,
      Map<String, Object> variables) {}

  /** Watches the session of a statement that is being planned, until it is closed. */
  @FunctionalInterface
  public interface SessionWatch {
    AutoCloseable begin(DuckDbSession session);
  }

  /**
   * What the scans of each table admit.
   *
   * @return by path as in {@link RawTable#path}; a table that is absent is not filtered
   * @throws EngineException when the statement does not bind, or was interrupted
   */
  public Map<String, ScanFilter> plan(Question question, SessionWatch watch) {
    return ask(
        question,
        watch,
        session -> {
          List<String> plans =
              session.query(
                  "EXPLAIN (FORMAT JSON) " + question.sql(),
                  question.values(),
                  row -> row.getString(2));
          PushedFilters pushed = new PushedFilters(sql -> parse(session, sql));
          return pushed.of(json(plans.getFirst()), tables);
        });
  }

  /**
   * Does something with a session in which the statement would bind: over the same names, with its
   * variables set.
   */
  public <T> T ask(Question question, SessionWatch watch, Function<DuckDbSession, T> work) {
    DuckDbInstance instance = slot.current();
    try (DuckDbSession session = instance.openSession();
        PolicyLease _ = instance.lease(question.policy());
        AutoCloseable _ = watch.begin(session)) {
      session.setVariables(question.variables());
      return work.apply(session);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("The watch did not end", e);
    }
  }

  /** The tree of {@code json_serialize_sql} of a text that the guard has let through. */
  public JsonNode parse(String sql) {
    try (DuckDbSession session = slot.current().openSession()) {
      return parse(session, sql);
    }
  }

  private static JsonNode parse(DuckDbSession session, String sql) {
    return json(
        session
            .query("SELECT json_serialize_sql($1)", List.of(sql), row -> row.getString(1))
            .getFirst());
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new EngineException(ErrorCode.INTERNAL, "The engine's plan is not JSON", e);
    }
  }

  /** Statements that are being planned now. */
  public int openSessions() {
    return slot.openSessions();
  }

  /** Lets the engine close. */
  public void retire() {
    slot.retire();
  }
}
