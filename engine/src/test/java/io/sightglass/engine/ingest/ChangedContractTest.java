package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What was found by one contract, and runs by another. */
class ChangedContractTest {

  private static final String DATED = "in/d_%Y-%m-%d*";
  private static final String HOURLY = "in/d_%Y-%m-%d-%H.csv";

  @TempDir Path folder;

  private @Nullable TestingLoads opened;

  private static TestingDataset daily(LoadMode mode, String... paths) {
    TestingDataset daily =
        new TestingDataset("claims.daily").load(mode).column("id", Scalar.VARCHAR);
    for (String path : paths) {
      daily.source(path, Source.Format.CSV);
    }
    return daily;
  }

  private void open(TestingDataset daily) {
    opened = new TestingLoads(folder, daily.build());
  }

  private TestingLoads loads() {
    return Objects.requireNonNull(opened);
  }

  @AfterEach
  void close() {
    loads().close();
  }

  private void deliver(String name, String id) {
    loads().deliver("in/" + name + ".csv", "id\n" + id + "\n");
  }

  private void change(TestingDataset to) {
    loads().define(to.build());
  }

  private List<String> rows() {
    return loads().rows(Side.ORDINARY, "id, _file_date");
  }

  private List<Load> backfill() {
    loads()
        .service()
        .backfill(
            TestingLoads.name("claims.daily"),
            LocalDate.parse("2025-01-01"),
            LocalDate.parse("2025-12-31"));
    return loads().service().runDue();
  }

  private Load quarantined() {
    loads().deliver("in/d_2025-03-02_bad.csv", "no header\n\"");
    Load load = loads().loadOne();
    assertThat(load.state()).isEqualTo(Load.State.QUARANTINED);
    return load;
  }

  @Test
  void aRetryReplacesItsDateAndNoOther() {
    open(daily(LoadMode.APPEND, DATED).expect(null, 0.1));
    deliver("d_2025-03-01", "one");
    deliver("d_2025-03-02", "two");
    deliver("d_2025-03-03", "three");
    loads().load();
    deliver("d_2025-03-02b", "two mended\nmore,cells");
    Load bad = loads().loadOne();
    assertThat(bad.code()).isEqualTo("TOO_MANY_REJECTS");
    change(daily(LoadMode.REPLACE_DATE, DATED).expect(null, 0.1));
    loads().service().retry(bad.id(), Set.of("TOO_MANY_REJECTS"));
    loads().service().runDue();
    assertThat(rows())
        .containsExactly("one|2025-03-01", "three|2025-03-03", "two mended|2025-03-02");
  }

  @Test
  void aRetriedFileThatIsOlderThanItsDateIsSkipped() {
    open(daily(LoadMode.APPEND, DATED));
    deliver("d_2025-03-01", "one");
    loads().load();
    Load bad = quarantined();
    deliver("d_2025-03-02", "two");
    loads().load();
    change(daily(LoadMode.REPLACE_DATE, DATED));
    loads().service().retry(bad.id(), Set.of());
    loads().service().runDue();
    assertThat(rows()).containsExactly("one|2025-03-01", "two|2025-03-02");
    assertThat(loads().service().find(bad.id()).orElseThrow().code()).isEqualTo("OLDER");
  }

  @Test
  void aRetriedFileThatIsOlderThanTheWholeTableDoesNotReplaceIt() {
    open(daily(LoadMode.REPLACE_DATE, DATED));
    // Missing columns are asked for, so that the file is at fault until the contract is mended.
    change(
        new TestingDataset("claims.daily")
            .load(LoadMode.REPLACE_DATE)
            .source(DATED, Source.Format.CSV)
            .required("id", Scalar.VARCHAR)
            .required("place", Scalar.VARCHAR));
    deliver("d_2025-03-01", "one");
    Load old = loads().loadOne();
    assertThat(old.code()).isEqualTo("MISSING_COLUMN");
    loads().deliver("in/d_2025-03-02.csv", "id,place\ntwo,Erie\n");
    loads().load();
    change(
        new TestingDataset("claims.daily")
            .load(LoadMode.REPLACE_ALL)
            .source(DATED, Source.Format.CSV)
            .column("id", Scalar.VARCHAR)
            .column("place", Scalar.VARCHAR));
    loads().service().retry(old.id(), Set.of());
    loads().service().runDue();
    assertThat(rows()).containsExactly("two|2025-03-02");
    assertThat(loads().service().find(old.id()).orElseThrow().code()).isEqualTo("OLDER");
  }

