package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.maintenance.Maintenance;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.FileRewrite;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Columns whose protection the steward has changed after rows had come. */
class RebuildTest {

  @TempDir private Path folder;

  private TestingLoads loads;

  /** People whose name and city are protected so; null: in the clear. */
  private static Dataset people(@Nullable Mask name, @Nullable Mask city) {
    return people(LoadMode.REPLACE_DATE, name, city);
  }

  private static Dataset people(LoadMode mode, @Nullable Mask name, @Nullable Mask city) {
    TestingDataset people =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d*.csv", Format.CSV)
            .load(mode)
            .column("id", Scalar.INTEGER);
    TestingDataset named =
        name == null
            ? people.column("name", Scalar.VARCHAR)
            : people.direct("name", Scalar.VARCHAR, name);
    return (city == null
            ? named.column("city", Scalar.VARCHAR)
            : named.direct("city", Scalar.VARCHAR, city))
        .build();
  }

  @BeforeEach
  void open() {
    loads = new TestingLoads(folder, people(null, null));
    loads.now = Instant.now();
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliver(int day) {
    loads.deliver(
        "people/2025-01-%02d.csv".formatted(day),
        "id,name,city\n%1$d0,CNRYada,Paris%1$d\n%1$d1,,Rome%1$d\n".formatted(day));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  private List<Maintenance> rebuild() {
    List<Maintenance> told = new ArrayList<>();
    loads.maintenance().rebuild(null, told::add);
    return told;
  }

  /** Long after. */
  private void removeFiles() {
    loads.now = loads.now.plus(Duration.ofDays(2));
    loads.maintenance().removeOrphans(done -> {});
  }

  private void assertPaired() {
    assertThat(loads.rows(Side.VAULT, "_row_key")).isEqualTo(loads.rows(Side.ORDINARY, "_row_key"));
  }

  @Test
  void aColumnThatTurnsOutToIdentifyMovesToTheVaultAndIsInNoOrdinaryFile() {
    deliver(1);
    deliver(2);
    loads.define(people(Mask.PREFIX3, null));
    assertThat(loads.rows(Side.ORDINARY, "id, name"))
        .containsExactly("10|null", "11|null", "20|null", "21|null");
    deliver(3);
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "id, name, city"))
        .containsExactly(
            "10|CNR****|Paris1",
            "11|null|Rome1",
            "20|CNR****|Paris2",
            "21|null|Rome2",
            "30|CNR****|Paris3",
            "31|null|Rome3");
    assertThat(loads.rows(Side.VAULT, "name, count(*)")).containsExactly("CNRYada|3", "null|3");
    assertPaired();
    assertThat(loads.table().history()).hasSize(1);
    removeFiles();
    assertThat(loads.filesWith("CNRYada", "warehouse/data")).isEmpty();
    assertThat(rebuild()).isEmpty();
    // The vault is there by now; another column follows.
    loads.define(people(Mask.PREFIX3, Mask.REDACT));
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "city, count(*)")).containsExactly("[redacted]|6");
    assertThat(loads.rows(Side.VAULT, "name, city"))
        .contains("CNRYada|Paris1", "null|Rome3")
        .hasSize(6);
    removeFiles();
    assertThat(loads.filesWith("Paris", "warehouse/data")).isEmpty();
    deliver(4);
    assertThat(loads.rows(Side.ORDINARY, "city, count(*)")).containsExactly("[redacted]|8");
    assertPaired();
  }

  /** The nightly maintenance, and a day that comes again, before anybody has it made anew. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsLostByFilesThatAreWrittenAnewBefore(boolean wasMasked) {
    loads.define(people(wasMasked ? Mask.REDACT : null, null));
    deliver(1);
    deliver(2);
    loads.define(people(Mask.PREFIX3, null));
    List<Maintenance> merged = new ArrayList<>();
    loads.maintenance().compact(null, merged::add);
    assertThat(merged).isNotEmpty();
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("null|4");
    loads.deliver("people/2025-01-02.csv", "id,name,city\n22,CNRYbob,Bonn\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.maintenance().compact(null, merged::add);
    assertThat(loads.rows(Side.ORDINARY, "id, name"))
        .containsExactly("10|null", "11|null", "22|CNR****");
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "id, name"))
        .containsExactly("10|CNR****", "11|null", "22|CNR****");
    assertThat(loads.rows(Side.VAULT, "name")).containsExactly("CNRYada", "CNRYbob", "null");
    assertPaired();
    assertThat(rebuild()).isEmpty();
    removeFiles();
    assertThat(loads.filesWith("CNRY", "warehouse/data")).isEmpty();
  }

  @Test
  void aColumnThatHasChangedSeveralTimesIsMadeFromWhateverHasIt() {
    deliver(1);
    loads.define(people(Mask.REDACT, null));
    deliver(2);
    loads.define(people(null, null));
    deliver(3);
    loads.define(people(Mask.PREFIX3, null));
    loads.maintenance().compact(null, done -> {});
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("CNR****|3", "null|3");
    assertThat(loads.rows(Side.VAULT, "name, count(*)")).containsExactly("CNRYada|3", "null|3");
    assertPaired();
    assertThat(rebuild()).isEmpty();
  }

  /** It may have read the contract a while ago. */
  @Test
  void maintenanceThatKnowsAnEarlierContractDoesNotBringItBack() {
    deliver(1);
    deliver(2);
    MaintenanceService earlier = loads.maintenance();
    loads.define(people(Mask.PREFIX3, null));
    assertThat(rebuild()).hasSize(1);
    earlier.compact(null, done -> {});
    earlier.expire(null, done -> {});
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("CNR****|2", "null|2");
    assertThat(rebuild()).isEmpty();
  }

  private static Dataset keyed(LoadMode mode, @Nullable Mask name) {
    TestingDataset people =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d*.csv", Format.CSV)
            .load(mode)
            .key("id", "name")
            .column("id", Scalar.INTEGER);
    return (name == null
            ? people.required("name", Scalar.VARCHAR)
            : people.direct("name", Scalar.VARCHAR, name))
        .build();
  }

  /** A row that is there must not be taken for a new one. */
  @ParameterizedTest
  @EnumSource(
      value = LoadMode.class,
      names = {"APPEND", "UPSERT"})
  void aLoadWaitsWhoseKeyIsToBeMadeAnew(LoadMode mode) {
    loads.define(keyed(mode, null));
    loads.deliver("people/2025-01-01.csv", "id,name\n1,CNRYada\n2,CNRYbob\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.define(keyed(mode, Mask.PSEUDONYM));
    loads.deliver("people/2025-01-02.csv", "id,name\n3,CNRYbob\n4,CNRYeve\n");
    loads.load();
    Load waits = loads.all().getFirst();
    assertThat(waits.state()).isEqualTo(Load.State.FOUND);
    assertThat(waits.reason()).contains("maintain --rebuild", "name");
    assertThat(rebuild()).hasSize(1);
    loads.service().retry(waits.id(), Set.of());
    assertThat(loads.load()).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.VAULT, "name")).containsExactly("CNRYada", "CNRYbob", "CNRYeve");
    assertPaired();
    // Back in the clear, and another mask, of which the vault has every key.
    loads.define(keyed(mode, Mask.REDACT));
    rebuild();
    loads.define(keyed(mode, null));
    loads.deliver("people/2025-01-03.csv", "id,name\n5,CNRYeve\n");
    loads.load();
    assertThat(loads.all().getFirst().reason()).contains("maintain --rebuild");
    rebuild();
    loads.service().retry(loads.all().getFirst().id(), Set.of());
    loads.load();
    assertThat(loads.rows(Side.ORDINARY, "name")).containsExactly("CNRYada", "CNRYbob", "CNRYeve");
  }

  private static Dataset withPhones(@Nullable Mask phones) {
    TestingDataset people =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d.ndjson", Format.NDJSON)
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.INTEGER);
    ColumnType texts = new ColumnType.ListOf(Scalar.VARCHAR);
    return (phones == null
            ? people.column("phones", texts)
            : people.direct("phones", texts, phones))
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = Mask.class,
      names = {"REDACT", "NULL"})
  void aListIsMadeAnewToo(Mask mask) {
    loads.define(withPhones(null));
    for (int day = 1; day <= 2; day++) {
      loads.deliver(
          "people/2025-01-0%d.ndjson".formatted(day),
          "{\"id\": %d, \"phones\": [\"CNRY-555\"]}\n".formatted(day));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
    loads.define(withPhones(mask));
    loads.maintenance().compact(null, done -> {});
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.VAULT, "phones[1]")).containsExactly("CNRY-555", "CNRY-555");
    assertThat(rebuild()).isEmpty();
    removeFiles();
    assertThat(loads.filesWith("CNRY", "warehouse/data")).isEmpty();
  }

  /** First it turns out to identify, and then nobody wants it. */
  @Test
  void aColumnThatHasLeftTheContractIsNoLongerInTheClearEither() {
    deliver(1);
    loads.define(people(Mask.REDACT, null));
    TestingDataset less =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d*.csv", Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.INTEGER)
            .column("city", Scalar.VARCHAR);
    loads.define(less.build());
    deliver(2);
    loads.maintenance().compact(null, done -> {});
    assertThat(rebuild()).hasSize(1);
    removeFiles();
    assertThat(loads.filesWith("CNRY", "warehouse/data")).isEmpty();
    loads.define(people(Mask.REDACT, null));
    assertThat(loads.rows(Side.ORDINARY, "id, name"))
        .containsExactly("10|[redacted]", "11|null", "20|null", "21|null");
    assertThat(loads.rows(Side.VAULT, "name").stream().filter("CNRYada"::equals)).hasSize(1);
    assertThat(rebuild()).isEmpty();
  }

  @Test
  void aLoadThatRunsWhileTheProtectionChangesIsRunAnew() {
    deliver(1);
    loads.deliver("people/2025-01-02.csv", "id,name,city\n20,CNRYada,Paris\n");
    loads.service().scan();
    AtomicBoolean changed = new AtomicBoolean();
    loads
        .service()
        .listen((load, reached) -> {
          if (reached == LoadStep.UPLOADED && changed.compareAndSet(false, true)) {
            loads.define(people(Mask.PREFIX3, null));
            assertThat(rebuild()).hasSize(1);
          }
        });
    loads.service().runDue();
    Load load = loads.all().getFirst();
    assertThat(load.state()).isEqualTo(Load.State.FOUND);
    assertThat(load.reason()).contains("protection");
    loads.service().retry(load.id(), Set.of());
    assertThat(loads.service().runDue()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("CNR****|2", "null|1");
    assertThat(rebuild()).isEmpty();
    assertPaired();
    loads.now = loads.now.plus(Duration.ofDays(2));
    loads.maintenance().removeOrphans(done -> {});
    assertThat(loads.filesWith("CNRY", "warehouse/data")).isEmpty();
  }

  @Test
  void whatWasMadeForAnotherProtectionIsNotCommitted() {
    deliver(1);
    loads.define(people(Mask.REDACT, null));
    LakeTable table = loads.table();
    PairSnapshot now = table.findCurrent().orElseThrow();
    FileRewrite made =
        new FileRewrite(
            Side.ORDINARY, table.plan(now, Side.ORDINARY, new ScanFilter.All()), List.of());
    loads.define(people(Mask.REDACT, Mask.REDACT));
    assertThat(table.rewrite(FileRewrite.Purpose.REBUILD, List.of(made))).isEmpty();
    assertThat(table.findCurrent()).contains(now);
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "name, city"))
        .containsExactly("[redacted]|[redacted]", "null|[redacted]");
  }

  /** Another replica that has not read the views folder yet. */
  @Test
  void anEarlierContractIsNotBroughtBack() {
    deliver(1);
    loads.define(people(Mask.PREFIX3, null));
    assertThat(rebuild()).hasSize(1);
    loads.know(people(null, null));
    loads.deliver("people/2025-01-02.csv", "id,name,city\n20,CNRYada,Paris\n");
    loads.load();
    assertThat(loads.all().getFirst().reason()).contains("protection");
    assertThatThrownBy(() -> loads.maintenance().rebuildForErasure(people(null, null)))
        .hasMessageContaining("protection");
    loads.know(people(Mask.PREFIX3, null));
    loads.service().retry(loads.all().getFirst().id(), Set.of());
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("CNR****|2", "null|1");
    assertThat(loads.filesWith("CNRY", "warehouse/data"))
        .filteredOn(file -> file.toString().endsWith(".parquet"))
        .hasSize(1); // the state before
  }

  @Test
  void whoWasErasedDoesNotComeBackWithAColumnThatTellsPersons() {
    Dataset other =
        new TestingDataset("t.visits")
            .source("visits/%Y-%m-%d.csv", Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .direct("name", Scalar.VARCHAR, Mask.PSEUDONYM)
            .build();
    loads.beside.add(other);
    loads.deliver("visits/2025-01-01.csv", "name\nCNRYada\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    deliver(1);
    loads.erasures().erase(other.name(), Map.of("name", "CNRYada"), "ada");
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("10", "11");
    loads.define(people(Mask.PSEUDONYM, null));
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("11");
    assertPaired();
  }

  @Test
  void aPersonIsErasedFromRowsOfATimeAtWhichNobodyKnewThatTheyTellPersons() {
    loads.deliver("people/2025-01-01.csv", "id,name,city\n1,CNRYada,Paris\n2,CNRYbob,Bonn\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.define(people(Mask.PSEUDONYM, null));
    loads.erasures().erase(loads.table().dataset().name(), Map.of("name", "CNRYada"), "ada");
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("2");
    assertThat(loads.rows(Side.VAULT, "name")).containsExactly("CNRYbob");
    assertThat(rebuild()).isEmpty();
    removeFiles();
    assertThat(loads.filesWith("CNRYada", "warehouse", "vault")).isEmpty();
  }

  /** The process has died between a commit and its note, and the commit has been forgotten. */
  private void forgetACommit(LoadMode mode) {
    loads.define(people(mode, null, null));
    loads.deliver("people/2025-01-01.csv", "id,name,city\n10,CNRYada,Paris\n11,,Rome\n");
    loads.service().scan();
    loads.crashAt(LoadStep.COMMITTED);
    loads.define(people(mode, Mask.REDACT, null));
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.table().history()).hasSize(1).allMatch(state -> state.loadId() == null);
  }

  @ParameterizedTest
  @EnumSource(
      value = LoadMode.class,
      names = {"REPLACE_DATE", "APPEND", "REPLACE_ALL"})
  void aLoadWhoseCommitIsForgottenIsNotInTwice(LoadMode mode) {
    forgetACommit(mode);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.all()).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, name")).containsExactly("10|[redacted]", "11|null");
    assertPaired();
  }

  @Test
  void aLoadWhoseCommitIsForgottenGivesWayToANewerOne() {
    forgetACommit(LoadMode.REPLACE_DATE);
    loads.deliver("people/2025-01-01_b.csv", "id,name,city\n12,CNRYeve,Bonn\n");
    loads.restart();
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED, Load.State.SKIPPED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("12");
    assertPaired();
  }

  @Test
  void anotherMaskIsMadeFromTheVaultAndNoMaskToo() {
    loads.define(people(Mask.REDACT, null));
    deliver(1);
    loads.define(people(Mask.PSEUDONYM, null));
    assertThat(rebuild()).hasSize(1);
    List<String> pseudonyms = loads.rows(Side.ORDINARY, "name");
    assertThat(pseudonyms.getFirst()).matches("[0-9a-f]{32}");
    deliver(2);
    assertThat(loads.rows(Side.ORDINARY, "name").stream().distinct()).hasSize(2);
    loads.define(people(null, null));
    assertThat(rebuild()).hasSize(1);
    assertThat(loads.rows(Side.ORDINARY, "name, count(*)")).containsExactly("CNRYada|2", "null|2");
    assertThat(rebuild()).isEmpty();
  }
}
