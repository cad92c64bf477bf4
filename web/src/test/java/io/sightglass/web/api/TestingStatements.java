package io.sightglass.web.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.CheckingStatement;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementAnswer;
import io.sightglass.engine.query.StatementOutput;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.query.StatementState;
import io.sightglass.engine.result.Chunk;
import io.sightglass.engine.result.ResultStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Statements that give made-up bytes: {@code rows <n>} lines, {@code late <n>} fails after n lines,
 * {@code wait} begins when it is cancelled, {@code endless} never ends.
 */
final class TestingStatements implements Statements {

  static final String LINE = "0123456789".repeat(10) + "\n";

  final Map<String, CountDownLatch> closed = new ConcurrentHashMap<>();
  final Map<String, CountDownLatch> cancelled = new ConcurrentHashMap<>();
  final AtomicLong unreleased = new AtomicLong();
  final AtomicInteger pulling = new AtomicInteger();
  final AtomicLong pulled = new AtomicLong();
  private final ExecutorService pool = Executors.newFixedThreadPool(2);

  CountDownLatch closedOf(String sql) {
    return closed.computeIfAbsent(sql, key -> new CountDownLatch(1));
  }

  CountDownLatch cancelledOf(String sql) {
    return cancelled.computeIfAbsent(sql, key -> new CountDownLatch(1));
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> RunningStatement<T> execute(
      StatementRequest request, Principal principal, StatementOutput<T> output) {
    CompletableFuture<T> opened = new CompletableFuture<>();
    CompletableFuture<StatementState> ended = new CompletableFuture<>();
    String sql = request.sql();
    String[] words = sql.split(" ", -1);
    long lines =
        switch (words[0]) {
          case "rows", "late" -> Long.parseLong(words[1]);
          default -> Long.MAX_VALUE;
        };
    CountDownLatch stop = cancelledOf(sql);
    RunningStatement<T> running =
        new RunningStatement<>() {
          @Override
          public String id() {
            return "id-" + sql.replace(' ', '-');
          }

          @Override
          public CompletableFuture<T> opened() {
            return opened;
          }

          @Override
          public CompletableFuture<StatementState> ended() {
            return ended;
          }

          @Override
          public Executor executor() {
            return pool;
          }

          @Override
          public void cancel() {
            stop.countDown();
            opened.completeExceptionally(
                new EngineException(ErrorCode.EXECUTION_FAILED, "Cancelled"));
          }
        };
    if (words[0].equals("refused")) {
      opened.completeExceptionally(
          new EngineException(ErrorCode.TOO_MANY_STATEMENTS, "Too many")
              .retryAfter(java.time.Duration.ofSeconds(7)));
    } else if (!words[0].equals("wait")) {
      pool.execute(
          () -> opened.complete((T) new Lines(running.id(), sql, lines, words[0].equals("late"))));
    }
    return running;
  }

  @Override
  public CheckingStatement check(StatementRequest request, Principal principal) {
    return new CheckingStatement(
        "id-check",
        CompletableFuture.failedFuture(
            new EngineException(ErrorCode.UNKNOWN_NAME, "Table \"x\" does not exist")));
  }

  /** Every answer's tag is {@code abc}. */
  @Override
  public CompletableFuture<Optional<String>> findUnchanged(
      StatementRequest request, Principal principal, Collection<String> tags) {
    return CompletableFuture.completedFuture(
        tags.contains("abc") || tags.contains("*") ? Optional.of("abc") : Optional.empty());
  }

  @Override
  public boolean cancel(String id) {
    return false;
  }

  @Override
  public OptionalDouble progress(String id) {
    return OptionalDouble.empty();
  }

  private final class Lines implements ResultStream {
    private final String id;
    private final String sql;
    private final long lines;
    private final boolean fails;
    private final CRC32C crc = new CRC32C();
    private long given;

    Lines(String id, String sql, long lines, boolean fails) {
      this.id = id;
      this.sql = sql;
      this.lines = lines;
      this.fails = fails;
    }

    @Override
    public StatementAnswer answer() {
      return new StatementAnswer(
          id,
          List.of(),
          List.of(),
          new StatementAnswer.PolicyAsApplied("p", "analyst", List.of(), List.of()),
          List.of("benefits.claims.zip"),
          1000,
          Instant.EPOCH,
          "abc");
    }

    @Override
    public OptionalLong length() {
      return OptionalLong.empty();
    }

    @Override
    public @Nullable Chunk next() {
      pulling.incrementAndGet();
      try {
        if (given == lines) {
          if (fails) {
            throw new EngineException(ErrorCode.EXECUTION_FAILED, "Late");
          }
          return null;
        }
        if (cancelledOf(sql).getCount() == 0) {
          throw new EngineException(ErrorCode.EXECUTION_FAILED, "Cancelled");
        }
        long count = Math.min(1000, lines - given);
        given += count;
        byte[] bytes = LINE.repeat((int) count).getBytes(UTF_8);
        crc.update(bytes);
        unreleased.addAndGet(bytes.length);
        pulled.addAndGet(bytes.length);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new Chunk(List.of(direct), bytes.length, () -> unreleased.addAndGet(-bytes.length));
      } finally {
        pulling.decrementAndGet();
      }
    }

    @Override
    public Trailer trailer() {
      byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
      return new Trailer(
          given, "crc32c=:" + java.util.Base64.getEncoder().encodeToString(value) + ":", false);
    }

    @Override
    public void close() {
      closedOf(sql).countDown();
    }
  }

  boolean closes(String sql) throws InterruptedException {
    return closedOf(sql).await(10, TimeUnit.SECONDS);
  }

  boolean isCancelled(String sql) throws InterruptedException {
    return cancelledOf(sql).await(10, TimeUnit.SECONDS);
  }
}
