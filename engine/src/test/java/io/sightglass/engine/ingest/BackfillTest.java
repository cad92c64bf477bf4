package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is loaded again counts once, whatever the dataset's way of loading. */
class BackfillTest {

  private static final LocalDate FIRST = LocalDate.of(2025, 3, 1);
  private static final LocalDate LAST = LocalDate.of(2025, 3, 3);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private void open(LoadMode mode, boolean hasKey) {
    TestingDataset dataset =
        new TestingDataset("claims.daily")
            .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
            .load(mode)
            .column("id", Scalar.BIGINT)
            .column("state", Scalar.VARCHAR)
            .column("changed", Scalar.BIGINT);
    if (hasKey) {
      dataset.key("changed", "id");
    }
    loads = new TestingLoads(folder, dataset.build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /** Three dates whose files share rows; one comes once more, corrected, and one comes broken. */
  private void deliver() {
    loads.deliver("in/claims_2025-03-01.csv", "id,state,changed\n1,a,1\n2,a,1\n3,a,1\n");
    loads.load();
    loads.deliver("in/claims_2025-03-02.csv", "id,state,changed\n3,b,2\n4,b,2\n");
    loads.deliver("in/claims_2025-03-03.csv", "id,state,changed\n4,c,3\n5,c,3\nx,c,3\n");
    loads.load();
    loads.deliver("in/claims_2025-03-02b.csv", "id,state,changed\n3,d,4\n6,d,4\n");
    loads.deliver("in/claims_2025-03-03b.csv", "nothing that is a header\n");
    loads.load();
  }

  private List<String> rows() {
    return loads.rows(Side.ORDINARY, "id, state, changed, _file_date");
  }

  private List<Load> backfill(LocalDate from, LocalDate to) {
    return loads.service().backfill(TestingLoads.name("claims.daily"), from, to);
  }

  @ParameterizedTest
  @CsvSource({
    "APPEND,false",
    "APPEND,true",
    "REPLACE_DATE,false",
    "REPLACE_DATE,true",
    "REPLACE_ALL,false",
    "UPSERT,true"
  })
  void everythingLoadedAgainIsWhatItWas(LoadMode mode, boolean hasKey) {
    open(mode, hasKey);
    deliver();
    List<String> before = rows();
    assertThat(before).isNotEmpty();
    for (int times = 0; times < 2; times++) {
      assertThat(backfill(FIRST, LAST))
          .hasSize(5)
          .allMatch(load -> load.state() == Load.State.FOUND);
      assertThat(loads.service().runDue()).hasSize(5);
      assertThat(rows()).isEqualTo(before);
    }
    assertThat(backfill(FIRST.plusDays(1), FIRST.plusDays(1))).hasSize(2);
    loads.service().runDue();
    assertThat(rows()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashInBetweenCountsNothingTwiceEither(LoadStep step) {
    open(LoadMode.APPEND, false);
    deliver();
    List<String> before = rows();
    backfill(FIRST, LAST);
    loads.crashAt(step);
    loads.restart();
    loads.service().runDue();
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void anotherScanDoesNotFindAgainWhatWasLoadedAgain() {
    open(LoadMode.REPLACE_DATE, false);
    deliver();
    backfill(FIRST, LAST);
    loads.service().runDue();
    assertThat(loads.load()).isEmpty();
  }

  @Test
  void whatIsAskedForMustMakeSense() {
    open(LoadMode.APPEND, false);
    assertThatThrownBy(() -> backfill(LAST, FIRST))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    assertThatThrownBy(
            () -> loads.service().backfill(TestingLoads.name("claims.other"), FIRST, LAST))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThat(backfill(FIRST.minusYears(9), FIRST.minusYears(8))).isEmpty();
  }
}
