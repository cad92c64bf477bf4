package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.storage.TestingObjectStore;
import io.sightglass.engine.storage.TestingObjectStore.Operation;
import io.sightglass.engine.table.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {

  private static final String DUMP = "id,state\n1,x\n2,x\n";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private static TestingDataset daily() {
    return new TestingDataset("benefits.daily")
        .source("in/d_%Y-%m-%d*", Source.Format.CSV)
        .load(LoadMode.REPLACE_DATE)
        .control("d_%Y-%m-%d.control.json", "row_count", "digest")
        .column("id", Scalar.BIGINT)
        .column("state", Scalar.VARCHAR);
  }

  private void open(TestingDataset dataset) {
    loads = new TestingLoads(folder, dataset.build());
  }

  private void control(Object rows, String digest) {
    loads.deliver(
        "in/d_2025-03-01.control.json",
        "{\"row_count\": %s, \"digest\": \"%s\"}".formatted(rows, digest));
  }

  private static String sha256(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @AfterEach
  void close() {
    loads.close();
  }

  @Test
  void aDumpWaitsForWhatTheSourceSaysOfIt() throws Exception {
    open(daily());
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    assertThat(loads.load()).isEmpty();
    assertThat(loads.all().getFirst().reason()).contains("d_%Y-%m-%d.control.json");
    control(2, sha256(DUMP.getBytes(UTF_8)));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "2.0", "2e0", "\"2\"", "\" 2.00 \""})
  void aCountIsANumberHoweverItIsWritten(String count) throws Exception {
    open(daily());
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    control(count, sha256(DUMP.getBytes(UTF_8)));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.5", "3", "null", "true", "[2]", "\"two\"", "1e400"})
  void anotherCountIsAMismatch(String count) throws Exception {
    open(daily());
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    control(count, sha256(DUMP.getBytes(UTF_8)));
    assertThat(loads.loadOne().code()).isEqualTo("CONTROL_MISMATCH");
  }

  @ParameterizedTest
  @EnumSource(LoadStep.class)
  void aCrashAtAnyStepLeavesADumpThatWasConfirmedOnce(LoadStep step) throws Exception {
    open(daily());
    control(2, sha256(DUMP.getBytes(UTF_8)));
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    loads.service().scan();
    loads.crashAt(step);
    loads.restart();
    loads.load();
    assertThat(loads.all()).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2");
  }

  @Test
  void theDigestMayBeOfThePackedOrTheUnpackedDump() throws Exception {
    open(daily());
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(DUMP.getBytes(UTF_8));
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    control("\"2\"", sha256(packed.toByteArray()).toUpperCase(Locale.ROOT));
    loads.deliver("in/d_2025-03-01.csv.gz", packed.toByteArray());
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.deliver("in/d_2025-03-02.csv.gz", packed.toByteArray());
    loads.deliver(
        "in/d_2025-03-02.control.json",
        "{\"row_count\": 2, \"digest\": \"%s\"}".formatted(sha256(DUMP.getBytes(UTF_8))));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void aDifferenceQuarantinesTheDumpUntilItIsMendedOrAccepted() throws Exception {
    open(daily());
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    control(3, sha256(DUMP.getBytes(UTF_8)));
    Load load = loads.loadOne();
    assertThat(load.state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(load.code()).isEqualTo("CONTROL_MISMATCH");
    assertThat(load.reason()).contains("row_count").contains("3").contains("2");
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
    control(2, "0".repeat(64));
    assertThat(loads.loadOne().reason()).contains("SHA-256");
    loads.deliver("in/d_2025-03-01.control.json", "no json");
    assertThat(loads.loadOne().code()).isEqualTo("CONTROL_MISMATCH");
    // The source mends what it said: nobody need ask.
    control(2, sha256(DUMP.getBytes(UTF_8)));
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    control(9, "x");
    loads.deliver("in/d_2025-03-01.csv", "id,state\n1,y\n");
    Load second = loads.loadOne();
    assertThat(second.code()).isEqualTo("CONTROL_MISMATCH");
    loads.service().retry(second.id(), Set.of("CONTROL_MISMATCH"));
    assertThat(loads.service().runDue().getFirst().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, state")).containsExactly("1|y");
  }

  @Test
  void theRowsOfAllPartsAreCountedTogether() {
    open(daily().parts(2, null).control("d_%Y-%m-%d.control.json", "row_count", null));
    loads.deliver("in/d_2025-03-01_a.csv", DUMP);
    loads.deliver("in/d_2025-03-01_b.csv", "id,state\n3,x\n");
    control(4, "");
    assertThat(loads.load())
        .extracting(Load::code)
        .containsExactly("CONTROL_MISMATCH", "CONTROL_MISMATCH");
    control(3, "");
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).containsExactly("1", "2", "3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"d_%Y-%m-%d.control.json", "d_%Y-%m-%d*.control.json"})
  void theFolderOfADumpIsTakenAsItIs(String path) {
    open(
        new TestingDataset("benefits.daily")
            .source("in/*/d_%Y-%m-%d*", Source.Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .control(path, "row_count", null)
            .column("id", Scalar.BIGINT));
    loads.deliver("in/of=50%off/d_2025-03-01.csv", DUMP);
    loads.deliver("in/of=50%off/d_2025-03-01.control.json", "{\"row_count\": 2}");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.deliver("in/a*/d_2025-03-02.csv", DUMP);
    loads.deliver("in/ab/d_2025-03-02.control.json", "{\"row_count\": 2}");
    assertThat(loads.load()).as("that file says nothing of this folder").isEmpty();
    loads.deliver("in/a*/d_2025-03-02.control.json", "{\"row_count\": 2}");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  @Test
  void aControlFileThatCannotBeLookedUpStopsNoOtherDataset() throws Exception {
    TestingObjectStore landing = TestingObjectStore.local(folder.resolve("landing"));
    loads = new TestingLoads(folder, daily().build(), TestingStores.local(folder, landing));
    loads.beside.add(
        new TestingDataset("benefits.other")
            .source("out/*.csv", Source.Format.CSV)
            .column("id", Scalar.BIGINT)
            .build());
    landing.intercept((operation, key, call) -> {
      if (operation == Operation.FIND && key.endsWith(".control.json")) {
        throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No rights to read");
      }
      return call.run();
    });
    loads.deliver("in/d_2025-03-01.csv", DUMP);
    loads.deliver("in/d_2025-03-02.csv", DUMP);
    loads.deliver("out/1.csv", "id\n1\n");
    control(2, sha256(DUMP.getBytes(UTF_8)));
    assertThat(loads.loadOne().dataset()).isEqualTo(TestingLoads.name("benefits.other"));
    assertThat(loads.all())
        .filteredOn(load -> load.state() == Load.State.FOUND)
        .hasSize(2)
        .allMatch(load -> String.valueOf(load.reason()).contains("No rights to read"));
    assertThat(landing.calls())
        .filteredOn(call -> call.startsWith("FIND") && call.endsWith(".control.json"))
        .as("once a look, however many loads wait: before the other, while it runs, and after it")
        .hasSizeLessThanOrEqualTo(3);
    landing.calm();
    assertThat(loads.loadOne().source().name()).isEqualTo("in/d_2025-03-01.csv");
  }
}