  @ParameterizedTest
  @EnumSource(value = LoadMode.class, names = "REPLACE_DATE", mode = Mode.EXCLUDE)
  void aBackfillByDatesCountsNothingTwiceWhateverTheModeWas(LoadMode before) {
    TestingDataset first = daily(before, DATED);
    open(before == LoadMode.UPSERT ? first.key(null, "id") : first);
    deliver("d_2025-03-01", "one");
    loads().load();
    deliver("d_2025-03-02", "two");
    loads().load();
    deliver("d_2025-03-02b", "two mended");
    loads().load();
    change(daily(LoadMode.REPLACE_DATE, DATED));
    for (int times = 0; times < 2; times++) {
      backfill();
      assertThat(rows()).containsExactly("one|2025-03-01", "two mended|2025-03-02");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCrashInTheMiddleOfTheBackfillCountsNothingTwiceEither(LoadStep step) {
    open(daily(LoadMode.APPEND, DATED));
    deliver("d_2025-03-01", "one");
    deliver("d_2025-03-02", "two");
    loads().load();
    change(daily(LoadMode.REPLACE_DATE, DATED));
    loads()
        .service()
        .backfill(
            TestingLoads.name("claims.daily"),
            LocalDate.parse("2025-03-01"),
            LocalDate.parse("2025-03-02"));
    loads().crashAt(step);
    loads().restart();
    loads().service().runDue();
    assertThat(rows()).containsExactly("one|2025-03-01", "two|2025-03-02");
  }

  @Test
  void aReplicaThatStillLoadsByTheOtherContractLeavesNothingThatCountsTwice() {
    open(daily(LoadMode.APPEND, DATED));
    deliver("d_2025-03-01", "one");
    loads().load();
    change(daily(LoadMode.REPLACE_DATE, DATED));
    deliver("d_2025-03-02", "two");
    loads().load();
    loads().know(daily(LoadMode.APPEND, DATED).build());
    deliver("d_2025-03-03", "three");
    loads().load();
    loads().know(daily(LoadMode.REPLACE_DATE, DATED).build());
    backfill();
    assertThat(rows()).containsExactly("one|2025-03-01", "three|2025-03-03", "two|2025-03-02");
  }

  @Test
  void aFileWithoutADateInItsNameStandsBesideThoseOfOtherDays() {
    open(daily(LoadMode.REPLACE_DATE, "in/*.csv"));
    loads().now = Instant.parse("2025-03-01T10:00:00Z");
    deliver("newest", "one");
    loads().load();
    loads().now = Instant.parse("2025-03-02T10:00:00Z");
    deliver("newest", "two");
    loads().load();
    deliver("newest", "three");
    loads().load();
    assertThat(rows()).containsExactly("one|2025-03-01", "three|2025-03-02");
  }

  @Test
  void aDateThatFallsApartIntoHoursCountsOnce() {
    open(daily(LoadMode.REPLACE_DATE, DATED));
    deliver("d_2025-03-01-00", "zero");
    deliver("d_2025-03-01-01", "one");
    loads().load();
    assertThat(rows()).containsExactly("one|2025-03-01");
    change(daily(LoadMode.REPLACE_DATE, HOURLY));
    backfill();
    assertThat(rows()).containsExactly("one|2025-03-01", "zero|2025-03-01");
    change(daily(LoadMode.REPLACE_DATE, DATED));
    backfill();
    assertThat(rows()).containsExactly("one|2025-03-01");
  }

  @Test
  void dayAndMonthThatWereSwappedAreMendedByABackfill() {
    open(daily(LoadMode.REPLACE_DATE, "in/d_%Y-%d-%m.csv"));
    deliver("d_2025-03-02", "second of March");
    deliver("d_2025-02-03", "third of February");
    loads().load();
    assertThat(rows())
        .containsExactly("second of March|2025-02-03", "third of February|2025-03-02");
    change(daily(LoadMode.REPLACE_DATE, "in/d_%Y-%m-%d.csv"));
    // One of them alone takes nothing of the other away.
    deliver("d_2025-03-02", "second of March mended");
    loads().load();
    assertThat(rows())
        .containsExactly("second of March mended|2025-03-02", "third of February|2025-03-02");
    backfill();
    assertThat(rows())
        .containsExactly("second of March mended|2025-03-02", "third of February|2025-02-03");
  }

  @Test
  void partsOfADateTakeThePlaceOfWhatTheyBroughtAlone() {
    open(daily(LoadMode.APPEND, DATED));
    deliver("d_2025-03-01_a", "a");
    deliver("d_2025-03-01_b", "b");
    deliver("d_2025-03-02_a", "c");
    loads().load();
    change(daily(LoadMode.REPLACE_DATE, DATED).parts(2, null));
    backfill();
    assertThat(rows()).containsExactly("a|2025-03-01", "b|2025-03-01", "c|2025-03-02");
  }

  @Test
  void anObjectIsReadByTheSourceThatNamesItToday() {
    open(daily(LoadMode.REPLACE_DATE, "gone/*.csv", DATED));
    Load bad = quarantined();
    loads()
        .define(
            new TestingDataset("claims.daily")
                .load(LoadMode.REPLACE_DATE)
                .source(DATED, Source.Format.NDJSON)
                .column("id", Scalar.VARCHAR)
                .control("d_%Y-%m-%d*.control", null, "sha")
                .build());
    loads().service().retry(bad.id(), Set.of());
    assertThat(loads().load()).isEmpty();
    assertThat(loads().service().find(bad.id()).orElseThrow().reason())
        .startsWith("Waits for its control file");
    loads()
        .define(
            new TestingDataset("claims.daily")
                .load(LoadMode.REPLACE_DATE)
                .source("other/*.csv", Source.Format.CSV)
                .source(DATED, Source.Format.NDJSON)
                .column("id", Scalar.VARCHAR)
                .build());
    assertThat(loads().loadOne().reason()).contains("JSON object");
  }

  @Test
  void anObjectThatNoSourceNamesAnyMoreWaitsAndSaysSo() {
    open(daily(LoadMode.REPLACE_DATE, DATED));
    Load bad = quarantined();
    loads()
        .define(
            daily(LoadMode.REPLACE_DATE, "new/%Y-%m-%d.csv")
                .control("%Y-%m-%d.control", null, "sha")
                .build());
    loads()
        .beside
        .add(
            new TestingDataset("claims.other")
                .source("out/*.csv", Source.Format.CSV)
                .column("id", Scalar.VARCHAR)
                .build());
    loads().service().retry(bad.id(), Set.of());
    loads().deliver("out/1.csv", "id\n1\n");
    assertThat(loads().loadOne().dataset()).isEqualTo(TestingLoads.name("claims.other"));
    Load waiting = loads().service().find(bad.id()).orElseThrow();
    assertThat(waiting.state()).isEqualTo(Load.State.FOUND);
    assertThat(waiting.reason())
        .isEqualTo("Waits: no source.path of its contract matches the object's name any more");
    change(daily(LoadMode.REPLACE_DATE, DATED));
    assertThat(loads().loadOne().state()).isEqualTo(Load.State.QUARANTINED);
  }

  @Test
  void anObjectWhoseDatasetHasNoContractAnyMoreWaitsAndSaysSo() {
    open(daily(LoadMode.REPLACE_DATE, DATED));
    Load bad = quarantined();
    loads().service().retry(bad.id(), Set.of());
    loads()
        .define(
            new TestingDataset("claims.other")
                .source("out/*.csv", Source.Format.CSV)
                .column("id", Scalar.VARCHAR)
                .build());
    loads().deliver("out/1.csv", "id\n1\n");
    assertThat(loads().loadOne().dataset()).isEqualTo(TestingLoads.name("claims.other"));
    Load waiting = loads().service().find(bad.id()).orElseThrow();
    assertThat(waiting.state()).isEqualTo(Load.State.FOUND);
    assertThat(waiting.reason())
        .isEqualTo("Waits: the views folder has no contract of its dataset any more");
    change(daily(LoadMode.REPLACE_DATE, DATED));
    assertThat(loads().loadOne().state()).isEqualTo(Load.State.QUARANTINED);
  }
}
