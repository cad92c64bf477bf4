package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.merge.KeyIndex;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What loads do is the same with an index of keys as it would be without. */
class KeyIndexTest {

  private static final int FILES = 3 * KeyIndex.WORTHWHILE_FILES;
  private static final int KINDS = KeyIndex.WORTHWHILE_FILES + 4;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private final Random random = new Random(77);

  private void open(LoadMode mode, PartitionField... partition) {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.events")
                .source("in/%Y-%m-%d.csv", Source.Format.CSV)
                .load(mode)
                .key("version", "kind", "id")
                .partition(partition)
                .required("kind", Scalar.VARCHAR)
                .required("id", Scalar.BIGINT)
                .column("version", Scalar.BIGINT)
                .build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /** Delivers rows, some of them of keys that were there before. */
  private Map<String, Integer> deliver(int file) {
    Map<String, Integer> rows = new HashMap<>();
    for (int row = 0; row < 20; row++) {
      String kind = random.nextBoolean() ? "a" : "a,1".repeat(random.nextInt(2)) + "é";
      rows.put("\"%s\",%d".formatted(kind, random.nextInt(2_000)), random.nextInt(1_000));
    }
    String text =
        rows.entrySet().stream()
            .map(row -> row.getKey() + "," + row.getValue() + "\n")
            .collect(Collectors.joining("", "kind,id,version\n", ""));
    loads.deliver("in/2025-%02d-%02d.csv".formatted(1 + file / 28, 1 + file % 28), text);
    return rows;
  }

  private static String stored(Map<String, Integer> rows) {
    return rows.entrySet().stream()
        .map(row -> row.getKey().replace("\"", "") + "," + row.getValue())
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private String table() {
    return loads.rows(Side.ORDINARY, "concat_ws(',', kind, id, version)").stream()
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private Path index() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("vault/keys"))) {
      return files.filter(file -> file.toString().endsWith(".duckdb")).findFirst().orElseThrow();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LoadMode.class,
      names = {"APPEND", "UPSERT"})
  void everyKeyIsThereOnceThroughCompactionLossAndDamage(LoadMode mode) throws Exception {
    open(mode);
    Map<String, Integer> expected = new HashMap<>();
    List<Integer> duplicates = new ArrayList<>();
    for (int file = 0; file < FILES; file++) {
      Map<String, Integer> rows = deliver(file);
      duplicates.add((int) rows.keySet().stream().filter(expected::containsKey).count());
      rows.forEach((key, version) ->
          expected.merge(key, version, mode == LoadMode.APPEND ? (old, young) -> old : Math::max));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
      switch (file) {
        case FILES / 2 -> loads.maintenance().compact(null, told -> {});
        case FILES / 2 + 20 -> Files.delete(index());
        case FILES / 2 + 21 -> Files.writeString(index(), "no database ".repeat(10_000));
        default -> assertThat(file).isNotNegative();
      }
    }
    assertThat(duplicates.stream().mapToInt(Integer::intValue).sum()).isPositive();
    assertThat(table()).isEqualTo(stored(expected));
    assertThat(Files.size(index())).isPositive();
  }

  @Test
  void aFewFilesAreReadWithoutAnIndex() {
    open(LoadMode.APPEND);
    IntStream.range(0, 3).forEach(this::deliver);
    assertThat(loads.load()).hasSize(3);
    assertThat(folder.resolve("vault/keys")).doesNotExist();
  }

  @Test
  void whatIsKeptOfADatasetIsRemovedAndNothingElse() throws IOException {
    open(LoadMode.APPEND);
    Path kept = Files.createDirectories(folder.resolve("kept"));
    for (String file :
        List.of("a.b.1.duckdb", "a.b.1.duckdb.wal", "a.bc.1.duckdb", "a.b_c.1.duckdb")) {
      Files.createFile(kept.resolve(file));
    }
    KeyIndex.remove(kept, TestingLoads.name("a.b"));
    KeyIndex.remove(kept.resolve("absent"), TestingLoads.name("a.b"));
    try (Stream<Path> files = Files.list(kept)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("a.bc.1.duckdb", "a.b_c.1.duckdb");
    }
  }

  /**
   * What the first attempt has found out about the rows must not narrow what the second looks at.
   */
  @Test
  void anUpsertThatIsDecidedAnewMeetsTheSameRows() {
    open(LoadMode.UPSERT, new PartitionField(PartitionField.Transform.IDENTITY, "kind", 0));
    for (int day = 1; day <= 2; day++) {
      loads.deliver("in/2025-01-%02d.csv".formatted(day), ofEveryKind(day, 9));
      assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    }
    String before = table();
    AtomicInteger attempts = new AtomicInteger();
    loads
        .service()
        .listen((load, step) -> {
          if (step == LoadStep.UPLOADED && attempts.getAndIncrement() == 0) {
            // The state that was decided on is no more: that is a conflict.
            loads.maintenance().compact(null, told -> {});
            loads.maintenance().forget(loads.table());
          }
        });
    loads.deliver("in/2025-01-03.csv", ofEveryKind(2, 1) + "new,1,1\n");
    Load load = loads.loadOne();
    assertThat(attempts).hasValue(2);
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(KINDS + 1, 1, 0, KINDS, 0));
    assertThat(table().lines().filter(row -> !row.equals("new,1,1")))
        .containsExactlyElementsOf(before.lines().toList());
  }

  private static String ofEveryKind(int id, int version) {
    return IntStream.range(0, KINDS)
        .mapToObj(kind -> "k%02d,%d,%d\n".formatted(kind, id, version))
        .collect(Collectors.joining("", "kind,id,version\n", ""));
  }
}
