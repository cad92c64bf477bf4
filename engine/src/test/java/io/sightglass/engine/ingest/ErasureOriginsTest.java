package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an erasure says of landing objects and backups, and what it does to them. */
class ErasureOriginsTest {

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingObjectStore landing;

  @SuppressWarnings("NullAway.Init")
  private TestingObjectStore rejects;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private void open(LoadMode mode) {
    TestingStores local = TestingStores.local(folder);
    landing = TestingObjectStore.local(folder.resolve("landing"));
    rejects = TestingObjectStore.local(folder.resolve("vault/rejects"));
    Dataset people =
        new TestingDataset("t.people")
            .source("people/%Y-%m-%d*.csv", Format.CSV)
            .load(mode)
            .key(mode == LoadMode.UPSERT ? "changed" : null, "id")
            .column("id", Scalar.INTEGER)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .column("changed", Scalar.INTEGER)
            .build();
    loads =
        new TestingLoads(
            folder, people, new TestingStores(landing, local.data(), local.vault(), rejects));
    loads.now = Instant.now();
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliver(String name, String... rows) {
    loads.deliver(
        "people/" + name + ".csv", "id,person,changed\n" + String.join("\n", rows) + "\n");
    assertThat(loads.loadOne().state()).isIn(Load.State.COMMITTED, Load.State.SKIPPED);
  }

  private Erasure erase() {
    return loads.erasures().erase(TestingLoads.name("t.people"), Map.of("person", "4711"), "ada");
  }

  private static List<String> told(Erasure erasure) {
    return erasure.landing().stream()
        .map(object -> object.name().substring("people/".length()) + " " + object.fate())
        .toList();
  }

  private boolean isThere(String name) {
    return landing.find("people/" + name + ".csv").isPresent();
  }

  /** Of one who came four times, and of others. */
  private void deliverAll() {
    deliver("2025-01-01", "1,4711,1", "2,4712,1");
    deliver("2025-01-02", "1,4711,2");
    deliver("2025-01-03", "3,4713,1");
    deliver("2025-01-04", "x,4711,1", "4,4714,1");
    deliver("2025-01-05", "1,4711,2"); // the content of another
  }

  @Test
  void everyLoadThatBroughtThePersonIsNamedAndNoOther() {
    open(LoadMode.UPSERT);
    deliverAll();
    Erasure erasure = erase();
    assertThat(told(erasure))
        .containsExactly(
            "2025-01-01.csv LISTED",
            "2025-01-02.csv LISTED",
            "2025-01-04.csv LISTED",
            "2025-01-05.csv LISTED");
    assertThat(erasure.state()).isEqualTo(Erasure.State.DONE);
    assertThat(landing.count(Operation.DELETE)).isZero();
  }

  /** Whom it holds nobody knows: it is named, and stays. */
  @Test
  void whatIsInQuarantineIsNamedAsNotSearched() {
    open(LoadMode.UPSERT);
    deliver("2025-01-01", "1,4711,1");
    loads.deliver("people/2025-01-02.csv", "id,person,changed\n1,4711,2\n2,47");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.QUARANTINED);
    loads.removesLanding = true;
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.DONE);
    assertThat(told(erasure))
        .containsExactly("2025-01-01.csv REMOVED", "2025-01-02.csv UNSEARCHED");
    assertThat(isThere("2025-01-02")).isTrue();
  }

  /** The other delivery of a date that had the person counts as one that had, loaded or not. */
  @Test
  void noObjectHasTwoFates() {
    open(LoadMode.REPLACE_DATE);
    deliver("2025-01-01", "1,4711,1");
    loads.deliver("people/2025-01-01b.csv", "id,person,changed\n1,4711,2\n2,47");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(told(erase())).containsExactly("2025-01-01.csv LISTED", "2025-01-01b.csv LISTED");
  }

  @Test
  void whereTheDeploymentSaysSoTheyAreRemoved() {
    open(LoadMode.UPSERT);
    deliverAll();
    loads.removesLanding = true;
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.DONE);
    assertThat(told(erasure)).hasSize(4).allMatch(told -> told.endsWith("REMOVED"));
    assertThat(isThere("2025-01-03")).isTrue();
    assertThat(isThere("2025-01-01") || isThere("2025-01-02") || isThere("2025-01-04")).isFalse();
    assertThat(loads.erasures().resume()).isEmpty();
    assertThat(erase().landing()).as("once more").isEmpty();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("2", "3", "4");
  }

  @Test
  void anotherObjectOfThatNameStays() {
    open(LoadMode.APPEND);
    deliver("2025-01-01", "1,4711,1");
    loads.removesLanding = true;
    loads.deliver("people/2025-01-01.csv", "id,person,changed\n5,4715,1\n");
    assertThat(told(erase())).containsExactly("2025-01-01.csv REPLACED");
    assertThat(isThere("2025-01-01")).isTrue();
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void withoutTheRightItIsNotDoneAndGoesOnLater() {
    open(LoadMode.UPSERT);
    deliverAll();
    loads.removesLanding = true;
    AtomicInteger deletes = new AtomicInteger();
    landing.intercept((operation, key, call) -> {
      if (operation == Operation.DELETE && deletes.incrementAndGet() == 2) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No right to delete");
      }
      return call.run();
    });
    Erasure erasure = erase();
    assertThat(erasure.state()).isEqualTo(Erasure.State.REMOVED);
    assertThat(told(erasure)).filteredOn(told -> told.endsWith("LISTED")).hasSize(1);
    landing.calm();
    assertThat(loads.erasures().resume())
        .singleElement()
        .satisfies(done -> {
          assertThat(done.state()).isEqualTo(Erasure.State.DONE);
          assertThat(told(done)).hasSize(4).allMatch(told -> told.endsWith("REMOVED"));
        });
  }

  @Test
  void whatAnotherErasureIsStillToRemoveIsInItsOwnCertificate() {
    open(LoadMode.REPLACE_DATE);
    deliverAll();
    rejects.intercept(killing());
    assertThatThrownBy(this::erase).isInstanceOf(Kill.class);
    rejects.calm();
    loads.restart();
    Erasure other =
        loads.erasures().erase(TestingLoads.name("t.people"), Map.of("person", "4714"), "ada");
    assertThat(told(other)).containsExactly("2025-01-04.csv LISTED");
    assertThat(other.tables()).containsExactly(new Erasure.ErasedTable("t.people", 1, 1, 0));
    Erasure done = loads.erasures().resume().getFirst();
    assertThat(done.tables())
        .singleElement()
        .satisfies(table -> assertThat(table.rejects()).isPositive());
    assertThat(loads.filesWith("4711", "vault/rejects")).isEmpty();
  }

  @Test
  void killedAnywhereTheCertificateStillNamesThem() {
    open(LoadMode.REPLACE_DATE);
    deliverAll();
    loads.removesLanding = true;
    rejects.intercept(killing());
    assertThatThrownBy(this::erase).isInstanceOf(Kill.class);
    rejects.calm();
    loads.restart();
    landing.intercept(killing());
    assertThatThrownBy(() -> loads.erasures().resume()).isInstanceOf(Kill.class);
    landing.calm();
    loads.restart();
    Erasure done = loads.erasures().resume().getFirst();
    assertThat(done.state()).isEqualTo(Erasure.State.DONE);
    assertThat(told(done))
        .containsExactly(
            "2025-01-01.csv REMOVED",
            "2025-01-02.csv REMOVED",
            "2025-01-04.csv REMOVED",
            "2025-01-05.csv REMOVED");
    assertThat(loads.filesWith("4711", "landing", "vault/rejects")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoeverLooksMeanwhileLeavesTheCertificateAsItIs(boolean ofTheSameService) throws Exception {
    open(LoadMode.UPSERT);
    deliverAll();
    ErasureService erasing = loads.erasures();
    ErasureService looking = ofTheSameService ? erasing : loads.erasures();
    List<Erasure> seen = Collections.synchronizedList(new ArrayList<>());
    Thread clock = Thread.ofPlatform().unstarted(() -> seen.addAll(looking.resume()));
    AtomicBoolean begun = new AtomicBoolean();
    rejects.intercept((operation, key, call) -> {
      if (operation == Operation.LIST && begun.compareAndSet(false, true)) {
        clock.start();
        while (clock.getState() != Thread.State.WAITING
            && clock.getState() != Thread.State.TERMINATED) {
          Thread.onSpinWait();
        }
      }
      return call.run();
    });
    Erasure erasure = erasing.erase(TestingLoads.name("t.people"), Map.of("person", "4711"), "ada");
    clock.join(Duration.ofMinutes(1));
    assertThat(begun).isTrue();
    assertThat(erasure.tables())
        .singleElement()
        .satisfies(table -> {
          assertThat(table.rows()).isPositive();
          assertThat(table.rejects()).isPositive();
        });
    assertThat(loads.erasures().find(erasure.id())).contains(erasure);
    assertThat(seen).extracting(Erasure::id).containsExactly(erasure.id());
    assertThat(loads.erasures().resume()).isEmpty();
  }

  @Test
  void whoWasTakenForDeadLeavesTheCertificateToItsSuccessor() {
    open(LoadMode.UPSERT);
    deliverAll();
    AtomicBoolean begun = new AtomicBoolean();
    List<Erasure> successors = new ArrayList<>();
    rejects.intercept((operation, key, call) -> {
      if (operation == Operation.LIST && begun.compareAndSet(false, true)) {
        loads.restart();
        successors.addAll(loads.erasures().resume());
      }
      return call.run();
    });
    assertThatThrownBy(this::erase).hasMessageContaining("another process");
    Erasure done = loads.erasures().find(successors.getFirst().id()).orElseThrow();
    assertThat(done).isEqualTo(successors.getFirst());
    assertThat(done.state()).isEqualTo(Erasure.State.DONE);
    assertThat(done.tables())
        .singleElement()
        .satisfies(table -> {
          assertThat(table.rows()).isPositive();
          assertThat(table.rejects()).isPositive();
        });
  }

  /** At the first object that is to go. */
  private static TestingObjectStore.Interceptor killing() {
    return (operation, key, call) -> {
      if (operation == Operation.DELETE) {
        throw new Kill();
      }
      return call.run();
    };
  }

  /** Nothing may catch it. */
  private static final class Kill extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void backupsThatBeganBeforeTheEndAreNamed() {
    open(LoadMode.APPEND);
    deliverAll();
    BackupStores target =
        new BackupStores(
            new LocalObjectStore(folder.resolve("backup/data"), Privacy.SHARED),
            new LocalObjectStore(folder.resolve("backup/vault"), Privacy.PRIVATE));
    String set = loads.backup(target).run().set();
    loads.now = loads.now.plusSeconds(60);
    Erasure erasure = erase();
    loads.now = loads.now.plusSeconds(60);
    loads.backup(target).run();
    assertThat(loads.erasures().find(erasure.id()).orElseThrow().backups())
        .isEqualTo(erasure.backups())
        .singleElement()
        .satisfies(made -> {
          assertThat(made.set()).isEqualTo(set);
          assertThat(made.target()).isEqualTo(target.ordinary().uri());
        });
  }

  private BackupStores place(ObjectStore data) {
    return new BackupStores(
        data, new LocalObjectStore(folder.resolve("backup/vault"), Privacy.PRIVATE));
  }

  /** Killed after its last object is there, or before: whoever lies in it is told of it. */
  @Test
  void aBackupThatWasKilledWhileItBecameCompleteIsNamed() {
    open(LoadMode.APPEND);
    deliverAll();
    TestingObjectStore dying = TestingObjectStore.local(folder.resolve("backup/data"));
    dying.intercept((operation, key, call) -> {
      Object result = call.run();
      if (operation == Operation.CREATE && key.endsWith("set.json")) {
        throw new IllegalStateException("killed");
      }
      return result;
    });
    assertThatThrownBy(() -> loads.backup(place(dying)).run()).hasMessageContaining("killed");
    dying.intercept((operation, key, call) -> call.run());
    loads.now = loads.now.plusSeconds(60);
    assertThat(erase().backups())
        .singleElement()
        .satisfies(made -> assertThat(dying.find("sets/" + made.set() + "/set.json")).isPresent());
  }

  /** It holds whoever is erased from the restored deployment, and is restored once more. */
  @Test
  void theBackupThatADeploymentCameFromIsNamed() {
    open(LoadMode.APPEND);
    deliverAll();
    BackupStores target = place(TestingObjectStore.local(folder.resolve("backup/data")));
    String set = loads.backup(target).run().set();
    Dataset people = loads.table().dataset();
    try (TestingLoads restored = new TestingLoads(folder.resolve("two"), people);
        TestingLoads again = new TestingLoads(folder.resolve("three"), people)) {
      restored.now = loads.now.plusSeconds(60);
      restored.restore(target).run(List.of());
      restored.restart();
      restored.backups = target;
      Erasure erasure = restored.erasures().erase(people.name(), Map.of("person", "4711"), "ada");
      assertThat(erasure.backups())
          .singleElement()
          .satisfies(made -> {
            assertThat(made.set()).isEqualTo(set);
            assertThat(made.target()).isEqualTo(target.ordinary().uri());
          });
      again.now = restored.now.plusSeconds(60);
      again.restore(target).run(List.of());
      again.restart();
      assertThat(again.erasures().resume())
          .singleElement()
          .satisfies(done -> assertThat(done.id()).isEqualTo(erasure.id()));
      assertThat(again.rows(Side.VAULT, "person")).doesNotContain("4711");
    }
  }
}
