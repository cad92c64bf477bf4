package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.table.Side;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same with ledger and catalog in PostgreSQL, an empty one for each restore; and moves. */
class PostgresBackupTest extends BackupTest {

  @TempDir private Path moves;

  @Override
  TestingLoads deployment(Path root, Dataset dataset) {
    return onPostgres(root, dataset);
  }

  private static TestingLoads onPostgres(Path root, Dataset dataset) {
    DatabaseSettings database = TestingPostgres.emptyDatabase();
    return new TestingLoads(root, dataset, TestingStores.local(root), database, database);
  }

  private BackupStores backupsIn(String name) {
    return new BackupStores(
        new LocalObjectStore(moves.resolve(name).resolve("data"), Privacy.SHARED),
        new LocalObjectStore(moves.resolve(name).resolve("vault"), Privacy.PRIVATE));
  }

  @Test
  void anEmbeddedDeploymentMovesToPostgresAndBack() throws Exception {
    Dataset events =
        new TestingDataset("t.events")
            .source("events/*.csv", Format.CSV)
            .load(LoadMode.APPEND)
            .key(null, "id")
            .required("id", Scalar.INTEGER)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .scan("0 5 * * *", "UTC")
            .build();
    BackupStores target = backupsIn("backup");
    List<String> rows;
    List<Load> ledger;
    Erasure erasure;
    Instant now = Instant.now();
    try (TestingLoads loads = new TestingLoads(moves.resolve("one"), events)) {
      loads.now = now;
      loads.deliver("events/1.csv", "id,person\n1,4711\n2,4712\nx,1\n");
      loads.load();
      erasure = loads.erasures().erase(events.name(), Map.of("person", "4711"), "ada");
      loads.service().addNote(loads.all().getFirst().id(), "ada", "a 'note' \\ of % signs", null);
      rows = loads.rows(Side.ORDINARY, "id, person, _load_id, _row_key");
      ledger = loads.all();
      now = loads.now;
      loads.backup(target).run();
    }
    for (String to : List.of("two", "three")) {
      Path root = moves.resolve(to);
      Files.createDirectories(root);
      Files.move(
          moves.resolve(to.equals("two") ? "one" : "two").resolve("landing"),
          root.resolve("landing"));
      try (TestingLoads loads =
          to.equals("two") ? onPostgres(root, events) : new TestingLoads(root, events)) {
        now = now.plusSeconds(3600);
        loads.now = now;
        loads.restore(target).run(List.of());
        loads.restart();
        assertThat(loads.all()).isEqualTo(ledger);
        assertThat(loads.rows(Side.ORDINARY, "id, person, _load_id, _row_key")).isEqualTo(rows);
        assertThat(loads.rows(Side.VAULT, "person")).containsExactly("4712");
        assertThat(loads.erasures().find(erasure.id()).orElseThrow().tables())
            .isEqualTo(erasure.tables());
        loads.deliver(
            "events/%s.csv".formatted(to), "id,person\n2,4712\n%d,4711\n".formatted(to.length()));
        Load next = loads.loadOne();
        assertThat(next.rows()).isEqualTo(new Load.RowCounts(2, 0, 0, 1, 1));
        ledger = loads.all();
        now = loads.now;
        loads.backup(target).run();
      }
    }
  }

  /** As a job in a container does, whose data folder is new each time. */
  @Test
  void aMachineThatHasLoadedNothingWorksByTheSecretOfAll() throws Exception {
    Dataset events =
        new TestingDataset("t.secret")
            .source("secret/*.csv", Format.CSV)
            .load(LoadMode.APPEND)
            .column("id", Scalar.INTEGER)
            .direct("person", Scalar.BIGINT, Mask.PSEUDONYM)
            .build();
    BackupStores target = backupsIn("secret");
    Path root = moves.resolve("one-of-several");
    Path secret = root.resolve("vault/pseudonyms.key");
    try (TestingLoads loads = onPostgres(root, events)) {
      loads.deliver("secret/1.csv", "id,person\n1,4711\n");
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
      String shared = Files.readString(secret);
      Files.delete(secret);
      loads.backup(target).run();
      assertThat(moves.resolve("secret/vault/pseudonyms.key")).hasContent(shared);
      Files.delete(secret);
      loads.maintenance().rebuild(null, told -> {});
      assertThat(secret).hasContent(shared);
    }
  }
}
