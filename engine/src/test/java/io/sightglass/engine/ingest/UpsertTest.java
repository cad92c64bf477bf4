package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpsertTest {

  private static final String HEADER = "job,person,state,updated\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private static TestingDataset jobs() {
    return new TestingDataset("benefits.jobs")
        .source("jobs/%Y-%m-%d*.csv", Source.Format.CSV)
        .load(LoadMode.UPSERT)
        .key("updated", "job")
        .column("job", Scalar.BIGINT)
        .direct("person", Scalar.VARCHAR, Mask.REDACT)
        .column("state", Scalar.VARCHAR)
        .column("updated", Scalar.TIMESTAMPTZ);
  }

  private void open(TestingDataset dataset) {
    loads = new TestingLoads(folder, dataset.build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  @Test
  void theNewestRowOfAKeyWinsAndOlderOnesAreDuplicates() {
    open(jobs());
    loads.deliver(
        "jobs/2025-03-01.csv",
        HEADER
            + "1,A,open,2025-03-01T10:00Z\n"
            + "2,B,open,2025-03-01T10:00Z\n"
            + "3,C,open,2025-03-01T10:00Z\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(3, 3, 0, 0, 0));
    loads.deliver(
        "jobs/2025-03-02.csv",
        HEADER
            + "2,B2,done,2025-03-02T10:00Z\n"
            + "3,C0,older,2025-02-01T10:00Z\n"
            + "4,D,open,2025-03-02T10:00Z\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(3, 2, 0, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "job, state, _file_date"))
        .containsExactly(
            "1|open|2025-03-01", "2|done|2025-03-02", "3|open|2025-03-01", "4|open|2025-03-02");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A", "B2", "C", "D");
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
  }

  @Test
  void ofEquallyNewRowsTheLaterObjectThenTheLaterLineWins() {
    open(jobs());
    loads.deliver("jobs/2025-03-02.csv", HEADER + "1,A,second,2025-03-01T10:00Z\n");
    loads.deliver(
        "jobs/2025-03-03.csv",
        HEADER + "1,A,third-1,2025-03-01T10:00Z\n1,A,third-2,2025-03-01T10:00Z\n");
    assertThat(loads.load())
        .extracting(Load::rows)
        .containsExactly(new Load.RowCounts(1, 1, 0, 0, 0), new Load.RowCounts(2, 1, 0, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "state")).containsExactly("third-2");
    // Delivered before the others, found after them.
    loads.deliverAt(
        "jobs/2025-03-01.csv",
        (HEADER + "1,A,first,2025-03-01T10:00Z\n2,B,first,2025-03-01T10:00Z\n").getBytes(UTF_8),
        loads.now.minusSeconds(3600));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(2, 1, 0, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|third-2", "2|first");
  }

  @Test
  void aRowWithoutATimeLosesAgainstEveryOther() {
    open(jobs());
    loads.deliver("jobs/2025-03-01.csv", HEADER + "1,A,timed,2025-03-01T10:00Z\n2,B,untimed,\n");
    loads.deliver("jobs/2025-03-02.csv", HEADER + "1,A,untimed,\n2,B,later,\n");
    assertThat(loads.load().get(1).rows()).isEqualTo(new Load.RowCounts(2, 1, 0, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|timed", "2|later");
    loads.deliver("jobs/2025-03-03.csv", HEADER + "2,B,timed,1999-03-01T10:00Z\n");
    loads.loadOne();
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|timed", "2|timed");
  }

  @Test
  void aRepetitionChangesNothing() {
    open(jobs());
    String first = HEADER + "1,A,x,2025-03-01T10:00Z\n,N,nokey,2025-03-01T10:00Z\n";
    String second = HEADER + "1,A,y,2025-03-02T10:00Z\n2,B,y,2025-03-02T10:00Z\n";
    loads.deliver("jobs/2025-03-01.csv", first);
    loads.deliver("jobs/2025-03-02.csv", second);
    loads.load();
    loads.deliver("jobs/2025-03-02_again.csv", second);
    assertThat(loads.loadOne().code()).isEqualTo("REPEATED");
    loads.deliver("jobs/2025-03-01_again.csv", first);
    Load again = loads.loadOne();
    assertThat(again.rows()).isEqualTo(new Load.RowCounts(2, 1, 0, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|y", "2|y", "null|nokey");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A", "B", "N");
    loads
        .service()
        .backfill(
            TestingLoads.name("benefits.jobs"), LocalDate.of(2025, 3, 1), LocalDate.of(2025, 3, 2));
    assertThat(loads.service().runDue()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|y", "2|y", "null|nokey");
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
  }

  @Test
  void aKeyThatIsAnIdentifierIsComparedInTheVault() {
    open(
        new TestingDataset("claims.people")
            .source("p/*.csv", Source.Format.CSV)
            .load(LoadMode.UPSERT)
            .key("born", "ssn")
            .direct("ssn", Scalar.VARCHAR, Mask.PSEUDONYM)
            .direct("born", Scalar.DATE, Mask.YEAR)
            .column("city", Scalar.VARCHAR));
    loads.deliver("p/a.csv", "ssn,born,city\nA,2000-01-01,x\nB,2000-01-01,x\n");
    loads.deliver("p/b.csv", "ssn,born,city\nA,2000-06-01,y\nB,1999-01-01,y\nC,2000-01-01,y\n");
    assertThat(loads.load().get(1).rows()).isEqualTo(new Load.RowCounts(3, 2, 0, 1, 0));
    assertThat(loads.rows(Side.VAULT, "ssn, born"))
        .containsExactly("A|2000-06-01", "B|2000-01-01", "C|2000-01-01");
    assertThat(loads.rows(Side.ORDINARY, "city")).containsExactly("x", "y", "y");
  }

  @Test
  void filesWithoutAnyOfTheKeysAreNotWrittenAnew() {
    open(jobs().partition(new PartitionField(PartitionField.Transform.MONTH, "updated", 0)));
    loads.deliver(
        "jobs/2025-03-01.csv",
        HEADER + "1,A,x,2025-01-01T10:00Z\n2,B,x,2025-01-02T10:00Z\n50,C,x,2025-02-01T10:00Z\n");
    loads.deliver("jobs/2025-03-02.csv", HEADER + "90,D,x,2025-03-01T10:00Z\n");
    loads.load();
    List<String> before = files();
    assertThat(before).hasSize(3);
    loads.deliver("jobs/2025-03-03.csv", HEADER + "2,B,y,2025-04-01T10:00Z\n");
    loads.loadOne();
    List<String> kept = new ArrayList<>(files());
    kept.retainAll(before);
    assertThat(kept).hasSize(2);
    assertThat(files()).hasSize(4);
    assertThat(loads.rows(Side.ORDINARY, "job, state"))
        .containsExactly("1|x", "2|y", "50|x", "90|x");
  }

  private List<String> files() {
    return loads
        .table()
        .plan(loads.table().findCurrent().orElseThrow(), Side.ORDINARY, new ScanFilter.All())
        .stream()
        .map(DataFile::key)
        .toList();
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashAtAnyStepLeavesTheNewestRowOfEachKeyOnce(LoadStep step) {
    open(jobs());
    loads.deliver(
        "jobs/2025-03-01.csv", HEADER + "1,A,x,2025-03-01T10:00Z\n2,B,x,2025-03-01T10:00Z\n");
    loads.load();
    loads.deliver(
        "jobs/2025-03-02.csv", HEADER + "1,A2,y,2025-03-02T10:00Z\n3,C,y,2025-03-01T10:00Z\n");
    loads.service().scan();
    loads.crashAt(step);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.all()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|y", "2|x", "3|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A2", "B", "C");
    assertThat(loads.all().getFirst().rows()).isEqualTo(new Load.RowCounts(2, 2, 0, 0, 0));
  }

  @Test
  void aCommitInBetweenIsDecidedAnew() {
    open(jobs());
    loads.deliver("jobs/2025-03-01.csv", HEADER + "1,A,x,2025-03-01T10:00Z\n");
    loads.load();
    loads.deliver(
        "jobs/2025-03-02.csv", HEADER + "1,A2,y,2025-03-02T10:00Z\n2,B2,y,2025-03-02T10:00Z\n");
    loads.deliver(
        "jobs/2025-03-03.csv", HEADER + "1,A3,z,2025-03-03T10:00Z\n2,B3,z,2025-03-01T10:00Z\n");
    loads.service().scan();
    // The other replica, which takes the next load while this one is about to commit.
    loads.meanwhile(LoadStep.UPLOADED);
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "job, state")).containsExactly("1|z", "2|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A3", "B2");
    assertThat(loads.all()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
  }

  /** Against a model in a few lines, with disorder, repetition, ties and missing times. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyOrderOfDeliveryEndsInTheSameTable(long seed) {
    open(jobs());
    Random random = new Random(seed);
    record Row(int updated, int object, int line, String state) {}
    Map<Integer, Row> expected = new HashMap<>();
    List<Integer> order = new ArrayList<>();
    Map<Integer, String> objects = new TreeMap<>();
    for (int object = 0; object < 8; object++) {
      StringBuilder text = new StringBuilder(HEADER);
      for (int line = 0; line < 40; line++) {
        int job = random.nextInt(30);
        int minute = random.nextInt(6);
        String state = object + "-" + line;
        text.append(job).append(",P").append(state).append(',').append(state).append(',');
        text.append(minute == 0 ? "" : "2025-03-01T10:0%d:00Z".formatted(minute)).append('\n');
        Row row = new Row(minute, object, line, state);
        Row best = expected.get(job);
        if (best == null || row.updated() >= best.updated()) {
          expected.put(job, row);
        }
      }
      objects.put(object, text.toString());
      order.add(object);
    }
    order.addAll(List.of(2, 5));
    Collections.shuffle(order, random);
    int renamed = 0;
    Instant start = loads.now.minusSeconds(3600);
    for (int object : order) {
      String key = "jobs/2025-03-%02d_%d.csv".formatted(object + 1, renamed++);
      loads.deliverAt(
          key, String.valueOf(objects.get(object)).getBytes(UTF_8), start.plusSeconds(object));
      assertThat(loads.loadOne().state())
          .as("seed %d", seed)
          .isIn(Load.State.COMMITTED, Load.State.SKIPPED);
    }
    List<String> rows =
        expected.entrySet().stream()
            .map(entry -> entry.getKey() + "|" + entry.getValue().state())
            .sorted()
            .toList();
    assertThat(loads.rows(Side.ORDINARY, "CAST(job AS VARCHAR), state"))
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(rows);
    assertThat(loads.rows(Side.VAULT, "person"))
        .isEqualTo(expected.values().stream().map(row -> "P" + row.state()).sorted().toList());
  }
}
