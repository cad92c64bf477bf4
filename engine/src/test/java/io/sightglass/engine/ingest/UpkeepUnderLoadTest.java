package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compaction, expiry, orphan removal, an erasure, a column that turns out to identify and another
 * mask, while loads arrive and readers read.
 */
class UpkeepUnderLoadTest {

  private static final int DAYS = 8;
  private static final int PERSONS = 4;

  private static final Dataset PEOPLE =
      people(Mask.REDACT).column("city", Scalar.VARCHAR).column("note", Scalar.VARCHAR).build();

  /** Another mask, and a column that identifies after all. */
  private static final Dataset PROTECTED =
      people(Mask.PREFIX3)
          .direct("city", Scalar.VARCHAR, Mask.REDACT)
          .column("note", Scalar.VARCHAR)
          .build();

  @TempDir private Path folder;

  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger forgotten = new AtomicInteger();

  private static TestingDataset people(Mask name) {
    return new TestingDataset("t.people")
        .source("people/%Y-%m-%d.csv", Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .retention(Period.ofDays(1))
        .column("id", Scalar.INTEGER)
        .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
        .direct("name", Scalar.VARCHAR, name);
  }

  private static String file(int day, String note) {
    StringBuilder text = new StringBuilder("id,person,name,city,note\n");
    for (int person = 0; person < PERSONS; person++) {
      text.append(
          "%1$d,%2$d,CNRY%3$d,TOWN%3$d,%4$s\n"
              .formatted(day * 10 + person, 4710 + person, person, note));
    }
    return text.toString();
  }

  @Test
  void readersSeeWholeStatesWhateverHappensMeanwhile() throws Exception {
    try (TestingLoads loads = new TestingLoads(folder, PEOPLE);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      loads.now = Instant.now();
      CompletableFuture<Integer> reader =
          CompletableFuture.supplyAsync(() -> readUntilDone(loads), threads);
      CompletableFuture<Void> upkeep =
          CompletableFuture.runAsync(() -> keepUpUntilDone(loads), threads);
      CompletableFuture<Erasure> erasure = new CompletableFuture<>();
      CompletableFuture<Void> rebuild = new CompletableFuture<>();
      for (int day = 1; day <= DAYS; day++) {
        deliver(loads, day, "first");
        if (day % 4 == 0) {
          deliver(loads, day - 1, "second");
        }
        if (day == DAYS / 2) {
          CompletableFuture.runAsync(
                  () ->
                      erasure.complete(
                          loads.erasures().erase(PEOPLE.name(), Map.of("person", "4711"), "ada")),
                  threads)
              .exceptionally(failure -> {
                erasure.completeExceptionally(failure);
                return null;
              });
        }
        if (day == DAYS / 2 + 1) {
          loads.define(PROTECTED);
          rebuild =
              CompletableFuture.runAsync(
                  () -> loads.maintenance().rebuild(null, told -> {}), threads);
        }
      }
      assertThat(erasure.handle((ended, failure) -> failure).get(1, TimeUnit.MINUTES))
          .satisfiesAnyOf(
              failure -> assertThat(failure).isNull(),
              // It knew the contract of before, and is taken up below.
              failure -> assertThat(failure).hasMessageContaining("protection"));
      rebuild.get(1, TimeUnit.MINUTES);
      done.set(true);
      upkeep.get(1, TimeUnit.MINUTES);
      assertThat(reader.get(1, TimeUnit.MINUTES)).isGreaterThan(2);
      loads.oldestStatement = null;
      assertThat(loads.erasures().resume()).allMatch(ended -> ended.state() == Erasure.State.DONE);
      loads.now = loads.now.plus(Duration.ofDays(2));
      keepUp(loads.maintenance());
      assertThat(loads.filesWith("CNRY1", "warehouse", "vault", "cache")).isEmpty();
      assertThat(loads.filesWith("TOWN", "warehouse/data")).isEmpty();
      assertThat(loads.rows(Side.ORDINARY, "DISTINCT name, city"))
          .containsExactly("CNR**|[redacted]");
      assertThat(loads.rows(Side.VAULT, "count(DISTINCT city)"))
          .containsExactly("" + (PERSONS - 1));
      assertThat(loads.rows(Side.ORDINARY, "note, count(*)"))
          .containsExactly("first|" + (DAYS - 2) * (PERSONS - 1), "second|" + 2 * (PERSONS - 1));
      assertWhole(loads, loads.table().findCurrent().orElseThrow());
    }
  }

  private static void deliver(TestingLoads loads, int day, String note) {
    loads.deliver("people/2025-01-%02d.csv".formatted(day), file(day, note));
    assertThat(loads.load()).allMatch(load -> load.state() == Load.State.COMMITTED);
  }

  private void keepUpUntilDone(TestingLoads loads) {
    while (!done.get()) {
      keepUp(loads.maintenance());
    }
  }

  private static void keepUp(MaintenanceService maintenance) {
    maintenance.compact(null, told -> {});
    maintenance.expire(null, told -> {});
    maintenance.removeOrphans(told -> {});
  }

  private int readUntilDone(TestingLoads loads) {
    int read = 0;
    while (!done.get()) {
      loads.oldestStatement = loads.now;
      PairSnapshot now = loads.table().findCurrent().orElse(null);
      if (now != null) {
        try {
          assertWhole(loads, now);
          read++;
        } catch (EngineException e) {
          // Erasure or rebuild has forgotten the state before its files were planned.
          assertThat(e.code()).isEqualTo(ErrorCode.NO_SNAPSHOT);
          assertThat(forgotten.incrementAndGet()).isLessThanOrEqualTo(4);
        }
      }
    }
    return read;
  }

  /** Every day that is there is there once, whole, of one delivery, and so is its vault. */
  private static void assertWhole(TestingLoads loads, PairSnapshot now) {
    List<String> rows =
        loads.rows(now, Side.ORDINARY, "_row_key, _file_date, note, id, name, city");
    List<String> vault = loads.rows(now, Side.VAULT, "_row_key");
    assertThat(rows.stream().map(row -> row.split("\\|", -1)[0]).toList()).isEqualTo(vault);
    Map<String, Long> byDay =
        rows.stream()
            .map(row -> row.split("\\|", -1))
            .collect(
                Collectors.groupingBy(
                    cells -> cells[1] + cells[2], TreeMap::new, Collectors.counting()));
    assertThat(byDay.values().stream().distinct())
        .as("rows of each day, with or without the erased person")
        .isSubsetOf((long) PERSONS, (long) PERSONS - 1);
    assertThat(byDay.keySet().stream().map(day -> day.substring(0, 10))).doesNotHaveDuplicates();
    assertThat(rows.stream().map(row -> row.split("\\|", -1)[3])).doesNotHaveDuplicates();
    // In the clear until it is declared to identify, and by one mask or none at any moment.
    assertThat(rows.stream().map(row -> row.split("\\|", -1)[4]))
        .allMatch(name -> Set.of("[redacted]", "CNR**", "null").contains(name));
    assertThat(rows.stream().map(row -> row.split("\\|", -1)[5]))
        .allMatch(city -> city.startsWith("TOWN") || Set.of("[redacted]", "null").contains(city));
  }
}
