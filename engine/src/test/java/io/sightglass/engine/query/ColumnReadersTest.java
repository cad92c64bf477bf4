package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.engine.query.ColumnReaders.Reading;
import io.sightglass.engine.query.StatementAnswer.PolicyAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who ran statements over a column, on both databases. */
class ColumnReadersTest {

  private static final QualifiedName CLAIMS = QualifiedName.parse("benefits.claims");
  private static final Instant NOW = Instant.parse("2026-03-30T06:00:00Z");

  @TempDir Path folder;

  @Test
  void onSqlite() {
    try (MetadataDatabase database =
        MetadataDatabase.open(DatabaseSettings.sqlite(folder.resolve("metadata.db")))) {
      whoRanIsListedWithoutTexts(database);
    }
  }

  @Test
  void onPostgres() {
    try (MetadataDatabase database = MetadataDatabase.open(TestingPostgres.emptyDatabase())) {
      whoRanIsListedWithoutTexts(database);
    }
  }

  private static void whoRanIsListedWithoutTexts(MetadataDatabase database) {
    try (Leases leases = Leases.open(database, "test", Duration.ofSeconds(60));
        StatementLog log = new StatementLog(leases, () -> NOW)) {
      write(log, "s1", "ada", 1, "ALLOWED", "benefits.claims", "benefits.claims", true);
      write(log, "s2", "bob", 2, "ALLOWED", "benefits.claims", "benefits.claims", true);
      write(log, "s3", "ada", 3, "ALLOWED", "benefits.claims_identified", "benefits.claims", true);
      write(log, "s4", "eve", 4, "DENIED", "benefits.claims", "benefits.claims", false);
      write(log, "s5", "eve", 5, "ALLOWED", "benefits.claims", "benefits.claims", false);
      write(log, "s6", "eve", 6, "ALLOWED", "benefits.claimsx", "benefits.claimsx", true);
      write(log, "s7", "eve", 7, "ALLOWED", "benefits.other", "benefitsxclaims.y", true);
      write(log, "s8", "cyd", 8, "ALLOWED", "benefits.gone", "benefits.claims", true);
      ColumnReaders readers = log.columnReaders();
      var pack = TestingPack.claims();

      ColumnReaders.Page first = readers.list(pack, CLAIMS, "zip", 2, null);
      assertThat(first.items()).extracting(Reading::statementId).containsExactly("s8", "s3");
      ColumnReaders.Page second = readers.list(pack, CLAIMS, "zip", 2, first.next());
      assertThat(second.items()).extracting(Reading::statementId).containsExactly("s2", "s1");
      assertThat(second.next()).isNull();
      assertThat(first.items()).extracting(Reading::shown).containsExactly(true, false);
      assertThat(second.items()).extracting(Reading::shown).containsExactly(true, true);
      assertThat(second.items().getLast().toString())
          .contains("ada", "analyst", "benefits.claims", "11")
          .doesNotContain("CNRY");
      assertThat(readers.readers(pack, CLAIMS))
          .containsExactly(
              new ColumnReaders.Reader("ada", 2, NOW.plusSeconds(1), NOW.plusSeconds(3)),
              new ColumnReaders.Reader("bob", 1, NOW.plusSeconds(2), NOW.plusSeconds(2)),
              new ColumnReaders.Reader("cyd", 1, NOW.plusSeconds(8), NOW.plusSeconds(8)));
      assertThatThrownBy(() -> readers.list(pack, CLAIMS, "zip", 2, "nonsense"))
          .isInstanceOf(EngineException.class);
    }
  }

  private static void write(
      StatementLog log,
      String id,
      String user,
      int second,
      String decision,
      String view,
      String table,
      boolean started) {
    Instant at = NOW.plusSeconds(second);
    log.begin(
            new StatementRecord(
                id,
                user,
                "SELECT 'CNRY' FROM " + table,
                "hash",
                "csv",
                started ? StatementState.RUNNING : StatementState.QUEUED,
                decision,
                "because",
                List.of(QualifiedName.parse(view)),
                List.of(new TableAsRead(QualifiedName.parse(table), 11L, at, List.of())),
                new PolicyAsApplied("hash", "analyst", List.of(), List.of()),
                false,
                0,
                null,
                null,
                null,
                at,
                started ? at : null,
                null,
                null,
                null))
        .join();
  }
}
