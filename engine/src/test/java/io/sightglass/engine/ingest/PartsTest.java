package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import io.sightglass.engine.table.Side;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartsTest {

  private static final String HEADER = "id,person,state\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private static TestingDataset daily() {
    return new TestingDataset("benefits.daily")
        .source("in/d_%Y-%m-%d*.csv", Source.Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .column("id", Scalar.BIGINT)
        .direct("person", Scalar.VARCHAR, Mask.REDACT)
        .column("state", Scalar.VARCHAR);
  }

  private void open(TestingDataset dataset) {
    loads = new TestingLoads(folder, dataset.build());
  }

  private void part(String name, String rows) {
    loads.deliver("in/d_2025-03-01_%s.csv".formatted(name), HEADER + rows);
  }

  @AfterEach
  void close() {
    loads.close();
  }

  @Test
  void partsBecomeVisibleTogetherWhenAllAreThere() {
    open(daily().parts(3, null));
    part("c", "3,C,x\n");
    part("a", "1,A,x\nx,A,x\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
    assertThat(loads.all()).extracting(Load::state).containsOnly(Load.State.FOUND);
    assertThat(loads.all().getFirst().reason())
        .isEqualTo("Waits for the other parts: 2 of 3 are there");
    part("b", "2,B,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.all())
        .extracting(Load::rows)
        .containsExactlyInAnyOrder(
            new Load.RowCounts(1, 1, 0, 0, 0),
            new Load.RowCounts(2, 1, 1, 0, 0),
            new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|x", "3|x");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A", "B", "C");
    assertThat(loads.table().history()).hasSize(1);
  }

  @Test
  void aPartThatComesAgainReplacesItselfAlone() {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    loads.load();
    part("b", "2,B2,y\n4,D,y\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|y", "4|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A", "B2", "D");
  }

  @Test
  void aNewSetOfPartsReplacesTheOldOneWhenItIsComplete() {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    loads.load();
    part("v2a", "7,A,y\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
    part("v2b", "8,B,y\n");
    assertThat(loads.load()).hasSize(2);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("7|y", "8|y");
  }

  @Test
  void aKeyIsUniqueAmongAllParts() {
    open(daily().key(null, "id").parts(2, null));
    part("a", "1,A,x\n2,A,x\n");
    part("b", "2,B,y\n3,B,y\n");
    loads.load();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|y", "3|y");
    assertThat(loads.all())
        .extracting(Load::rows)
        .containsExactlyInAnyOrder(
            new Load.RowCounts(2, 1, 0, 1, 0), new Load.RowCounts(2, 2, 0, 0, 0));
  }

  @Test
  void aBrokenPartHoldsTheOthersBackUntilItComesWhole() {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n3,B");
    assertThat(loads.load().getFirst().code()).isEqualTo("CUT_OFF");
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
    part("b", "2,B,x\n3,B,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3");
  }

  @Test
  void aPartThatComesAgainBrokenLeavesWhatIsLoaded() {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    loads.load();
    part("b", "2,B,y\n3,B");
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(Load.State.QUARANTINED, Load.State.SKIPPED);
    part("a", "1,A,y\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.all().getFirst().reason()).contains("QUARANTINED");
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|x");
    part("b", "2,B,y\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y", "2|y");
  }

  @Test
  void aFileSaysThatAllPartsAreThere() throws Exception {
    open(daily().parts(null, "d_%Y-%m-%d.done"));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.all().getFirst().reason()).contains("d_%Y-%m-%d.done");
    loads.deliver("in/d_2025-03-02.done", "");
    assertThat(loads.load()).isEmpty();
    loads.deliver("in/d_2025-03-01.done", "");
    assertThat(loads.load()).hasSize(2);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
    // One again, one more and one gone: nothing before the file says so again.
    part("b", "2,B,y\n");
    part("c", "3,C,y\n");
    assertThat(loads.load()).isEmpty();
    Files.delete(folder.resolve("landing/in/d_2025-03-01_a.csv"));
    loads.deliver("in/d_2025-03-01.done", "");
    assertThat(loads.load()).hasSize(2);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("2|y", "3|y");
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashAtAnyStepLeavesAllPartsOrNone(LoadStep step) {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    loads.load();
    part("a", "1,A2,y\n");
    part("b", "2,B2,y\n3,C,y\n");
    loads.service().scan();
    loads.crashAt(step);
    assertThat(loads.rows(Side.ORDINARY, "id, state").toString())
        .isIn("[1|x, 2|x]", "[1|y, 2|y, 3|y]");
    loads.restart();
    loads.service().runDue();
    assertThat(loads.all()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y", "2|y", "3|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("A2", "B2", "C");
    assertThat(loads.all().get(0).rows()).isNotNull();
  }

  private void twoSets() {
    open(daily().parts(2, null));
    part("a1", "1,A,x\n");
    part("a2", "2,B,x\n");
    part("v2a", "7,A,y\n");
  }

  private Load.State stateOf(String name) {
    return loads.all().stream()
        .filter(load -> load.source().name().endsWith("_%s.csv".formatted(name)))
        .map(Load::state)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aNewerSetWithABrokenPartLeavesTheDateToTheOlderOne() {
    twoSets();
    part("v2b", "8,B,y\n9,B");
    loads.load();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|x");
    assertThat(stateOf("v2a")).isEqualTo(Load.State.FOUND);
    assertThat(stateOf("v2b")).isEqualTo(Load.State.QUARANTINED);
    assertThat(loads.load()).isEmpty();
    part("v2b", "8,B,y\n9,B,y\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("7|y", "8|y", "9|y");
  }

  @Test
  void aBrokenPartMayComeUnderAnotherName() {
    open(daily().parts(2, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n3,B");
    loads.load();
    part("c", "2,B,x\n3,B,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3");
  }

  @Test
  void aNewerSetThatIsTriedAgainLaterIsWaitedFor() {
    twoSets();
    part("v2b", "8,B,y\n");
    loads.service().scan();
    loads
        .service()
        .listen((load, step) -> {
          throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The store is away");
        });
    assertThat(loads.service().runDue()).hasSize(2);
    assertThat(stateOf("a1")).isEqualTo(Load.State.FOUND);
    assertThat(stateOf("a2")).isEqualTo(Load.State.FOUND);
    loads.service().listen(LoadStep.Listener.NONE);
    assertThat(loads.service().runDue()).isEmpty();
    loads.now = loads.now.plusSeconds(60);
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("7", "8");
    assertThat(stateOf("a1")).isEqualTo(Load.State.SKIPPED);
    assertThat(stateOf("a2")).isEqualTo(Load.State.SKIPPED);
  }

  @Test
  void anOlderSetReplacesNothingAfterACrashNorByABackfill() {
    twoSets();
    part("v2b", "8,B,y\n");
    loads.service().scan();
    loads.crashAt(LoadStep.COMMITTED);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("7", "8");
    assertThat(loads.all())
        .filteredOn(load -> load.state() == Load.State.SKIPPED)
        .extracting(Load::code)
        .containsExactly("OLDER", "OLDER");
    LocalDate day = LocalDate.of(2025, 3, 1);
    loads.service().backfill(TestingLoads.name("benefits.daily"), day, day);
    assertThat(loads.service().runDue())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(
            Load.State.SKIPPED, Load.State.SKIPPED, Load.State.COMMITTED, Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("7", "8");
    // One that is newer makes no set with one that was overtaken.
    part("v3a", "9,A,z\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("7", "8");
  }

  @Test
  void aPartThatComesAgainWaitsForOthersThatLieThereNoMore() throws Exception {
    open(daily().parts(3, null));
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    part("c", "3,C,x\n");
    loads.load();
    Files.delete(folder.resolve("landing/in/d_2025-03-01_a.csv"));
    part("b", "2,B,y\n");
    assertThat(loads.load()).isEmpty();
    assertThat(loads.all().getFirst().reason())
        .isEqualTo("Waits for \"in/d_2025-03-01_a.csv\", which lies there no more");
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|x", "3|x");
    part("a", "1,A,y\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y", "2|y", "3|x");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPartThatWasDeliveredTwiceBeforeItsSetCountsOnce(boolean byCount) {
    open(byCount ? daily().parts(2, null) : daily().parts(null, "d_%Y-%m-%d.done"));
    part("a", "1,A,x\n");
    loads.load();
    part("a", "1,A,y\n");
    loads.load();
    part("b", "2,B,y\n");
    loads.deliver("in/d_2025-03-01.done", "");
    loads.load();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y", "2|y");
    assertThat(loads.all())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(Load.State.COMMITTED, Load.State.COMMITTED, Load.State.SKIPPED);
    assertThat(loads.load()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void partsThatCannotBeLookedUpStopNoOtherDataset(int nth) {
    TestingObjectStore landing = TestingObjectStore.local(folder.resolve("landing"));
    loads =
        new TestingLoads(
            folder, daily().parts(2, null).build(), TestingStores.local(folder, landing));
    loads.beside.add(
        new TestingDataset("benefits.other")
            .source("out/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT)
            .build());
    part("a", "1,A,x\n");
    part("b", "2,B,x\n");
    loads.load();
    part("b", "2,B2,y\n");
    loads.deliver("out/1.csv", "id\n1\n");
    loads.service().scan();
    AtomicInteger looks = new AtomicInteger();
    landing.intercept((operation, key, call) -> {
      if (key.startsWith("in/") && operation != Operation.READ && looks.incrementAndGet() == nth) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No rights to list");
      }
      return call.run();
    });
    loads.service().runDue();
    assertThat(loads.all())
        .filteredOn(load -> load.dataset().equals(TestingLoads.name("benefits.other")))
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED);
    assertThat(looks).hasValueGreaterThanOrEqualTo(nth);
    landing.calm();
    loads.now = loads.now.plus(Duration.ofHours(2));
    loads.load();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|y");
  }
}
