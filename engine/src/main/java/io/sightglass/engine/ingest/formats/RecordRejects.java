package io.sightglass.engine.ingest.formats;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Records that cannot be read at all, each with its reason and its text, in a staged file: line,
 * position, reason, text. Used by one thread; the caller closes it.
 */
public final class RecordRejects implements AutoCloseable {

  /** Longer texts are cut: a reject is there to be looked at. */
  private static final int MAX_TEXT_BYTES = 64 << 10;

  private final RecordWriter out;

  public RecordRejects(Path file) {
    out = new RecordWriter(file, ',', '"');
  }

  void add(long line, long position, String reason, byte[] bytes, int from, int to) {
    out.begin(line, position);
    out.cell(reason.getBytes(StandardCharsets.UTF_8));
    int end = Math.min(to, from + MAX_TEXT_BYTES);
    // Decoding mends what is no UTF-8; DuckDB takes neither that nor NUL.
    String text =
        new String(bytes, from, end - from, StandardCharsets.UTF_8).replace('\0', '\u2400');
    out.cell(text.getBytes(StandardCharsets.UTF_8));
    out.end();
  }

  public long count() {
    return out.records();
  }

  public long longestRecord() {
    return out.longestRecord();
  }

  @Override
  public void close() {
    out.close();
  }
}
