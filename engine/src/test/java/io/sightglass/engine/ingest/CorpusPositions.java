package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.stores.Reject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out from the bytes alone where each line of a file begins, by another way than the product:
 * decoded as a whole, counted as a text editor does, encoded again. Stateless.
 */
final class CorpusPositions {

  private CorpusPositions() {}

  /** Every reject of a text lies where its line begins. */
  static void check(Dataset dataset, CorpusCase.Delivered delivered, List<Reject> rejects) {
    Source.Format format = dataset.sources().getFirst().format();
    if (rejects.isEmpty() || format == Source.Format.AVRO || format == Source.Format.PARQUET) {
      return;
    }
    var bytes = new ByteArrayOutputStream();
    delivered.parts().forEach(part -> bytes.writeBytes(part.unpacked()));
    Charset charset = delivered.parts().getFirst().charset();
    String text = bytes.toString(charset);
    List<Long> lines = lineStarts(text, charset, format == Source.Format.NDJSON);
    for (Reject reject : rejects) {
      assertThat(reject.position()).as("%s", reject).isEqualTo(lines.get((int) reject.line() - 1));
    }
  }

  private static List<Long> lineStarts(String text, Charset charset, boolean endsAtCr) {
    int firstLf = text.indexOf('\n');
    int firstCr = text.indexOf('\r');
    boolean isCr = endsAtCr || (firstCr >= 0 && (firstLf < 0 || firstCr < firstLf - 1));
    List<Long> starts = new ArrayList<>();
    long position = 0;
    int from = 0;
    while (from <= text.length()) {
      boolean isMarked = text.startsWith("\uFEFF", from);
      starts.add(position + (isMarked ? size("\uFEFF", charset) : 0));
      int end = from;
      while (end < text.length()
          && text.charAt(end) != '\n'
          && !(isCr && text.charAt(end) == '\r')) {
        end++;
      }
      int next = text.startsWith("\r\n", end) ? end + 2 : end + 1;
      position += size(text.substring(from, Math.min(next, text.length())), charset);
      from = next;
    }
    return starts;
  }

  private static long size(String text, Charset charset) {
    return charset.encode(text).remaining();
  }
}
