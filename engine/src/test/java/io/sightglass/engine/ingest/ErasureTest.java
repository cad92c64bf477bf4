package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An erased person is found in no file, and does not come back. */
class ErasureTest {

  /** Every place where the service keeps something. */
  private static final String[] KEPT = {"warehouse", "vault", "cache"};

  private static final Dataset PEOPLE =
      new TestingDataset("t.people")
          .source("people/%Y-%m-%d.csv", Format.CSV)
          .load(LoadMode.REPLACE_DATE)
          .column("id", Scalar.INTEGER)
          .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
          .direct("name", Scalar.VARCHAR, Mask.REDACT)
          .column("note", Scalar.VARCHAR)
          .build();

  @TempDir private Path folder;

  private TestingLoads loads;

  @BeforeEach
  void open() {
    loads = open("one", PEOPLE);
  }

  private TestingLoads open(String name, Dataset dataset) {
    TestingLoads opened = new TestingLoads(folder.resolve(name), dataset);
    opened.now = Instant.now();
    return opened;
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /**
   * Persons 47114711 and 47124712 on each day, and of each a row that is rejected. Fewer digits
   * would be found by chance in the ids of snapshots.
   */
  private static String file(int day) {
    return """
    id,person,name,note
    %1$d0,47114711,CNRYada,a
    %1$d1,47124712,CNRYbob,b
    %1$d3,47114711,CNRYada
    %1$dx,+047114711,CNRYada,c
    %1$dx,47124712,CNRYbob,d
    """
        .formatted(day);
  }

  private static void deliver(TestingLoads loads, int day) {
    loads.deliver("people/2025-01-%02d.csv".formatted(day), file(day));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  private Erasure erase() {
    return loads.erasures().erase(PEOPLE.name(), Map.of("person", "47114711"), "ada");
  }

  private static void assertGone(TestingLoads loads) {
    assertThat(loads.filesWith("CNRYada", KEPT)).isEmpty();
    assertThat(loads.filesWith("47114711", "warehouse/vault", "vault/rejects")).isEmpty();
    assertThat(loads.filesWith("CNRYbob", KEPT)).isNotEmpty();
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
  }

  @Test
  void theErasedPersonIsInNoFileAndEverybodyElseStays() {
    for (int day = 1; day <= 3; day++) {
      deliver(loads, day);
    }
    loads.maintenance().compact(null, done -> {});
    deliver(loads, 4);
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.DONE);
    assertThat(erasure.tables())
        .singleElement()
        .satisfies(table -> {
          assertThat(table.rows()).isEqualTo(4);
          assertThat(table.vaultRows()).isEqualTo(4);
          assertThat(table.rejects()).isEqualTo(8);
        });
    assertThat(erasure.landing()).hasSize(4);
    assertThat(erasure.toString()).doesNotContain("47114711", "CNRY");
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("b|4");
    assertThat(loads.rows(Side.VAULT, "name, count(*)")).containsExactly("CNRYbob|4");
    assertThat(loads.table().history()).hasSize(1);
    assertGone(loads);
    assertThat(loads.erasures().find(erasure.id())).contains(erasure);
  }

  @Test
  void whatPeopleWroteOfThePersonGoesFromTheDatabaseAndItsLog() {
    deliver(loads, 1);
    String id = loads.all().getFirst().id();
    loads.service().addNote(id, "bob", "CNRYada (47114711, not 47124712) called", null);
    assertThat(loads.filesWith("CNRYada", "")).isNotEmpty();
    erase();
    assertThat(loads.service().find(id).orElseThrow().notes())
        .extracting(Load.Note::text)
        .containsExactly("[erased] ([erased], not 47124712) called");
    assertThat(loads.filesWith("CNRYada", ""))
        .extracting(Path::getFileName)
        .containsExactly(Path.of("2025-01-01.csv"));
  }

  /** Whatever it was: the certificate is told, so that nobody asks anew, and is there. */
  @Test
  void anInterruptedErasureSaysWhichItIsAndGoesOn() throws Exception {
    deliver(loads, 1);
    Path file =
        loads.filesWith("CNRYada", "warehouse/vault").stream()
            .filter(one -> one.toString().endsWith(".parquet"))
            .findFirst()
            .orElseThrow();
    byte[] content = Files.readAllBytes(file);
    Files.delete(file);
    assertThatThrownBy(() -> erase())
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
              assertThat(loads.erasures().find(failure.detail().split(" ", -1)[1]))
                  .hasValueSatisfying(
                      one -> assertThat(one.state()).isEqualTo(Erasure.State.REGISTERED));
            });
    Files.write(file, content);
    assertThat(loads.erasures().resume())
        .singleElement()
        .satisfies(done -> assertThat(done.state()).isEqualTo(Erasure.State.DONE));
    assertGone(loads);
  }

  /** Only its own result keeps the person, until it can be made; and the certificate says so. */
  @Test
  void aViewThatCannotBeMadeKeepsNothingElse() {
    deliver(loads, 1);
    loads.failing.add(TestingLoads.name("t.broken"));
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.REGISTERED);
    assertThat(erasure.tables()).containsExactly(new Erasure.ErasedTable("t.people", 1, 1, 2));
    assertThat(loads.table().history()).hasSize(1);
    assertGone(loads);
    loads.failing.clear();
    assertThat(loads.erasures().resume())
        .singleElement()
        .satisfies(done -> {
          assertThat(done.state()).isEqualTo(Erasure.State.DONE);
          assertThat(done.tables()).isEqualTo(erasure.tables());
        });
  }

  @Test
  void anErasureThatTakesLongKeepsTheServiceFromReadinessForAMinute() {
    deliver(loads, 1);
    loads.failing.add(TestingLoads.name("t.broken"));
    erase();
    loads.failing.clear();
    CountDownLatch goOn = new CountDownLatch(1);
    loads.refreshing =
        () -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (ErasureService erasures = loads.erasures()) {
      erasures.start();
      assertThat(erasures.isReady()).isFalse();
      loads.now = loads.now.plusSeconds(60);
      assertThat(erasures.isReady()).isTrue();
      goOn.countDown();
    }
  }

  @Test
  void theServiceIsReadyOnceWhoWasBeingErasedIsFoundNoMore() {
    deliver(loads, 1);
    loads.failing.add(TestingLoads.name("t.broken"));
    erase();
    loads.failing.clear();
    try (ErasureService erasures = loads.erasures()) {
      assertThat(erasures.isReady()).isFalse();
      erasures.start();
      while (!erasures.isReady()) {
        Thread.onSpinWait();
      }
      assertThat(erasures.resume()).isEmpty();
    }
    try (ErasureService nothingOpen = loads.erasures()) {
      nothingOpen.start();
      assertThat(nothingOpen.isReady()).isTrue();
    }
  }

  /** Each value by itself, as people write it. */
  @Test
  void whatIsInsideOfValuesGoesFromWrittenTextsToo() {
    Dataset calls =
        new TestingDataset("t.calls")
            .source("calls/*.ndjson", Format.NDJSON)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .direct(
                "ways",
                new ColumnType.ListOf(
                    new ColumnType.Struct(
                        List.of(
                            new ColumnType.Field("mail", Scalar.VARCHAR),
                            new ColumnType.Field("phones", new ColumnType.ListOf(Scalar.VARCHAR)),
                            new ColumnType.Field("isOld", Scalar.BOOLEAN)))),
                Mask.NULL)
            .build();
    try (TestingLoads other = open("calls", calls)) {
      other.deliver(
          "calls/1.ndjson",
          """
          {"person": 47114711, "ways": [{"mail": "CNRYada@x", "phones": ["555 17", null], "isOld": true}, null]}
          {"person": 47114711, "ways": null}
          {"person": 47124712, "ways": [{"mail": "CNRYbob@x", "phones": []}]}
          """);
      String id = other.loadOne().id();
      other.service().addNote(id, "bob", "CNRYada@x, 555 17, true, CNRYbob@x", null);
      other.erasures().erase(calls.name(), Map.of("person", "47114711"), "ada");
      assertThat(other.service().find(id).orElseThrow().notes())
          .extracting(Load.Note::text)
          .containsExactly("[erased], [erased], true, CNRYbob@x");
    }
  }

  /** Another name, or none, for the column that tells persons: rows of before know them still. */
  @Test
  void thePersonIsFoundByAColumnThatTheContractNoLongerNames() {
    deliver(loads, 1);
    String id = loads.all().getFirst().id();
    loads.service().addNote(id, "bob", "CNRYada called", null);
    Dataset renamed =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d.csv", Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.INTEGER)
            .direct("human", Scalar.BIGINT, Mask.PSEUDONYM)
            .column("note", Scalar.VARCHAR)
            .build();
    Dataset others =
        new TestingDataset("t.others")
            .source("others/*.csv", Format.CSV)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .build();
    Dataset left =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d.csv", Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.INTEGER)
            .column("note", Scalar.VARCHAR)
            .build();
    loads.define(renamed);
    loads.deliver("people/2025-01-02.csv", file(2).replace("id,person", "id,human"));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.define(left);
    loads.beside.add(others);
    Map<String, String> key = Map.of("person", "47114711");
    assertThat(loads.erasures().erase(others.name(), key, "ada").tables())
        .containsExactly(
            new Erasure.ErasedTable("t.others", 0, 0, 0),
            new Erasure.ErasedTable("t.people", 2, 2, 4));
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("b|2");
    assertThat(loads.filesWith("CNRYada", KEPT)).isEmpty();
    assertThat(loads.filesWith("47114711", "warehouse/vault", "vault/rejects")).isEmpty();
    assertThat(loads.filesWith("CNRYbob", "warehouse/vault")).isNotEmpty();
    assertThat(loads.service().find(id).orElseThrow().notes())
        .extracting(Load.Note::text)
        .containsExactly("[erased] called");
  }

  @Test
  void aCommitThatWasNotNotedIsNotedBeforeItIsForgotten() {
    loads.deliver("people/2025-01-01.csv", file(1));
    loads.service().scan();
    loads.crashAt(LoadStep.COMMITTED);
    erase();
    assertThat(loads.table().history()).hasSize(1);
    assertThat(loads.all()).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    loads.restart();
    assertThat(loads.service().runDue()).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("b|1");
    assertGone(loads);
  }

  /** Such as the rows of a commit that never came, and copies that were being made. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatKilledProcessesHaveLeftOfThePersonGoesToo(boolean isErased) throws Exception {
    Path place = folder.resolve("killed");
    TestingStores stores = TestingStores.local(place);
    TestingObjectStore data = TestingObjectStore.local(place.resolve("warehouse/data"));
    AtomicBoolean dies = new AtomicBoolean();
    data.intercept((operation, key, call) -> {
      if (dies.get() && key.endsWith(".metadata.json")) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "killed");
      }
      return call.run();
    });
    try (TestingLoads other =
        new TestingLoads(
            place,
            PEOPLE,
            new TestingStores(stores.landing(), data, stores.vault(), stores.rejects()))) {
      other.now = Instant.now();
      other.deliver("people/2025-01-01.csv", "id,person,name,note\n1,47124712,CNRYbob,b\n");
      other.loadOne();
      dies.set(true);
      other.deliver("people/2025-01-02.csv", file(2));
      other.load();
      dies.set(false);
      assertThat(other.filesWith("CNRYada", "warehouse/vault")).isNotEmpty();
      Path copy = Files.createDirectories(place.resolve("vault/maintenance/erase1"));
      Files.createFile(copy.resolve(".in-use"));
      Files.writeString(copy.resolve("before"), "CNRYada");
      Files.delete(place.resolve("landing/people/2025-01-02.csv"));
      other.restart();
      assertThat(other.erasures().erase(PEOPLE.name(), Map.of("person", "47114711"), "ada").state())
          .isEqualTo(Erasure.State.DONE);
      assertGone(other);
    }
  }

  @Test
  void neitherTheSameDumpNorABackfillNorALaterDumpBringsThemBack() {
    deliver(loads, 1);
    erase();
    loads.deliver("people/2025-01-01.csv", file(1));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.SKIPPED);
    assertGone(loads);
    loads.service().backfill(PEOPLE.name(), LocalDate.of(2025, 1, 1), LocalDate.of(2025, 1, 2));
    Load again = loads.service().runDue().getFirst();
    assertThat(again.state()).isEqualTo(Load.State.COMMITTED);
    assertThat(again.rows()).isEqualTo(new Load.RowCounts(5, 1, 2, 0, 2));
    assertGone(loads);
    deliver(loads, 2);
    assertThat(loads.rows(Side.ORDINARY, "note, count(*)")).containsExactly("b|2");
    assertGone(loads);
  }

  /** The service notes it beside the backup where it can; else somebody brings the certificate. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOlderBackupDoesNotBringThemBack(boolean isReached) throws Exception {
    BackupStores target =
        new BackupStores(
            new LocalObjectStore(folder.resolve("backup/data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("backup/vault"), Privacy.PRIVATE));
    deliver(loads, 1);
    loads.backup(target).run();
    if (!isReached) {
      loads.backups = null;
    }
    Erasure certificate = erase();
    assertThat(certificate.state()).isEqualTo(Erasure.State.DONE);
    loads.now = loads.now.plusSeconds(60);
    Files.createDirectories(folder.resolve("two"));
    Files.move(folder.resolve("one/landing"), folder.resolve("two/landing"));
    try (TestingLoads restored = open("two", PEOPLE)) {
      restored.now = loads.now;
      restored.restore(target).run(isReached ? List.of() : List.of(certificate));
      restored.restart();
      assertThat(restored.filesWith("CNRYada", KEPT)).isNotEmpty();
      assertThat(restored.erasures().resume())
          .singleElement()
          .satisfies(done -> assertThat(done.state()).isEqualTo(Erasure.State.DONE));
      assertGone(restored);
      deliver(restored, 2);
      assertGone(restored);
    }
    // A backup that is younger knows it by itself.
    try (TestingLoads restored = open("three", PEOPLE)) {
      loads.backup(target).run();
      restored.now = loads.now;
      restored.restore(target).run(List.of());
      restored.restart();
      deliver(restored, 3);
      assertGone(restored);
    }
  }

  @Test
  void filesStayWhileAStatementThatBeganBeforeReadsThem() {
    deliver(loads, 1);
    PairSnapshot before = loads.table().findCurrent().orElseThrow();
    loads.oldestStatement = loads.now.minusSeconds(5);
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.REMOVED);
    assertThat(erasure.filesWaiting()).isPositive();
    assertThat(loads.table().find(before.id())).isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "note")).containsExactly("b");
    assertThat(loads.filesWith("CNRYada", "warehouse")).isNotEmpty();
    loads.oldestStatement = null;
    assertThat(loads.erasures().resume())
        .singleElement()
        .satisfies(done -> assertThat(done.state()).isEqualTo(Erasure.State.DONE));
    assertThat(loads.erasures().resume()).isEmpty();
    assertGone(loads);
  }

  @Test
  void whoCannotBeToldIsRefusedInWords() {
    for (Map<String, String> key :
        List.of(
            Map.of("id", "10"),
            Map.of("person", "x"),
            Map.of("person", "10.4"),
            Map.of("person", "1", "id", "2"))) {
      assertThatThrownBy(() -> loads.erasures().erase(PEOPLE.name(), key, "ada"))
          .isInstanceOfSatisfying(
              EngineException.class,
              failure -> {
                assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                assertThat(failure.detail()).contains("allowed").doesNotContain("10", "x\"");
              });
    }
    assertThatThrownBy(
            () -> loads.erasures().erase(TestingLoads.name("t.nothing"), Map.of("", "1"), "ada"))
        .hasMessageContaining("t.nothing");
  }

  @Test
  void aPersonWhoHasNotComeYetNeverComes() {
    assertThat(loads.erasures().erase(PEOPLE.name(), Map.of("", "47114711"), "ada").state())
        .isEqualTo(Erasure.State.DONE);
    deliver(loads, 1);
    assertGone(loads);
  }

  @Test
  void whereNoColumnHasAPseudonymTheKeyTells() {
    Dataset forms =
        new TestingDataset("t.forms")
            .source("forms/*.csv", Format.CSV)
            .load(LoadMode.APPEND)
            .key(null, "form")
            .column("form", Scalar.VARCHAR)
            .direct("name", Scalar.VARCHAR, Mask.REDACT)
            .build();
    try (TestingLoads other = open("forms", forms)) {
      other.deliver("forms/1.csv", "form,name\nF-1,CNRYada\nF-2,CNRYbob\n");
      other.loadOne();
      assertThat(other.erasures().erase(forms.name(), Map.of("", "F-1"), "ada").state())
          .isEqualTo(Erasure.State.DONE);
      assertThat(other.filesWith("CNRYada", KEPT)).isEmpty();
      other.deliver("forms/2.csv", "form,name\nF-1,CNRYada\nF-3,CNRYcarl\n");
      other.loadOne();
      assertThat(other.rows(Side.ORDINARY, "form")).containsExactly("F-2", "F-3");
      assertThat(other.filesWith("CNRYada", KEPT)).isEmpty();
    }
  }

  private static Dataset people(Mask mask, @Nullable String domain) {
    return new TestingDataset("t.people")
        .source("people/%Y-%m-%d.csv", Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .key(null, "person")
        .column("id", Scalar.INTEGER)
        .direct("person", Scalar.BIGINT, mask, domain)
        .direct("name", Scalar.VARCHAR, Mask.REDACT)
        .column("note", Scalar.VARCHAR)
        .build();
  }

  /** Nor another mask, nor what tells persons besides. */
  @Test
  void anotherDomainBringsNobodyBack() {
    Dataset keyed = people(Mask.LAST4, null);
    Dataset ofPersons = people(Mask.PSEUDONYM, "person");
    Dataset ofVeterans = people(Mask.PSEUDONYM, "veteran");
    try (TestingLoads other = open("domains", keyed)) {
      other.deliver("people/2025-01-01.csv", file(1));
      other.load();
      assertThat(other.erasures().erase(keyed.name(), Map.of("person", "47114711"), "ada").state())
          .isEqualTo(Erasure.State.DONE);
      int day = 2;
      for (Dataset changed : List.of(ofPersons, ofVeterans, keyed)) {
        other.define(changed);
        other.maintenance().rebuild(null, done -> {});
        other.deliver("people/2025-01-%02d.csv".formatted(day), file(day));
        other.load();
        assertGone(other);
        assertThat(other.rows(Side.VAULT, "name").size()).isEqualTo(day);
        // What tells persons by now is known from each further erasure.
        other.erasures().erase(changed.name(), Map.of("person", "1"), "ada");
        day++;
      }
    }
  }

  @Test
  void aDatasetThatComesBackIsSearchedThen() {
    Dataset visits =
        new TestingDataset("t.visits")
            .source("visits/*.csv", Format.CSV)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .direct("name", Scalar.VARCHAR, Mask.REDACT)
            .build();
    deliver(loads, 1);
    loads.beside.add(visits);
    loads.deliver("visits/1.csv", "person,name\n47114711,CNRYada\n47124712,CNRYbob\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.now = loads.now.plusSeconds(60);
    loads.beside.remove(visits);
    String id = erase().id();
    ErasureService erasures = loads.erasures();
    erasures.reopen(loads.pack());
    assertThat(erasures.resume()).isEmpty();
    loads.beside.add(visits);
    erasures.reopen(loads.pack());
    assertThat(erasures.resume())
        .singleElement()
        .satisfies(done -> {
          assertThat(done.id()).isEqualTo(id);
          assertThat(done.state()).isEqualTo(Erasure.State.DONE);
          assertThat(done.tables()).hasSize(2);
        });
    assertGone(loads);
    erasures.reopen(loads.pack());
    assertThat(erasures.resume()).isEmpty();
  }

  @Test
  void rejectedRowsAreSearchedByTheirOwnDialect() {
    Dataset codes =
        new TestingDataset("t.codes")
            .source("codes/*.csv", Format.CSV, '~')
            .source("codes/*.txt", Format.CSV)
            .source("codes/*.ndjson", Format.NDJSON)
            .load(LoadMode.APPEND)
            .column("id", Scalar.INTEGER)
            .direct("code", Scalar.VARCHAR, Mask.PSEUDONYM)
            .build();
    Map<String, String> told = new TreeMap<>();
    told.put("urn:p:CNRY1", "urn:p:CNRY1");
    told.put("CNRY O'N", "CNRY O'N");
    told.put("CNRY, 2", "\"CNRY, 2\"");
    told.put("CNRY \"q\" 3", "\"CNRY \"\"q\"\" 3\"");
    told.put(" CNRY4", " CNRY4");
    told.put("CNRY5\\", "CNRY5\\");
    try (TestingLoads other = open("codes", codes)) {
      told.forEach((code, written) -> {
        String name = "codes/" + Integer.toHexString(code.hashCode());
        other.deliver(
            name + ".txt",
            "id,code\n1,CNRYother\nx,%1$s\n1,%1$s,more\n2,CNRYlast\n".formatted(written));
        other.deliver(
            name + ".csv",
            "id~code\n1~CNRYother\nx~%1$s\n1~%1$s~more\n2~CNRYlast\n".formatted(written));
        String json = code.replace("\\", "\\\\").replace("\"", "\\\"");
        other.deliver(
            name + ".ndjson",
            "{\"id\": \"x\", \"code\": \"%1$s\"}\n{\"id\": 7, \"code\": \"%1$s\", \"id\": 8}\n"
                .formatted(json));
      });
      assertThat(other.load()).hasSize(3 * told.size());
      for (String code : told.keySet()) {
        assertThat(other.erasures().erase(codes.name(), Map.of("code", code), "ada").tables())
            .as(code)
            .singleElement()
            .satisfies(table -> assertThat(table.rejects()).as(code).isEqualTo(6));
      }
    }
  }

  /** Of every type: dates and numbers too, in the request as well. */
  @Test
  void rejectedRowsAreSearchedForWhatTheContractSpellsOtherwise() {
    record Spelled(ColumnType type, TextFormat text, String written, String iso) {}
    TextFormat numbers = new TextFormat(List.of(), ZoneOffset.UTC, ',', '.', List.of(), List.of());
    List<Spelled> spelled =
        List.of(
            new Spelled(Scalar.BIGINT, numbers, "9.000.004.711", "9000004711"),
            new Spelled(new ColumnType.Decimal(14, 2), numbers, "9.000.004,5", "9000004.50"),
            new Spelled(Scalar.DOUBLE, numbers, "4.711,5", "4711.5"),
            new Spelled(
                Scalar.DATE, TestingDataset.formats("UTC", "%d.%m.%Y"), "31.12.1890", "1890-12-31"),
            new Spelled(
                Scalar.TIMESTAMPTZ,
                TestingDataset.formats("Europe/Berlin", "%d.%m.%Y %H:%M"),
                "31.12.1990 08:00",
                "1990-12-31T07:00:00Z"),
            new Spelled(Scalar.VARCHAR, TextFormat.DEFAULT, "Ada L.", "Ada L."),
            new Spelled(
                Scalar.UUID,
                TextFormat.DEFAULT,
                "CAFE0000-0000-4000-8000-00000000CAFE",
                "cafe0000-0000-4000-8000-00000000cafe"));
    for (Spelled one : spelled) {
      Dataset forms =
          new TestingDataset("t.forms")
              .source("forms/*.csv", Format.CSV)
              .load(LoadMode.APPEND)
              .key(null, "form")
              .column("form", one.type(), one.text(), Column.Constraints.NONE)
              .column("pages", Scalar.INTEGER)
              .direct("name", Scalar.VARCHAR, Mask.REDACT)
              .build();
      try (TestingLoads other = open(one.type().sql().replaceAll("\\W", ""), forms)) {
        String file =
            "form,pages,name\n\"%1$s\",many,CNRYada\n\"%1$s\",1,CNRYada\n,x,CNRYbob\n,1,\n"
                .formatted(one.written());
        other.deliver("forms/1.csv", file);
        assertThat(other.loadOne().rows()).isEqualTo(new Load.RowCounts(4, 2, 2, 0, 0));
        for (String key : List.of(one.iso(), one.written())) {
          Erasure erasure = other.erasures().erase(forms.name(), Map.of("", key), "ada");
          assertThat(erasure.tables())
              .as("%s", one)
              .containsExactly(
                  key.equals(one.iso())
                      ? new Erasure.ErasedTable("t.forms", 1, 1, 1)
                      : new Erasure.ErasedTable("t.forms", 0, 0, 0));
          assertThat(other.filesWith("CNRYada", KEPT)).isEmpty();
          if (one.iso().equals(one.written())) {
            break;
          }
        }
        other.deliver("forms/2.csv", file + ",2,\n");
        other.loadOne();
        assertThat(other.filesWith("CNRYada", KEPT)).isEmpty();
        assertThat(other.filesWith("CNRYbob", KEPT)).hasSize(2);
      }
    }
  }

  @Test
  void rejectedRowsOfAKeyOfSeveralColumnsGoTooWhereverItsValuesStand() {
    Dataset forms =
        new TestingDataset("t.forms")
            .source("forms/*.csv", Format.CSV)
            .load(LoadMode.APPEND)
            .key(null, "office", "form")
            .column("day", Scalar.DATE)
            .column("form", Scalar.INTEGER)
            .direct("name", Scalar.VARCHAR, Mask.REDACT)
            .column("office", Scalar.VARCHAR)
            .build();
    String manyNumbers =
        IntStream.range(1_000, 1_150).mapToObj(Integer::toString).collect(Collectors.joining(";"));
    try (TestingLoads other = open("forms", forms)) {
      String file =
          """
          day,form,name,office
          2025-01-01,1,CNRYada,Mainz
          never,17,CNRYada,Mainz
          never,017,CNRYada,Mainz
          never,17,CNRYbob,Rome
          never,18,CNRYbob,Mainz
          """;
      other.deliver("forms/1.csv", file);
      assertThat(other.loadOne().rows()).isEqualTo(new Load.RowCounts(5, 1, 4, 0, 0));
      Map<String, String> key = Map.of("office", "Mainz", "form", "17");
      assertThat(other.erasures().erase(forms.name(), key, "ada").tables())
          .singleElement()
          .satisfies(table -> assertThat(table.rejects()).isEqualTo(2));
      assertThat(other.filesWith("CNRYada", "vault/rejects")).isEmpty();
      assertThat(other.filesWith("CNRYbob", "vault/rejects")).hasSize(1);
      other.deliver(
          "forms/2.csv",
          file.replace("CNRYbob", "CNRYeve")
              + "never,17,\"CNRYcarl;%s\",Rome\n".formatted(manyNumbers));
      other.loadOne();
      assertThat(other.filesWith("CNRYada", "vault/rejects")).isEmpty();
      assertThat(other.filesWith("CNRYeve", "vault/rejects")).hasSize(1);
      assertThat(other.filesWith("CNRYcarl", "vault/rejects"))
          .as("too long to be searched")
          .isEmpty();
    }
  }
}
