package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplaceAllTest {

  private static final String HEADER = "id,person,state\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  @BeforeEach
  void open() {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("benefits.stations")
                .source("stations/%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_ALL)
                .key(null, "id")
                .column("id", Scalar.BIGINT)
                .direct("person", Scalar.VARCHAR, Mask.REDACT)
                .column("state", Scalar.VARCHAR)
                .build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  @Test
  void theNewestObjectReplacesTheWholeTable() {
    loads.deliver("stations/2025-03-01.csv", HEADER + "1,A,x\n2,B,x\n");
    loads.loadOne();
    loads.deliver("stations/2025-03-02.csv", HEADER + "2,B2,y\n3,C,y\n");
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(2, 2, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("2|y", "3|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("B2", "C");
  }

  @Test
  void anOlderObjectThatComesLateIsSkipped() {
    loads.deliver("stations/2025-03-02.csv", HEADER + "2,B,y\n");
    loads.loadOne();
    loads.deliverAt(
        "stations/2025-03-01.csv",
        (HEADER + "1,A,x\n").getBytes(UTF_8),
        loads.now.minusSeconds(3600));
    assertThat(loads.loadOne().code()).isEqualTo("OLDER");
    loads.deliver("stations/2025-03-02_again.csv", HEADER + "2,B,y\n");
    assertThat(loads.loadOne().code()).isEqualTo("REPEATED");
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("2|y");
  }

  @Test
  void aBrokenDumpLeavesTheTableAsItIs() {
    loads.deliver("stations/2025-03-01.csv", HEADER + "1,A,x\n");
    loads.deliver("stations/2025-03-02.csv", HEADER + "2,B,y\n3,C");
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactly(Load.State.QUARANTINED, Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|x");
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashAtAnyStepLeavesOneWholeDump(LoadStep step) {
    loads.deliver("stations/2025-03-01.csv", HEADER + "1,A,x\n2,B,x\n");
    loads.loadOne();
    loads.deliver("stations/2025-03-02.csv", HEADER + "3,C,y\n");
    loads.service().scan();
    loads.crashAt(step);
    loads.restart();
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("3|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("C");
  }

  @Test
  void aDumpThatComesWhileAnotherIsWrittenWinsIfItIsNewer() {
    loads.deliver("stations/2025-03-01.csv", HEADER + "1,A,x\n");
    loads.service().scan();
    loads.deliver("stations/2025-03-02.csv", HEADER + "2,B,y\n");
    loads.service().scan();
    loads.meanwhile(LoadStep.UPLOADED);
    loads.service().runDue();
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("2|y");
    assertThat(loads.rows(Side.VAULT, "person")).containsExactly("B");
  }
}
