package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.DryRun;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LoadServiceTest {

  private static final String HEADER = "id,person,ssn,day,state\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private TestingDataset daily() {
    return new TestingDataset("claims.daily")
        .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .key(null, "id")
        .partition(new PartitionField(PartitionField.Transform.MONTH, "day", 0))
        .required("id", Scalar.BIGINT)
        .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
        .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
        .column("day", Scalar.DATE)
        .column("state", Scalar.VARCHAR);
  }

  private TestingDataset events() {
    return new TestingDataset("claims.events")
        .source("ev/*.ndjson", Source.Format.NDJSON)
        .load(LoadMode.APPEND)
        .column("id", Scalar.BIGINT)
        .column("what", Scalar.VARCHAR);
  }

  /** Where the ledger is. */
  DatabaseSettings ledger(Path below) {
    return DatabaseSettings.sqlite(below.resolve("metadata.db"));
  }

  /** Where the tables' states are, given the ledger's. */
  DatabaseSettings catalog(Path below, DatabaseSettings ledger) {
    return DatabaseSettings.sqlite(below.resolve("catalog.db"));
  }

  private void open(TestingDataset dataset) {
    DatabaseSettings ledger = ledger(folder);
    loads =
        new TestingLoads(
            folder, dataset.build(), TestingStores.in(folder), ledger, catalog(folder, ledger));
  }

  @AfterEach
  void close() {
    loads.close();
  }

  @Test
  void aDumpBecomesAMaskedTableAndAVault() throws Exception {
    open(daily().where("state <> 'draft'"));
    loads.deliver(
        "in/claims_2025-03-01.csv",
        HEADER
            + """
            1,700,CNRY-11-2222,2025-03-01,open
            2,701,CNRY-11-3333,2025-04-01,open
            x,702,CNRY-11-4444,2025-03-01,open
            3,703,CNRY-11-5555,2025-03-01,draft
            2,701,CNRY-11-3333,2025-04-01,closed
            4,,,,draft
            """);
    Load load = loads.loadOne();
    assertThat(load.state()).as("%s", load).isEqualTo(Load.State.COMMITTED);
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(6, 2, 1, 1, 2));
    assertThat(load.fileDate()).isEqualTo(LocalDate.of(2025, 3, 1));
    assertThat(load.source().sha256()).hasSize(64);
    assertThat(loads.rows(Side.ORDINARY, "id, ssn, day, state, _file_date, _load_id"))
        .containsExactly(
            "1|****-**-2222|2025-03-01|open|2025-03-01|" + load.id(),
            "2|****-**-3333|2025-04-01|closed|2025-03-01|" + load.id());
    assertThat(loads.rows(Side.ORDINARY, "DISTINCT length(person)")).containsExactly("32");
  }

  @Test
  void identifiersLieInTheVaultAlone() throws Exception {
    open(daily());
    loads.deliver(
        "in/claims_2025-03-01.csv",
        HEADER + "1,777000777,CNRY-11-2222,2025-03-01,open\nx,2,CNRY-99-9999,2025-03-01,CNRYBAD\n");
    Load load = loads.loadOne();
    assertThat(loads.rows(Side.VAULT, "person, ssn")).containsExactly("777000777|CNRY-11-2222");
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
    for (String secret : List.of("CNRY", "777000777")) {
      assertThat(loads.filesWith(secret, "warehouse/data")).isEmpty();
      for (String database : List.of("metadata.db", "catalog.db")) {
        if (Files.exists(folder.resolve(database))) {
          assertThat(loads.filesWith(secret, database)).isEmpty();
        }
      }
    }
    assertThat(loads.filesWith("CNRY", "vault")).isNotEmpty();
    assertThat(loads.filesWith("CNRY", "warehouse/vault")).isNotEmpty();
    assertThat(loads.service().rejects(load.id(), false, 10, null).items())
        .containsExactly(new Reject(3, 65, "id", "is no BIGINT", null));
    assertThat(loads.service().rejects(load.id(), true, 10, null).items().getFirst().value())
        .isEqualTo("x");
    try (Stream<Path> staged = Files.list(folder.resolve("vault/staging"))) {
      assertThat(staged).isEmpty();
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("vault/pseudonyms.key")))
        .hasToString("[OWNER_READ, OWNER_WRITE]");
  }

  @Test
  void theSameFilesAgainOrRenamedAddNothing() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n");
    loads.deliver("in/claims_2025-03-02.csv", HEADER + "2,1,a,2025-03-02,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.load()).isEmpty();
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n");
    loads.deliver("in/claims_2025-03-01_again.csv", HEADER + "1,1,a,2025-03-01,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
  }

  @Test
  void aCorrectedDumpReplacesItsDayAlone() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n2,1,a,2025-03-01,x\n");
    loads.deliver("in/claims_2025-03-02.csv", HEADER + "3,1,a,2025-03-01,x\n");
    loads.load();
    loads.deliver("in/claims_2025-03-01_v2.csv", HEADER + "1,1,b,2025-03-01,y\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y", "3|x");
    assertThat(loads.rows(Side.VAULT, "ssn")).containsExactly("a", "b");
    // The first again: it is newer than the correction, and not what is loaded now.
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n2,1,a,2025-03-01,x\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x", "2|x", "3|x");
  }

  @Test
  void ofSeveralObjectsForOneDateTheNewestCounts() {
    open(daily());
    loads.deliver("in/claims_2025-03-01_a.csv", HEADER + "1,1,a,2025-03-01,older\n");
    loads.deliver("in/claims_2025-03-01_b.csv", HEADER + "1,1,a,2025-03-01,newest\n");
    loads.deliverAt(
        "in/claims_2025-03-01_c.csv",
        (HEADER + "1,1,a,2025-03-01,late\n").getBytes(StandardCharsets.UTF_8),
        loads.now.minusSeconds(3600));
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED, Load.State.SKIPPED, Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "state")).containsExactly("newest");
  }

  @Test
  void aClockThatIsSetBackHidesNothingOfWhatIsLoaded() {
    open(daily());
    Instant early = loads.now;
    Map<String, String> states = Map.of("a", "first", "b", "second", "c", "first");
    Map<String, Duration> clocks =
        Map.of("a", Duration.ofHours(4), "b", Duration.ofHours(3), "c", Duration.ofHours(5));
    for (String name : List.of("a", "b", "c")) {
      early = early.plusSeconds(60);
      loads.deliverAt(
          "in/claims_2025-03-01_%s.csv".formatted(name),
          (HEADER + "1,1,a,2025-03-01,%s\n".formatted(states.get(name)))
              .getBytes(StandardCharsets.UTF_8),
          early);
      loads.now = early.plus(Objects.requireNonNull(clocks.get(name)));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
      assertThat(loads.rows(Side.ORDINARY, "state")).containsExactly(states.get(name));
    }
  }

  @Test
  void aBrokenNewestObjectLeavesTheDateToTheOlderOne() {
    open(daily());
    loads.deliver("in/claims_2025-03-01_a.csv", HEADER + "1,1,a,2025-03-01,good\n");
    loads.deliver("in/claims_2025-03-01_b.csv", HEADER + "1,1,a,2025-03-01,good\n2,1");
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactly(Load.State.QUARANTINED, Load.State.COMMITTED);
    assertThat(loads.all().getFirst().code()).isEqualTo("CUT_OFF");
    assertThat(loads.rows(Side.ORDINARY, "state")).containsExactly("good");
    assertThat(loads.alerts.find("load-quarantined:claims.daily")).isPresent();
  }

  /** One alert for the dataset, which says what is still wrong; of each file somebody is told. */
  @Test
  void everyFileInQuarantineIsToldAndTheAlertNamesOneThatStillIs() {
    open(daily());
    for (int day = 1; day <= 3; day++) {
      loads.deliver("in/claims_2025-03-0%d.csv".formatted(day), HEADER + "1,1,a,2025-03-01\n");
      loads.load();
    }
    String fingerprint = "load-quarantined:claims.daily";
    assertThat(loads.alerts.find(fingerprint).orElseThrow().detail()).contains("2025-03-03");
    loads.deliver("in/claims_2025-03-03.csv", HEADER + "1,1,a,2025-03-03,good\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    Alert alert = loads.alerts.find(fingerprint).orElseThrow();
    assertThat(alert.state()).isEqualTo(Alert.State.OPEN);
    assertThat(alert.count()).isEqualTo(3);
    assertThat(alert.detail()).contains("2025-03-02").doesNotContain("2025-03-03");
    Load second = loads.all().get(2);
    assertThat(second.source().name()).contains("2025-03-02");
    assertThat(alert.link()).isEqualTo("/v1/loads/" + second.id());
    assertThat(loads.service().retry(second.id(), Set.of()).state()).isEqualTo(Load.State.FOUND);
    loads.service().runDue();
    assertThat(loads.told())
        .filteredOn(told -> told.contains("quarantine") || told.contains("QUARANTINE"))
        .extracting(told -> told.substring(0, told.indexOf(' ')))
        .as("the one that the alert is about is not told twice")
        .containsExactly("ALERT_OPENED", "LOAD_QUARANTINED", "LOAD_QUARANTINED");
    assertThat(loads.told().get(1)).contains("2025-03-02");
  }

  @Test
  void anOlderFileOfADateMattersNoMoreOnceTheNewestIsLetIn() {
    open(daily().expect(null, 0.2));
    loads.deliver("in/claims_2025-03-01_a.csv", HEADER + "1,1,a,2025-03-01\n");
    loads.deliver(
        "in/claims_2025-03-01_b.csv", HEADER + "1,1,a,2025-03-01,x\nx,1,a,2025-03-01,x\n");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.QUARANTINED);
    Load newest = loads.all().getFirst();
    loads.service().retry(newest.id(), Set.of("TOO_MANY_REJECTS"));
    assertThat(loads.service().runDue())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED);
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void whatIsLoadedComesOnceMoreAndMakesUpForTheBrokenFileBetween() {
    open(daily());
    String good = HEADER + "1,1,a,2025-03-01,x\n";
    loads.deliver("in/claims_2025-03-01.csv", good);
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.QUARANTINED);
    loads.deliver("in/claims_2025-03-01.csv", good);
    assertThat(loads.loadOne().code()).isEqualTo("REPEATED");
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void whichDeliveryOfAnObjectIsLetInDoesNotMatter() {
    open(daily().expect(null, 0.2));
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\nx,1,a,2025-03-01,x\n");
    Load first = loads.loadOne();
    LocalDate day = LocalDate.parse("2025-03-01");
    loads.now = loads.now.plusSeconds(60);
    loads.service().backfill(first.dataset(), day, day);
    assertThat(loads.service().runDue())
        .extracting(Load::state)
        .containsExactly(Load.State.QUARANTINED);
    loads.now = loads.now.plusSeconds(60);
    loads.service().retry(first.id(), Set.of("TOO_MANY_REJECTS"));
    assertThat(loads.service().runDue())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED);
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void whatSeveralPeopleNoteAtOnceIsAllKept() throws Exception {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n");
    String id = loads.loadOne().id();
    List<String> people = List.of("ada", "bob", "eve", "joe", "kim", "lou", "max", "zoe");
    CyclicBarrier together = new CyclicBarrier(people.size());
    try (ExecutorService threads = Executors.newFixedThreadPool(people.size())) {
      List<Callable<Load>> notes = new ArrayList<>();
      for (String one : people) {
        notes.add(() -> {
          together.await();
          return loads.service().addNote(id, one, "seen", null);
        });
      }
      for (Future<Load> noted : threads.invokeAll(notes)) {
        assertThat(noted.get().notes()).isNotEmpty();
      }
    }
    assertThat(loads.service().find(id).orElseThrow().notes())
        .extracting(Load.Note::by)
        .containsExactlyInAnyOrderElementsOf(people);
  }

  @Test
  void anEmptyDumpEmptiesItsDay() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + "1,1,a,2025-03-01,x\n");
    loads.load();
    loads.deliver("in/claims_2025-03-01.csv", HEADER);
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(0, 0, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
  }

  @Test
  void withoutAKeyAContentIsAppendedOnce() {
    open(events());
    loads.deliver("ev/a.ndjson", "{\"id\":1,\"what\":\"x\"}\n{\"id\":1,\"what\":\"x\"}\n");
    loads.deliver("ev/b.ndjson", "{\"id\":1,\"what\":\"x\"}\n");
    loads.load();
    loads.deliver("ev/renamed.ndjson", "{\"id\":1,\"what\":\"x\"}\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "1", "1");
  }

  @Test
  void aKeyDeliveredTwiceAddsNothing() {
    open(events().key(null, "id"));
    loads.deliver("ev/a.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"id\":2}\n{\"id\":null}\n");
    loads.deliver("ev/b.ndjson", "{\"id\":2}\n{\"id\":3}\nbroken\n");
    List<Load> ran = loads.load();
    assertThat(ran.get(0).rows()).isEqualTo(new Load.RowCounts(4, 3, 0, 1, 0));
    assertThat(ran.get(1).rows()).isEqualTo(new Load.RowCounts(3, 1, 1, 1, 0));
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3", "null");
  }

  @Test
  void aKeyThatIsAnIdentifierIsComparedInTheVault() {
    open(
        new TestingDataset("claims.people")
            .source("p/*.csv", Source.Format.CSV)
            .key(null, "ssn", "part")
            .direct("ssn", Scalar.VARCHAR, Mask.REDACT)
            .column("part", Scalar.INTEGER));
    loads.deliver("p/a.csv", "ssn,part\nA,1\nA,2\n");
    loads.deliver("p/b.csv", "ssn,part\nA,2\nA,3\nB,1\n");
    assertThat(loads.load().get(1).rows()).isEqualTo(new Load.RowCounts(3, 2, 0, 1, 0));
    assertThat(loads.rows(Side.VAULT, "ssn")).containsExactly("A", "A", "A", "B");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "0.5, -, 4, 0.5 and more times that",
        "-, 2.0, 21, up to 2.0 times that",
        "0.5, 2.0, 21, 0.5 to 2.0 times that"
      })
  void aBandHasTheBoundsThatAreStated(
      @Nullable Double min, @Nullable Double max, int broken, String said) {
    open(daily().expect(new Expectations.Band(min, max), null));
    for (int day = 1; day <= 2; day++) {
      loads.deliver("in/claims_2025-03-0%d.csv".formatted(day), HEADER + rows(10));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
    loads.deliver("in/claims_2025-03-03.csv", HEADER + rows(broken));
    assertThat(loads.loadOne().reason())
        .isEqualTo("%d rows; usual: 10; allowed: %s".formatted(broken, said));
  }

  @Test
  void anythingIsEnoughAfterEmptyFilesWhereNoMostIsStated() {
    open(daily().expect(new Expectations.Band(0.5, null), null));
    for (int day = 1; day <= 4; day++) {
      loads.deliver("in/claims_2025-03-0%d.csv".formatted(day), HEADER + rows(day == 4 ? 2 : 0));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
  }

  @Test
  void everyExpectationQuarantinesUntilItIsAccepted() {
    open(daily().expect(new Expectations.Band(0.5, 2.0), 0.2));
    for (int day = 1; day <= 2; day++) {
      loads.deliver("in/claims_2025-03-0%d.csv".formatted(day), HEADER + rows(10));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
    loads.deliver("in/claims_2025-03-03.csv", HEADER + rows(21));
    Load load = loads.loadOne();
    assertThat(load.code()).isEqualTo("ROWS_OUT_OF_BAND");
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(21, 0, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id")).hasSize(20);
    assertThatThrownBy(() -> loads.service().retry(load.id(), Set.of("MALFORMED")))
        .isInstanceOf(EngineException.class);
    assertThat(loads.service().retry(load.id(), Set.of("ROWS_OUT_OF_BAND")).state())
        .isEqualTo(Load.State.FOUND);
    Load accepted = loads.service().runDue().getFirst();
    assertThat(accepted.state()).isEqualTo(Load.State.COMMITTED);
    assertThat(accepted.attempts()).hasSize(2);
    assertThat(accepted.attempts().getFirst().error()).contains("21 rows");
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().resolution())
        .isNotNull();
    loads.deliver("in/claims_2025-03-04.csv", HEADER + rows(7) + "x,,,,\n".repeat(3));
    assertThat(loads.loadOne().code()).isEqualTo("TOO_MANY_REJECTS");
  }

  @Test
  void columnsThatNoContractNamesAreLeftOutAndToldOnce() {
    open(events());
    loads.deliver("ev/a.ndjson", "{\"id\":1,\"extra\":5}\n");
    assertThat(loads.loadOne().reason()).contains("extra");
    assertThat(loads.alerts.find("unknown-columns:claims.events").orElseThrow().count()).isOne();
    loads.deliver("ev/b.ndjson", "{\"id\":2,\"extra\":5}\n");
    assertThat(loads.loadOne().reason()).contains("extra");
    assertThat(loads.alerts.find("unknown-columns:claims.events").orElseThrow().count()).isOne();
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashAtAnyStepLeavesEveryRowExactlyOnce(LoadStep step) {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + rows(5));
    loads.load();
    loads.deliver("in/claims_2025-03-01.csv", HEADER + rows(7));
    loads.deliver("in/claims_2025-03-02.csv", HEADER + rows(3));
    loads.service().scan();
    loads.crashAt(step);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.all()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)"))
        .containsExactly("2025-03-01|7", "2025-03-02|3");
    assertThat(loads.rows(Side.VAULT, "count(*)")).containsExactly("10");
    assertThat(loads.all()).allSatisfy(load -> assertThat(load.rows()).isNotNull());
  }

  @Test
  void aBackfillLoadsItsDatesAgain() {
    open(daily());
    loads.deliver("in/claims_2025-03-01.csv", HEADER + rows(5));
    loads.deliver("in/claims_2025-03-02.csv", HEADER + rows(5));
    loads.load();
    List<Load> found =
        loads
            .service()
            .backfill(
                TestingLoads.name("claims.daily"),
                LocalDate.of(2025, 3, 2),
                LocalDate.of(2025, 3, 9));
    assertThat(found).hasSize(1);
    assertThat(loads.service().runDue().getFirst().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "_file_date, count(*)"))
        .containsExactly("2025-03-01|5", "2025-03-02|5");
  }

  @Test
  void aDryRunTellsEverythingAndKeepsNothing() throws Exception {
    open(daily());
    Path file = folder.resolve("claims_2025-03-01.csv");
    Files.writeString(file, HEADER + "1,700,CNRY-11-2222,2025-03-01,open\nx,1,a,,\n");
    DryRun dry = loads.service().dryRun(file, TestingLoads.name("claims.daily"));
    assertThat(dry.rows()).isEqualTo(new Load.RowCounts(2, 1, 1, 0, 0));
    assertThat(dry.preview()).hasSize(1);
    assertThat(dry.preview().getFirst()).contains("****-**-2222").doesNotContain("700");
    assertThat(dry.rejects()).hasSize(1);
    assertThat(dry.masks()).containsEntry("person", "pseudonym");
    assertThat(loads.all()).isEmpty();
    assertThat(folder.resolve("warehouse/data/claims")).doesNotExist();
    Files.writeString(file, "nothing\n");
    assertThat(loads.service().dryRun(file, TestingLoads.name("claims.daily")).code())
        .isEqualTo("MALFORMED");
  }

  @ParameterizedTest
  @EnumSource(
      value = LoadMode.class,
      names = {"APPEND", "UPSERT"})
  void whereFilesAddUpOnlyTheFileItselfEndsItsQuarantine(LoadMode mode) {
    TestingDataset events = events().load(mode);
    TestingDataset keyed = mode == LoadMode.UPSERT ? events.key("id", "what") : events;
    open(keyed.expect(null, 0.2));
    String alert = "load-quarantined:claims.events";
    String broken = "{\"id\":\"x\",\"what\":\"a\"}\n";
    loads.deliver("ev/a.ndjson", broken);
    assertThat(loads.loadOne().code()).isEqualTo("TOO_MANY_REJECTS");
    loads.deliver("ev/b.ndjson", "{\"id\":1,\"what\":\"b\"}\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.alerts.find(alert).orElseThrow().resolution()).as("another file").isNull();
    loads.deliver("ev/a.ndjson", "{\"id\":2,\"what\":\"a\"}\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.alerts.find(alert).orElseThrow().resolution()).as("mended").isNotNull();

    loads.deliver("ev/c.ndjson", "{\"id\":\"x\",\"what\":\"c\"}\n");
    assertThat(loads.loadOne().code()).isEqualTo("TOO_MANY_REJECTS");
    loads.define(keyed.expect(null, null).build());
    loads.deliver("ev/d.ndjson", broken);
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.alerts.find(alert).orElseThrow().resolution()).isNull();
    loads.deliver("ev/renamed.ndjson", "{\"id\":\"x\",\"what\":\"c\"}\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.alerts.find(alert).orElseThrow().resolution()).as("its content").isNotNull();
  }

  @Test
  void aRetryByAMendedContractLeavesNoRejectsOfTheAttemptBefore() {
    TestingDataset few =
        new TestingDataset("claims.few")
            .source("few/*.csv", Source.Format.CSV)
            .expect(null, 0.2)
            .column("state", Scalar.VARCHAR);
    open(few.required("id", Scalar.BIGINT));
    loads.deliver("few/1.csv", "state,id\nx,\ny,\nz,3\n");
    Load load = loads.loadOne();
    assertThat(load.code()).isEqualTo("TOO_MANY_REJECTS");
    assertThat(loads.service().rejects(load.id(), false, 10, null).items()).hasSize(2);
    loads.define(
        new TestingDataset("claims.few")
            .source("few/*.csv", Source.Format.CSV)
            .column("state", Scalar.VARCHAR)
            .column("id", Scalar.BIGINT)
            .build());
    loads.service().retry(load.id(), Set.of());
    assertThat(loads.service().runDue().getFirst().rows())
        .isEqualTo(new Load.RowCounts(3, 3, 0, 0, 0));
    assertThat(loads.service().rejects(load.id(), false, 10, null).items()).isEmpty();
  }

  private static String rows(int count) {
    StringBuilder rows = new StringBuilder();
    for (int id = 1; id <= count; id++) {
      rows.append(id).append(",1,a,2025-03-01,x\n");
    }
    return rows.toString();
  }
}
