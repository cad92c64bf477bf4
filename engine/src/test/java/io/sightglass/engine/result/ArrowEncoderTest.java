package io.sightglass.engine.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an Arrow stream may break, and what becomes of values without a plain layout. */
class ArrowEncoderTest {

  @TempDir static Path folder;
  private static DuckDbInstance instance;

  @BeforeAll
  static void open() {
    instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "ordinary", List.of(), folder, 100_000_000, 500_000_000, 2, Duration.ofMinutes(1)),
            List.of());
  }

  @AfterAll
  static void close() {
    instance.retire();
  }

  private static List<byte[]> chunks(String sql) {
    List<byte[]> chunks = new ArrayList<>();
    ResultStream stream =
        new ArrowEncoder().open(new TestingStatement(instance, sql, TestingStatement.UNLIMITED));
    for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (ByteBuffer buffer : chunk.buffers()) {
        byte[] part = new byte[buffer.remaining()];
        buffer.duplicate().get(part);
        bytes.writeBytes(part);
      }
      assertThat(bytes.size()).isEqualTo((int) chunk.size());
      chunk.release();
      chunks.add(bytes.toByteArray());
    }
    assertThat(DuckDbInstance.batchBytesInUse()).isZero();
    return chunks;
  }

  private static byte[] joined(List<byte[]> chunks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    chunks.forEach(bytes::writeBytes);
    return bytes.toByteArray();
  }

  private static List<String> firstColumn(byte[] stream) throws IOException {
    List<String> values = new ArrayList<>();
    try (RootAllocator allocator = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
      while (reader.loadNextBatch()) {
        var vector = reader.getVectorSchemaRoot().getVector(0);
        for (int row = 0; row < vector.getValueCount(); row++) {
          values.add(String.valueOf(vector.getObject(row)));
        }
      }
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT i, 'text ' || i AS t FROM range(100000) r(i)",
        "SELECT i FROM range(1) r(i)",
        "SELECT true AS b FROM range(3) r(i)",
        "SELECT 1 AS i WHERE false"
      })
  void aStreamThatBreaksBetweenTwoChunksReadsAsBroken(String sql) {
    List<byte[]> chunks = chunks(sql);
    for (int count = 1; count < chunks.size(); count++) {
      byte[] broken = joined(chunks.subList(0, count));
      assertThatThrownBy(() -> firstColumn(broken))
          .as("the first %d of %d chunks", count, chunks.size())
          .isInstanceOf(IOException.class);
    }
    byte[] whole = joined(chunks);
    assertThat(whole).endsWith(-1, -1, -1, -1, 0, 0, 0, 0);
    assertThat(whole.length % 8).isZero();
    assertThatCode(() -> firstColumn(whole)).doesNotThrowAnyException();
  }

  @Test
  void intervalsAndTimesWithAZoneAreTheTextsThatJsonHas() throws IOException {
    assertThat(
            value("SELECT INTERVAL '1 year 2 months -3 days 04:05:06.7' AS v FROM range(1) r(i)"))
        .containsExactly("P1Y2M-3DT4H5M6.7S");
    assertThat(value("SELECT '01:02:03+01'::TIMETZ AS v")).containsExactly("01:02:03+01:00");
    assertThat(value("SELECT NULL::INTERVAL AS v")).containsExactly("null");
    assertThat(value("SELECT [INTERVAL 1 DAY, NULL] AS v UNION ALL SELECT NULL"))
        .containsExactly("[\"P1D\",null]", "null");
    assertThat(value("SELECT [[INTERVAL 1 DAY], NULL, []] AS v"))
        .containsExactly("[[\"P1D\"],null,[]]");
    assertThat(value("SELECT array_value(INTERVAL 1 DAY, NULL) AS v"))
        .containsExactly("[\"P1D\",null]");
    assertThat(value("SELECT {'a b': {'i': INTERVAL 1 DAY}, 'n': 1} AS v UNION ALL SELECT NULL"))
        .containsExactly("{\"a b\":{\"i\":\"P1D\"},\"n\":1}", "null");
    assertThat(value("SELECT MAP {'k': [INTERVAL 1 DAY], 'n': NULL} AS v UNION ALL SELECT NULL"))
        .containsExactly("[{\"key\":\"k\",\"value\":[\"P1D\"]},{\"key\":\"n\"}]", "null");
  }

  private static List<String> value(String sql) throws IOException {
    return firstColumn(joined(chunks(sql)));
  }
}
