package io.sightglass.engine.ingest.staging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.TestingDataset;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However large a file or a line is, staging takes the memory of a few buffers. */
class StagingMemoryTest {

  private static final long BOUND_BYTES = 64L << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = Source.Format.class,
      names = {"CSV", "NDJSON"})
  void aLineOfOneGigabyte(Source.Format format) throws IOException {
    String head = format == Source.Format.CSV ? "id,note\n1,\"" : "{\"id\":1,\"note\":\"";
    InputStream object = packed(head, "x".repeat(1 << 20), 1 << 10);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> stage(object, format))
        .isInstanceOfSatisfying(
            BrokenFileException.class,
            broken -> assertThat(broken.fault()).isEqualTo(FileFault.MALFORMED))
        .hasMessageContaining("longer than 8 MB");
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(BOUND_BYTES);
  }

  @Test
  void manyRows() throws IOException {
    InputStream object =
        packed("id,note\n", "1234567,some text of a row\n".repeat(1 << 14), 1 << 8);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertThat(stage(object, Source.Format.CSV).recordCount()).isEqualTo(1L << 22);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(BOUND_BYTES);
  }

  private StagedSource stage(InputStream object, Source.Format format) {
    Dataset dataset =
        new TestingDataset("t.large")
            .source("x", format)
            .column("id", Scalar.BIGINT)
            .column("note", Scalar.VARCHAR)
            .build();
    return Stager.stage(object, "x.gz", dataset, dataset.sources().getFirst(), folder);
  }

  /** An archive of members, one after the other, without holding them all. */
  private static InputStream packed(String head, String part, int times) throws IOException {
    byte[] packed = gzip(part);
    List<InputStream> parts =
        Collections.nCopies(times, packed).stream()
            .<InputStream>map(ByteArrayInputStream::new)
            .toList();
    return new SequenceInputStream(
        new ByteArrayInputStream(gzip(head)),
        new SequenceInputStream(Collections.enumeration(parts)));
  }

  private static byte[] gzip(String text) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(UTF_8));
    }
    return packed.toByteArray();
  }
}
