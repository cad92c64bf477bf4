package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.sql.SqlParser;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * DuckDB's own parser, in empty and locked databases that hold nothing and can open nothing.
 * Thread-safe; close it.
 *
 * <p>Every text is parsed on a thread of its own pool: nested SQL needs deep stacks, and DuckDB on
 * virtual threads starves everything else. The guard caps the text before it comes here.
 */
public final class DuckDbParser implements SqlParser, AutoCloseable {

  /** Nested SQL on 1 MB stacks kills the JVM; memory is used only as deep as a text goes. */
  private static final long STACK_BYTES = 64L << 20;

  /** How many texts may wait for each thread. */
  private static final int WAITING_PER_THREAD = 256;

  /** No text within the guard's caps takes a tenth of this. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Levels of JSON for one level of SQL are at most five, and the guard takes 200 of those. */
  private static final int JSON_DEPTH = 2_000;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(JSON_DEPTH).build())
              .build());

  private final ThreadPoolExecutor threads;
  private final BlockingQueue<ParserSession> idle;

  private DuckDbParser(int threadCount) {
    this.idle = new ArrayBlockingQueue<>(threadCount);
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_PER_THREAD * threadCount),
            work -> {
              Thread thread = new Thread(null, work, "sql-parser", STACK_BYTES);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts the parser.
   *
   * @param threads how many texts are parsed at once
   */
  public static DuckDbParser open(int threads) {
    DuckDbParser parser = new DuckDbParser(threads);
    parser.threads.prestartAllCoreThreads();
    return parser;
  }

  @Override
  public JsonNode parse(String sql) {
    return call(session -> tree(session.serialize(sql), sql));
  }

  @Override
  public String render(JsonNode tree) {
    return call(session -> session.render(JSON.writeValueAsString(tree))[0]);
  }

  @Override
  public Parsed renderAndParse(JsonNode tree) {
    return call(session -> {
      String[] rendered = session.render(JSON.writeValueAsString(tree));
      return new Parsed(rendered[0], tree(rendered[1], rendered[0]));
    });
  }

  private static JsonNode tree(String json, String sql) throws JsonProcessingException {
    JsonNode answer;
    try {
      answer = JSON.readTree(json);
    } catch (com.fasterxml.jackson.core.exc.StreamConstraintsException e) {
      throw new EngineException(
          ErrorCode.NOT_ALLOWED,
          "The statement is nested too deeply; split it with common table expressions (WITH)",
          e);
    }
    if (answer.path("error").asBoolean(true)) {
      throw ParserErrors.of(answer, sql);
    }
    return answer;
  }

  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
    for (ParserSession session = idle.poll(); session != null; session = idle.poll()) {
      session.close();
    }
  }

  /** What is done with one session, on one of the pool's threads. */
  @FunctionalInterface
  private interface Work<T> {
    T apply(ParserSession session) throws SQLException, JsonProcessingException;
  }

  private <T> T call(Work<T> work) {
    Future<T> future;
    try {
      future = threads.submit(() -> run(work));
    } catch (RejectedExecutionException e) {
      throw new EngineException(
              ErrorCode.OVERLOADED, "Too many statements are waiting to be parsed; try again", e)
          .retryAfter(Duration.ofSeconds(1));
    }
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new EngineException(ErrorCode.OVERLOADED, "Parsing was interrupted; try again", e);
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new EngineException(
              ErrorCode.OVERLOADED,
              "The statement was not parsed within %d seconds; make it simpler, or try again"
                  .formatted(PATIENCE.toSeconds()),
              e)
          .retryAfter(Duration.ofSeconds(1));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException failure) {
        throw failure;
      }
      throw new EngineException(ErrorCode.INTERNAL, "The statement could not be parsed", e);
    }
  }

  /** A session that fails is thrown away with its whole database, so no failure outlives a text. */
  private <T> T run(Work<T> work) throws SQLException, JsonProcessingException {
    @Nullable ParserSession session = idle.poll();
    if (session == null) {
      session = ParserSession.open();
    }
    boolean whole = false;
    try {
      T result = work.apply(session);
      whole = true;
      return result;
    } catch (EngineException e) {
      whole = true;
      throw e;
    } finally {
      if (!whole || !idle.offer(session)) {
        session.close();
      }
    }
  }
}
