package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.web.MortalService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who asks all the time while processes are killed, and never sees half of a file, a file
 * twice, one version after a later one, or identities without their rows.
 */
final class CrashReader implements AutoCloseable {

  private static final String ALL =
      """
      SELECT 'sales' AS what, CAST(day AS VARCHAR) AS of, min(version) AS low, max(version) AS high,
        count(*) AS total, count(DISTINCT id) AS once
      FROM shop.sales GROUP BY day
      UNION ALL SELECT 'notes', text, 0, 0, count(*), count(DISTINCT line) FROM shop.notes GROUP BY text
      UNION ALL SELECT 'stock', CAST(id // 1000 AS VARCHAR), min(version), max(version), count(*), count(DISTINCT id)
        FROM shop.stock GROUP BY id // 1000
      UNION ALL SELECT 'who', 'sales', 0, 0, count(*), count(buyer) FROM shop.sales_identified
      UNION ALL SELECT 'who', 'stock', 0, 0, count(*), count(keeper) FROM shop.stock_identified\
      """;

  private static final long PAUSE_NANOS = 50_000_000;

  private final List<MortalService> services;
  private final AtomicLong answers = new AtomicLong();
  private final Map<String, Integer> versions = new HashMap<>();
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
  private volatile boolean stopped;
  private Set<String> notes = Set.of();

  /** Begins to ask the services by turns. */
  CrashReader(List<MortalService> services) {
    this.services = services;
    Thread.ofPlatform().name("reader").daemon().start(this::run);
  }

  /** What is there now, checked; empty when the service does not answer. */
  static Optional<Seen> look(MortalService service) throws Exception {
    return service.ask("reader", ALL).map(CrashReader::seen);
  }

  /**
   * One state.
   *
   * @param sales the version of each day
   * @param stock the version of each part
   * @param notes each note
   */
  record Seen(Map<String, Integer> sales, Map<String, Integer> stock, Set<String> notes) {}

  private static Seen seen(JsonNode rows) {
    Map<String, Integer> sales = new HashMap<>();
    Map<String, Integer> stock = new HashMap<>();
    Set<String> notes = new HashSet<>();
    Map<String, Long> totals = new TreeMap<>();
    Map<String, Long> identified = new TreeMap<>();
    for (JsonNode row : rows) {
      String of = row.get(1).asText();
      long total = row.get(4).asLong();
      assertThat(row.get(5).asLong()).as("none twice: %s", row).isEqualTo(total);
      String what = row.get(0).asText();
      int version = row.get(2).asInt();
      assertThat(row.get(3).asInt()).as("one version: %s", row).isEqualTo(version);
      switch (what) {
        case "sales" -> {
          assertThat(total).as("all of it: %s", row).isEqualTo(CrashLanding.sales(of, version));
          sales.put(of, version);
          totals.merge(what, total, Long::sum);
        }
        case "stock" -> {
          assertThat(total).as("all of it: %s", row).isEqualTo(CrashLanding.lines());
          stock.put(of, version);
          totals.merge(what, total, Long::sum);
        }
        case "notes" -> {
          assertThat(total).as("all of it: %s", row).isEqualTo(CrashLanding.lines());
          notes.add(of);
        }
        case "who" -> {
          if (total > 0) {
            identified.put(of, total);
          }
        }
        default -> throw new AssertionError(row.toString());
      }
    }
    assertThat(identified).as("each row with who it is about").isEqualTo(totals);
    return new Seen(sales, stock, notes);
  }

  private void run() {
    try {
      for (int turn = 0; !stopped; turn++) {
        Optional<Seen> seen = look(services.get(turn % services.size()));
        seen.ifPresent(this::compare);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      done.complete(null);
    } catch (Exception | AssertionError e) {
      done.completeExceptionally(e);
    }
  }

  private void compare(Seen seen) {
    answers.incrementAndGet();
    Map<String, Integer> now = new HashMap<>(seen.sales());
    now.putAll(seen.stock());
    versions.forEach((of, version) ->
        assertThat(now.getOrDefault(of, 0)).as(of).isGreaterThanOrEqualTo(version));
    versions.putAll(now);
    assertThat(seen.notes()).containsAll(notes);
    notes = seen.notes();
  }

  /** How many answers were right so far. */
  long answers() {
    return answers.get();
  }

  /** Fails when something wrong was seen. */
  void check() {
    if (done.isCompletedExceptionally()) {
      done.join();
    }
  }

  /** Ends; fails when something wrong was seen. */
  @Override
  public void close() {
    stopped = true;
    done.join();
  }
}
