package io.sightglass.engine.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies in the places of nulls: nothing that the engine's memory held before. */
class NullSlotsTest {

  @TempDir Path folder;

  /** With these the engine leaves addresses and other values behind; without clearing, all fail. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT CASE WHEN i % 2 = 0 THEN NULL ELSE i END AS n FROM range(50000) r(i)",
        "SELECT b.v AS n FROM range(5000) a(i) LEFT JOIN (SELECT i * 2 AS k, i + 7 AS v"
            + " FROM range(1000) r(i)) b ON b.k = a.i ORDER BY a.i",
        "SELECT max(CASE WHEN k % 3 = 0 THEN k END) AS n"
            + " FROM (SELECT i % 5000 AS k FROM range(20000) r(i)) GROUP BY k",
        "SELECT lag(i, 3000) OVER (ORDER BY i) AS n FROM range(5000) r(i)",
        "SELECT try_cast(repeat('mark', 4) AS BIGINT) AS n FROM range(5000) r(i)",
        "SELECT {'a': [CASE WHEN i % 2 = 0 THEN NULL ELSE i END]} AS n FROM range(50000) r(i)",
      })
  void nothingThatWasThereBeforeLeaves(String sql) throws IOException {
    long nulls = 0;
    try (RootAllocator allocator = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(stream(sql)), allocator)) {
      while (reader.loadNextBatch()) {
        for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
          nulls += countNulls(vector);
        }
      }
    }
    assertThat(nulls).isGreaterThan(1000);
  }

  /** How many places of nulls there are, each of which must be empty. */
  private static long countNulls(FieldVector vector) {
    long nulls = 0;
    if (vector instanceof BaseFixedWidthVector fixed) {
      int width = fixed.getTypeWidth();
      for (int index = 0; index < fixed.getValueCount(); index++) {
        if (fixed.isNull(index)) {
          byte[] slot = new byte[width];
          fixed.getDataBuffer().getBytes((long) index * width, slot);
          assertThat(slot).containsOnly(0);
          nulls++;
        }
      }
    }
    for (FieldVector child : vector.getChildrenFromFields()) {
      nulls += countNulls(child);
    }
    return nulls;
  }

  private byte[] stream(String sql) {
    DuckDbInstance instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "ordinary", List.of(), folder, 100_000_000, 500_000_000, 2, Duration.ofMinutes(1)),
            List.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ResultStream stream =
        new ArrowEncoder().open(new TestingStatement(instance, sql, TestingStatement.UNLIMITED))) {
      for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
        for (ByteBuffer buffer : chunk.buffers()) {
          byte[] part = new byte[buffer.remaining()];
          buffer.duplicate().get(part);
          bytes.writeBytes(part);
        }
        chunk.release();
      }
    } finally {
      instance.retire();
    }
    return bytes.toByteArray();
  }
}
