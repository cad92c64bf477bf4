package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.maintenance.Maintenance;
import io.sightglass.engine.ingest.run.DryRun;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are older than the contract keeps go, with everything of them, and stay away. */
class RetentionTest {

  private static final Period KEPT = Period.ofDays(30);
  private static final Period SNAPSHOTS = Period.ofDays(10);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  /** A day after which nothing that the test does reaches midnight. */
  private LocalDate today = LocalDate.EPOCH;

  private void open(Dataset dataset) {
    loads = new TestingLoads(folder, dataset);
    today = Instant.now().atOffset(ZoneOffset.UTC).toLocalDate();
    loads.now = today.atTime(12, 0).toInstant(ZoneOffset.UTC);
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private static TestingDataset people(LoadMode mode, String of) {
    return new TestingDataset("t.people")
        .source("people/%Y-%m-%d*.csv", Format.CSV)
        .load(mode)
        .key(mode == LoadMode.UPSERT ? "changed" : null, "id")
        .retention(KEPT, of, SNAPSHOTS)
        .required("id", Scalar.INTEGER)
        .direct("person", Scalar.VARCHAR, Mask.PSEUDONYM)
        .column("sent", Scalar.TIMESTAMPTZ)
        .column("changed", Scalar.INTEGER);
  }

  private LocalDate daysAgo(int days) {
    return today.minusDays(days);
  }

  private Load deliver(int daysAgo, String... rows) {
    loads.deliver(
        "people/%s.csv".formatted(daysAgo(daysAgo)),
        "id,person,sent,changed\n" + String.join("\n", rows) + "\n");
    return loads.loadOne();
  }

  private List<Maintenance> expire() {
    List<Maintenance> told = new ArrayList<>();
    loads.maintenance().removeOutdated(null, told::add);
    loads.maintenance().expire(null, told::add);
    return told;
  }

  private List<String> ids() {
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
    return loads.rows(Side.ORDINARY, "id");
  }

  @Test
  void rowsOfFilesBeforeTheFirstDayGoFromBothSidesAndStayAway() {
    open(people(LoadMode.REPLACE_DATE, Dataset.FILE_DATE).build());
    loads.now = loads.now.minus(Duration.ofDays(2));
    deliver(31, "1,CNRY-old,,", "x,CNRY-rejected,,");
    deliver(30, "2,CNRY-first,,");
    deliver(1, "3,CNRY-new,,");
    assertThat(expire()).isEmpty();
    PairSnapshot before = loads.table().findCurrent().orElseThrow();

    loads.now = loads.now.plus(Duration.ofDays(2));
    assertThat(expire())
        .containsExactly(
            new Maintenance.RowsRemoved(TestingLoads.name("t.people"), daysAgo(30), 1, 1, 1));
    assertThat(ids()).containsExactly("2", "3");
    assertThat(loads.rows(before, Side.ORDINARY, "id")).containsExactly("1", "2", "3");
    assertThat(expire()).as("once more").isEmpty();

    List<Load> again = loads.service().backfill(TestingLoads.name("t.people"), daysAgo(40), today);
    loads.service().runDue();
    assertThat(again).hasSize(3);
    Load old = loads.service().find(again.getFirst().id()).orElseThrow();
    assertThat(old.state()).isEqualTo(Load.State.COMMITTED);
    assertThat(old.rows()).isEqualTo(new Load.RowCounts(2, 0, 1, 0, 1));
    assertThat(ids()).containsExactly("2", "3");
    expire();
    assertThat(loads.filesWith("CNRY-rejected", "vault")).isEmpty();

    loads.now = loads.now.plus(SNAPSHOTS).plus(Duration.ofDays(3));
    loads.maintenance().expire(null, told -> {});
    loads.now = loads.now.plus(Duration.ofDays(3));
    loads.maintenance().removeOrphans(told -> {});
    assertThat(loads.filesWith("CNRY-old", "warehouse", "vault", "cache")).isEmpty();
    assertThat(loads.filesWith("CNRY-first", "warehouse/vault")).isNotEmpty();
    assertThat(loads.table().find(before.id())).isEmpty();
  }

  @Test
  void theFirstDayBeginsAtMidnightInUtcAndARowWithoutADateStays() {
    open(people(LoadMode.APPEND, "sent").build());
    LocalDate first = daysAgo(30);
    loads.now = loads.now.minus(Duration.ofDays(5));
    deliver(
        35,
        "1,a,%sT23:59:59.999999Z,".formatted(first.minusDays(1)),
        "2,b,%sT00:00:00Z,".formatted(first),
        "3,c,%sT23:30:00-01:00,".formatted(first.minusDays(1)),
        "4,d,%sT00:30:00+01:00,".formatted(first),
        "5,e,,");
    assertThat(ids()).hasSize(5);
    loads.now = loads.now.plus(Duration.ofDays(5));
    expire();
    assertThat(ids()).containsExactly("2", "3", "5");
    Load late = deliver(34, "6,f,%sT12:00:00Z,".formatted(first.minusDays(9)), "7,g,,", "5,e,,");
    assertThat(late.rows()).isEqualTo(new Load.RowCounts(3, 1, 0, 1, 1));
    assertThat(ids()).containsExactly("2", "3", "5", "7");
  }

  @Test
  void anUpsertThatMakesARowTooOldTakesItOut() {
    open(people(LoadMode.UPSERT, "sent").build());
    String recent = daysAgo(2) + "T00:00:00Z";
    deliver(3, "1,a,%s,1".formatted(recent), "2,b,%s,1".formatted(recent));
    Load corrected =
        deliver(
            2,
            "1,a,%sT00:00:00Z,2".formatted(daysAgo(400)),
            "3,c,%sT00:00:00Z,1".formatted(daysAgo(400)));
    assertThat(corrected.rows()).isEqualTo(new Load.RowCounts(2, 0, 0, 0, 2));
    assertThat(ids()).containsExactly("2");
    loads.now = loads.now.plus(Duration.ofDays(29));
    assertThat(expire()).isNotEmpty();
    assertThat(ids()).isEmpty();
  }

  @Test
  void partitionsAndPartsAreNoObstacle() {
    open(
        people(LoadMode.REPLACE_DATE, "sent")
            .parts(2, null)
            .partition(new PartitionField(PartitionField.Transform.MONTH, "sent", 0))
            .build());
    loads.now = loads.now.minus(Duration.ofDays(20));
    for (int part = 1; part <= 2; part++) {
      loads.deliverAt(
          "people/%s-%d.csv".formatted(daysAgo(20), part),
          """
          id,person,sent,changed
          %1$d1,CNRY-a,%2$sT00:00:00Z,
          %1$d2,CNRY-b,%3$sT00:00:00Z,
          %1$d3,CNRY-c,%4$sT00:00:00Z,
          """
              .formatted(part, daysAgo(70), daysAgo(49), daysAgo(20))
              .getBytes(StandardCharsets.UTF_8),
          loads.now);
    }
    assertThat(loads.load())
        .hasSize(2)
        .allSatisfy(load -> assertThat(load.rows()).isEqualTo(new Load.RowCounts(3, 2, 0, 0, 1)));
    assertThat(ids()).containsExactly("12", "13", "22", "23");
    loads.now = loads.now.plus(Duration.ofDays(20));
    expire();
    assertThat(ids()).containsExactly("13", "23");
  }

  @Test
  void aMaskedDateCountsAsItIsKept() {
    open(people(LoadMode.APPEND, "born").direct("born", Scalar.DATE, Mask.YEAR).build());
    loads.now = Instant.parse("2025-02-10T00:00:00Z"); // kept from 2025-01-11
    loads.deliver(
        "people/2025-02-01.csv", "id,person,sent,changed,born\n1,a,,,2025-02-01\n2,b,,,\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(2, 1, 0, 0, 1));
    loads.now = Instant.parse("2025-01-20T00:00:00Z");
    loads.deliver("people/2025-01-20.csv", "id,person,sent,changed,born\n3,a,,,2025-01-19\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    loads.now = Instant.parse("2025-02-10T00:00:00Z");
    expire();
    assertThat(ids()).containsExactly("2");
  }

  @Test
  void withoutRetentionNothingGoes() {
    open(
        new TestingDataset("t.people")
            .source("people/*.csv", Format.CSV)
            .column("id", Scalar.INTEGER)
            .build());
    loads.deliver("people/1.csv", "id\n1\n");
    loads.loadOne();
    loads.now = loads.now.plus(Duration.ofDays(40_000));
    assertThat(expire()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1");
  }

  @Test
  void aTrialTellsWhatWouldBeLeftOut() throws IOException {
    open(people(LoadMode.APPEND, "sent").build());
    Path file = folder.resolve("2025-01-01.csv");
    Files.writeString(file, "id,person,sent,changed\n1,a,2001-01-01T00:00:00Z,\n2,b,,\n");
    DryRun trial = loads.service().dryRun(file, TestingLoads.name("t.people"));
    assertThat(trial.rows()).isEqualTo(new Load.RowCounts(2, 1, 0, 0, 1));
    assertThat(trial.preview()).hasSize(1);
  }
}
