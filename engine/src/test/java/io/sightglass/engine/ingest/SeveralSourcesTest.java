package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeveralSourcesTest {

  private static final ColumnType PLACE =
      new ColumnType.Struct(
          List.of(
              new ColumnType.Field("city", Scalar.VARCHAR),
              new ColumnType.Field("since", Scalar.DATE),
              new ColumnType.Field("rooms", new ColumnType.ListOf(Scalar.INTEGER))));

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  @BeforeEach
  void open() {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("housing.events")
                .source("stream/%Y-%m-%d/*.ndjson", Source.Format.NDJSON)
                .source("history/*.csv", Source.Format.CSV)
                .load(LoadMode.APPEND)
                .key(null, "id")
                .from("id", Scalar.BIGINT, true, "event_id", "EVENT_ID")
                .column("place", PLACE)
                .column("tags", new ColumnType.ListOf(Scalar.VARCHAR))
                .build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliverHistoryAndStream() {
    loads.deliver(
        "stream/2025-03-02/a.ndjson",
        """
        {"event_id":2,"place":{"city":"Erie","since":"2025-01-01","rooms":[1,2],"more":0},"tags":["a",null]}
        {"event_id":3,"place":{"city":"Rome"},"tags":[]}
        {"event_id":4,"place":{"since":"no day"}}
        {"event_id":5,"place":null,"tags":"no list"}
        {"event_id":6,"place":{"rooms":[1.5]}}
        {"EVENT_ID":7}
        """);
    loads.deliver(
        "history/all.csv",
        "EVENT_ID,place,tags\n1,\"{\"\"city\"\":\"\"Bath\"\",\"\"rooms\"\":[null]}\",\"[\"\"x\"\"]\"\n2,,\n3,,[]\n");
  }

  @Test
  void aHistoryFileBesideAStreamCountsNothingTwice() {
    deliverHistoryAndStream();
    List<Load> ran = loads.load();
    assertThat(ran)
        .extracting(Load::rows)
        .containsExactly(new Load.RowCounts(6, 3, 3, 0, 0), new Load.RowCounts(3, 1, 0, 2, 0));
    assertThat(loads.rows(Side.ORDINARY, "id, place, tags"))
        .containsExactly(
            "1|{'city': Bath, 'since': NULL, 'rooms': [NULL]}|[x]",
            "2|{'city': Erie, 'since': 2025-01-01, 'rooms': [1, 2]}|[a, NULL]",
            "3|{'city': Rome, 'since': NULL, 'rooms': NULL}|[]",
            "7|null|null");
    assertThat(loads.service().rejects(ran.getFirst().id(), true, 10, null).items())
        .extracting(Reject::line, Reject::column, Reject::value)
        .containsExactly(
            tuple(3L, "place", "{\"since\":\"no day\"}"),
            tuple(4L, "tags", "no list"),
            tuple(5L, "place", "{\"rooms\":[1.5]}"));
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashInBetweenCountsNothingTwiceEither(LoadStep step) {
    deliverHistoryAndStream();
    loads.service().scan();
    loads.crashAt(step);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3", "7");
    loads.deliver("history/all_again.csv", "EVENT_ID\n1\n7\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(2, 0, 0, 2, 0));
  }

  @Test
  void aFieldThatIsAddedToAStructLaterIsNullInOlderRows() {
    deliverHistoryAndStream();
    loads.load();
    ColumnType wider =
        new ColumnType.Struct(
            List.of(
                new ColumnType.Field("city", Scalar.VARCHAR),
                new ColumnType.Field("zip", Scalar.VARCHAR)));
    loads.define(
        new TestingDataset("housing.events")
            .source("history/*.csv", Source.Format.CSV)
            .load(LoadMode.UPSERT)
            .key(null, "id")
            .from("id", Scalar.BIGINT, true, "EVENT_ID")
            .column("place", wider)
            .build());
    loads.deliver(
        "history/more.csv",
        "EVENT_ID,place\n2,\"{\"\"city\"\":\"\"Kiel\"\",\"\"zip\"\":\"\"24103\"\"}\"\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3", "7");
    assertThat(loads.rows(Side.ORDINARY, "id, place.city")).contains("1|Bath", "2|Kiel", "3|Rome");
  }
}
