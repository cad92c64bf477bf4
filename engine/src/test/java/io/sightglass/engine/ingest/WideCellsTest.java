package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records of a megabyte, in an engine of 600 MB: it takes two thousand rows at once, and holds
 * several copies of them.
 */
class WideCellsTest {

  private static final int WIDTH = 1_000_000;

  @TempDir Path folder;

  private TestingLoads open(Scalar type) {
    return new TestingLoads(
        folder,
        new TestingDataset("benefits.daily")
            .source("in/%Y-%m-%d.csv", Source.Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .required("id", Scalar.BIGINT)
            .column("wide", type)
            .build());
  }

  private static void deliver(TestingLoads loads, int rows, int ragged) {
    StringBuilder text = new StringBuilder("id,wide\n");
    String wide = "x".repeat(WIDTH);
    for (int row = 0; row < rows; row++) {
      text.append(row).append(',').append(row == ragged ? "a,b" : wide).append('\n');
    }
    loads.deliver("in/2026-03-01.csv", text.toString());
  }

  @Test
  void areWrittenWhole() {
    try (TestingLoads loads = open(Scalar.VARCHAR)) {
      deliver(loads, 400, -1);
      assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(400, 400, 0, 0, 0));
      assertThat(loads.rows(Side.ORDINARY, "id, length(wide)"))
          .containsExactlyElementsOf(
              IntStream.range(0, 400).mapToObj(row -> row + "|" + WIDTH).toList());
    }
  }

  @Test
  void areRejectedWholeAndInOrder() {
    try (TestingLoads loads = open(Scalar.INTEGER)) {
      deliver(loads, 150, 75);
      Load load = loads.loadOne();
      assertThat(load.rows()).isEqualTo(new Load.RowCounts(150, 0, 150, 0, 0));
      List<Reject> rejects = loads.service().rejects(load.id(), false, 200, null).items();
      assertThat(rejects)
          .extracting(Reject::line)
          .containsExactlyElementsOf(LongStream.rangeClosed(2, 151).boxed().toList());
      assertThat(rejects.get(75).column()).as("of another number of cells").isNull();
      assertThat(loads.service().rejects(load.id(), true, 1, null).items().getFirst().value())
          .hasSize(WIDTH);
    }
  }
}
