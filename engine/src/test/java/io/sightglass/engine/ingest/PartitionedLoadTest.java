package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of a file come into the partitions of their values, few of them or many. */
class PartitionedLoadTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40})
  void everyPartitionHasItsRowsAndNoOthers(int states) {
    try (TestingLoads loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.sent")
                .source("in/*.csv", Source.Format.CSV)
                .load(LoadMode.APPEND)
                .required("id", Scalar.BIGINT)
                .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
                .column("state", Scalar.VARCHAR)
                .column("sent", Scalar.DATE)
                .partition(
                    new PartitionField(Transform.IDENTITY, "state", 0),
                    new PartitionField(Transform.MONTH, "sent", 0))
                .build())) {
      StringBuilder rows = new StringBuilder("id,ssn,state,sent\n");
      for (int id = 0; id < 120; id++) {
        // One of them NULL, the others hard to quote.
        String state = id % states == 0 ? "" : "it's %d\u00e9/".formatted(id % states);
        rows.append("%d,CNRY-11-%04d,%s,2025-03-%02d\n".formatted(id, id, state, 1 + id % 28));
      }
      loads.deliver("in/one.csv", rows.toString());
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);

      assertThat(files(loads, new ScanFilter.All())).hasSize(states);
      assertThat(files(loads, new ScanFilter.IsNull("state")))
          .singleElement()
          .satisfies(file -> assertThat(file.rows()).isEqualTo(120 / states));
      for (int state = 1; state < states; state++) {
        String value = "it's %d\u00e9/".formatted(state);
        assertThat(files(loads, new ScanFilter.Compare("state", ScanFilter.Operator.EQUAL, value)))
            .as(value)
            .singleElement()
            .satisfies(file -> assertThat(file.rows()).isEqualTo(120 / states));
      }
      assertThat(loads.rows(Side.ORDINARY, "count(*), count(DISTINCT id), count(DISTINCT state)"))
          .containsExactly("120|120|" + (states - 1));
      assertThat(loads.rows(Side.VAULT, "count(*), count(DISTINCT ssn)"))
          .containsExactly("120|120");
    }
  }

  private static List<DataFile> files(TestingLoads loads, ScanFilter filter) {
    return loads.table().plan(loads.table().findCurrent().orElseThrow(), Side.ORDINARY, filter);
  }
}
