package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.table.Side;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files whose writer has not yet finished. */
class UnsettledFileTest {

  private static final String KEY = "in/2025-03-01.csv";
  private static final String WHOLE = "id,name\n1,CNRY-a\n2,CNRY-b\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingObjectStore landing;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  @BeforeEach
  void open() {
    landing = TestingObjectStore.local(folder.resolve("landing"));
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .required("id", Scalar.BIGINT)
                .column("name", Scalar.VARCHAR)
                .build(),
            TestingStores.local(folder, landing));
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /** What is there is read to its end; then the writer goes on. */
  private void growsWhileItIsRead() {
    landing.intercept((operation, key, call) -> {
      if (operation != TestingObjectStore.Operation.READ) {
        return call.run();
      }
      landing.calm();
      try (InputStream soFar = (InputStream) call.run()) {
        byte[] bytes = soFar.readAllBytes();
        loads.deliver(KEY, WHOLE);
        return new ByteArrayInputStream(bytes);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 13, 16, 17, 18, 24})
  void aFileThatGrowsWhileItIsReadIsLoadedOnceAsAWhole(int written) {
    loads.deliver(KEY, WHOLE.substring(0, written));
    growsWhileItIsRead();
    Load early = loads.loadOne();
    assertThat(early.state()).as("%s", early).isEqualTo(Load.State.SKIPPED);
    assertThat(early.code()).isEqualTo("REPLACED");
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
    assertThat(loads.alerts.list(10, null).items()).isEmpty();
    Load whole = loads.loadOne();
    assertThat(whole.rows()).isEqualTo(new Load.RowCounts(2, 2, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
  }

  @Test
  void aFileThatWasLookedAtTooEarlyIsLoadedWhenItIsWholeAndItsAlertGoes() {
    loads.deliver(KEY, WHOLE.substring(0, 18));
    Load early = loads.loadOne();
    assertThat(early.state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(early.code()).isEqualTo("CUT_OFF");
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.OPEN);
    loads.deliver(KEY, WHOLE);
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
    assertThat(loads.alerts.find("load-quarantined:claims.daily").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void aFileThatGoesWhileItIsReadIsNobodysFault() {
    loads.deliver(KEY, WHOLE.substring(0, 18));
    landing.intercept((operation, key, call) -> {
      Object result = call.run();
      if (operation == TestingObjectStore.Operation.READ) {
        landing.calm();
        landing.delete(key);
      }
      return result;
    });
    Load gone = loads.loadOne();
    assertThat(gone.code()).isEqualTo("REPLACED");
    assertThat(gone.reason()).contains("or removed");
    assertThat(loads.load()).isEmpty();
    loads.deliver(KEY, WHOLE.getBytes(UTF_8));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }
}
