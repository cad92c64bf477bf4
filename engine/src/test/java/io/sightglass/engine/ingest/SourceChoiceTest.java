package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.landing.SourceChoice;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.DryRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceChoiceTest {

  private static final Dataset EVENTS =
      new TestingDataset("claims.events")
          .source("topics/events/**/*.avro", Source.Format.AVRO)
          .source("exports/events_%Y-%m-%d*.ndjson*", Source.Format.NDJSON)
          .source("history/*.csv", Source.Format.CSV)
          .source("old/*.csv", Source.Format.CSV, "", "NULL")
          .column("id", Scalar.BIGINT)
          .build();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "/data/landing/topics/events/day=1/a+0+1.avro, topics/events/**/*.avro",
    "exports/events_2025-03-01.ndjson.gz, exports/events_%Y-%m-%d*.ndjson*",
    "mine/events_2025-03-01_corrected.ndjson, exports/events_%Y-%m-%d*.ndjson*",
    "mine/old/x.csv, old/*.csv",
    "mine/history/x.csv, history/*.csv",
    "mine/anything.avro, topics/events/**/*.avro",
    "mine/anything.JSONL.ZST, exports/events_%Y-%m-%d*.ndjson*"
  })
  void thePathThenTheNameThenTheFormatSays(String file, String source) {
    assertThat(SourceChoice.of(EVENTS, Path.of(file)).path()).isEqualTo(source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mine/x.parquet", "mine/x", "mine/x.gz"})
  void aFileOfNoSourceIsRefusedWithAllOfThem(String file) {
    assertThatThrownBy(() -> SourceChoice.of(EVENTS, Path.of(file)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("claims.events")
        .hasMessageContaining("\"topics/events/**/*.avro\" (avro)")
        .hasMessageContaining("\"old/*.csv\" (csv)")
        .message()
        .doesNotContain("/tmp");
  }

  @Test
  void ofTwoDialectsNobodyKnowsWhich() {
    Dataset dialects =
        new TestingDataset("claims.daily")
            .source("a/a_*.csv", Source.Format.CSV)
            .source("b/b_*.csv", Source.Format.CSV, "NULL")
            .column("id", Scalar.BIGINT)
            .build();
    assertThat(SourceChoice.of(dialects, Path.of("b_1.csv")).path()).isEqualTo("b/b_*.csv");
    assertThatThrownBy(() -> SourceChoice.of(dialects, Path.of("c.csv")))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void theOnlySourceIsMeantWhateverTheName() {
    Dataset one =
        new TestingDataset("claims.one")
            .source("in/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT)
            .build();
    assertThat(SourceChoice.of(one, Path.of("mine/x.txt")).path()).isEqualTo("in/*.csv");
  }

  @Test
  void aDryRunReadsEachFileByItsOwnSource() throws Exception {
    try (TestingLoads loads = new TestingLoads(folder, EVENTS)) {
      Path json = Files.writeString(folder.resolve("events_2025-03-01.ndjson"), "{\"id\": 7}\n");
      Path old = Files.createDirectories(folder.resolve("old")).resolve("x.csv");
      Files.writeString(old, "id\nNULL\n8\n");
      Path history = Files.createDirectories(folder.resolve("history")).resolve("x.csv");
      Files.writeString(history, "id\nNULL\n8\n");
      DryRun ofJson = loads.service().dryRun(json, EVENTS.name());
      assertThat(ofJson.code()).isNull();
      assertThat(ofJson.source()).isEqualTo("exports/events_%Y-%m-%d*.ndjson*");
      assertThat(ofJson.preview()).containsExactly(List.of("7"));
      assertThat(loads.service().dryRun(old, EVENTS.name()).rows())
          .isEqualTo(new Load.RowCounts(2, 2, 0, 0, 0));
      assertThat(loads.service().dryRun(history, EVENTS.name()).rows())
          .isEqualTo(new Load.RowCounts(2, 1, 1, 0, 0));
      assertThat(folder.resolve("vault/staging")).isEmptyDirectory();
    }
  }
}
