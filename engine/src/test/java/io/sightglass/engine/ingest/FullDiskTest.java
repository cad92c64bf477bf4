package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks that are full, or read-only, for real: small file systems in memory, where this process may
 * mount one.
 */
class FullDiskTest {

  private static final String HEADER = "id,ssn,text\n";
  private static final int ROWS = 20_000;

  @TempDir Path folder;

  private @Nullable Path disk;
  private @Nullable TestingLoads loads;

  @AfterEach
  void unmount() throws Exception {
    if (loads != null) {
      loads.close();
    }
    if (disk != null) {
      run("umount", disk.toString());
    }
  }

  /** A disk of a quarter of a megabyte below the folder, or the test is skipped. */
  private void mount(String below) throws Exception {
    Path path = Files.createDirectories(folder.resolve(below));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path.toString()),
        "No file system can be mounted here: that takes root");
    disk = path;
  }

  private void enlarge() throws Exception {
    remount("size=200m");
  }

  private void remount(String options) throws Exception {
    assertThat(run("mount", "-o", "remount," + options, String.valueOf(disk))).isTrue();
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  private TestingLoads open() {
    TestingLoads opened =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/claims_%Y-%m-%d*.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .required("id", Scalar.BIGINT)
                .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
                .column("text", Scalar.VARCHAR)
                .build());
    loads = opened;
    return opened;
  }

  /** More than a megabyte, packed too. */
  private static String rows() {
    SplittableRandom random = new SplittableRandom(526);
    StringBuilder rows = new StringBuilder(HEADER);
    for (int id = 0; id < ROWS; id++) {
      rows.append("%d,CNRY-%s,%s\n".formatted(id, noise(random), noise(random)));
    }
    return rows.toString();
  }

  private static String noise(SplittableRandom random) {
    byte[] noise = new byte[24];
    random.nextBytes(noise);
    return HexFormat.of().formatHex(noise);
  }

  private void failsAndIsCured() throws Exception {
    TestingLoads over = open();
    over.deliver("in/claims_2025-03-01.csv", rows());
    Load failed = over.loadOne();
    assertThat(failed.state()).as("put off: %s", failed).isEqualTo(Load.State.FOUND);
    assertThat(failed.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE.name());
    assertThat(failed.reason())
        .containsIgnoringCase("full")
        .doesNotContain("CNRY", folder.toString());
    assertThat(over.rows(Side.ORDINARY, "count(*)")).isEmpty();
    enlarge();
    over.service().retry(failed.id(), Set.of());
    List<Load> cured = over.service().runDue();
    assertThat(cured).extracting(Load::state).containsExactly(Load.State.COMMITTED);
    assertThat(over.rows(Side.ORDINARY, "count(*), count(DISTINCT id)"))
        .containsExactly(ROWS + "|" + ROWS);
    assertThat(over.rows(Side.VAULT, "count(*)")).containsExactly(Integer.toString(ROWS));
  }

  @Test
  void whereFilesAreStaged() throws Exception {
    mount("vault");
    failsAndIsCured();
  }

  @Test
  void whereTheLedgerLies() throws Exception {
    mount("");
    enlarge();
    TestingLoads over = open();
    over.deliver("in/claims_2025-03-01.csv", HEADER + "1,CNRY-1,a\n");
    assertThat(over.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    over.deliver("in/claims_2025-03-02.csv", HEADER + "2,CNRY-2,b\n");
    Path filler = folder.resolve("filler");
    try (OutputStream out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThatThrownBy(() -> over.service().scan())
          .hasMessageContaining("The disk of the metadata database is full");
    }
    Files.delete(filler);
    assertThat(over.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(over.rows(Side.ORDINARY, "count(*), count(DISTINCT id)")).containsExactly("2|2");
  }

  @Test
  void whereOrdinaryTablesLie() throws Exception {
    mount("warehouse/data");
    failsAndIsCured();
  }

  @Test
  void whereNothingMayBeWritten() throws Exception {
    mount("warehouse/data");
    TestingLoads over = open();
    remount("ro");
    over.deliver("in/claims_2025-03-01.csv", HEADER + "1,CNRY-1,a\n");
    Load failed = over.loadOne();
    assertThat(failed.state()).as("put off: %s", failed).isEqualTo(Load.State.FOUND);
    assertThat(failed.reason()).contains("the file system is read-only");
    remount("rw,size=200m");
    over.service().retry(failed.id(), Set.of());
    assertThat(over.service().runDue())
        .extracting(Load::state)
        .containsExactly(Load.State.COMMITTED);
  }

  @Test
  void whereTheVaultsTablesLie() throws Exception {
    mount("warehouse/vault");
    failsAndIsCured();
  }
}
