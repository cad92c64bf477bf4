package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source.CsvDialect;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits CSV into records, each with its line and position, so that everything behind it may rely
 * on every staged record having the header's cells. Used once, by one thread.
 *
 * <p>A record whose quotes do not match is rejected up to the end of its first line, and reading
 * goes on behind that: a quote that is not closed must not swallow the good rows behind it.
 */
final class CsvSplitter {

  private final Dataset dataset;
  private final boolean hasHeader;
  private final CsvScanner scanner;
  private final RecordWriter out;
  private final RecordRejects rejects;

  private byte[] header = new byte[0];
  private @Nullable SourceColumns columns;
  private @Nullable ShortRecord held;

  /** Too few cells: a broken row if others follow, else the sign of a file that was cut off. */
  private static final class ShortRecord {
    private final long line;
    private final long position;
    private final int cells;
    private final byte[] bytes;

    ShortRecord(CsvScanner scanner) {
      line = scanner.line();
      position = scanner.position();
      cells = scanner.cells();
      bytes = Arrays.copyOfRange(scanner.buffer(), scanner.start(), scanner.end());
    }
  }

  CsvSplitter(
      Dataset dataset,
      CsvDialect dialect,
      SourceBytes source,
      RecordWriter out,
      RecordRejects rejects) {
    this.dataset = dataset;
    this.out = out;
    this.rejects = rejects;
    hasHeader = dialect.header();
    scanner = new CsvScanner(dialect, source);
    columns = hasHeader ? null : SourceColumns.inOrder(dataset, List.of());
  }

  /** Splits everything; the staged records' cells. */
  SourceColumns split() {
    while (true) {
      switch (scanner.advance()) {
        case RECORD -> takeRecord();
        case BAD_QUOTES -> takeBadQuotes();
        case UNCLOSED -> throw unclosed();
        case END -> {
          return end();
        }
      }
    }
  }

  private SourceColumns end() {
    SourceColumns known = columns;
    if (known == null) {
      throw new BrokenFileException(FileFault.MALFORMED, "The file is empty: it has no header");
    }
    if (held != null) {
      throw cutOff(held.line, held.cells, known);
    }
    return known;
  }

  private void takeRecord() {
    SourceColumns known = columns;
    // Blanks alone are nothing where a record has several cells.
    if (scanner.start() == scanner.end()
        || (scanner.isBlank() && (known == null || known.count() > 1))) {
      return;
    }
    if (!scanner.isUtf8()) {
      // A file may be cut off inside a character, too.
      throw known != null && scanner.cells() < known.count() && scanner.isLast()
          ? cutOff(scanner.line(), scanner.cells(), known)
          : Transcoding.wrongEncoding();
    }
    if (known == null) {
      header = Arrays.copyOfRange(scanner.buffer(), scanner.start(), scanner.end());
      columns = SourceColumns.ofHeader(dataset, headerNames());
      return;
    }
    rejectHeld(known);
    if (scanner.cells() < known.count()) {
      held = new ShortRecord(scanner);
    } else if (scanner.cells() > known.count()) {
      reject(raggedness(scanner.cells(), known));
    } else if (scanner.hasNul()) {
      reject("Holds a NUL character");
    } else if (hasHeader && repeatsHeader()) {
      reject("Repeats the header");
    } else {
      write();
    }
  }

  private void write() {
    out.begin(scanner.line(), scanner.position());
    if (scanner.isIrregular()) {
      scanner.decodeCells().forEach(out::cell);
    } else {
      out.cells(scanner.buffer(), scanner.start(), scanner.end());
    }
    out.end();
  }

  private void takeBadQuotes() {
    SourceColumns known = columns;
    if (known == null) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "The first line is no header: its quotes do not match");
    }
    rejectHeld(known);
    reject("The quotes do not match");
  }

  private List<String> headerNames() {
    return scanner.decodeCells().stream()
        .map(cell -> new String(cell, StandardCharsets.UTF_8).strip())
        .toList();
  }

  private boolean repeatsHeader() {
    int from = scanner.startsWithByteOrderMark() ? scanner.start() + 3 : scanner.start();
    return Arrays.equals(scanner.buffer(), from, scanner.end(), header, 0, header.length);
  }

  private void rejectHeld(SourceColumns known) {
    ShortRecord row = held;
    if (row != null) {
      String reason = raggedness(row.cells, known);
      rejects.add(row.line, row.position, reason, row.bytes, 0, row.bytes.length);
      held = null;
    }
  }

  private void reject(String reason) {
    rejects.add(
        scanner.line(),
        scanner.position(),
        reason,
        scanner.buffer(),
        scanner.start(),
        scanner.end());
  }

  private static String raggedness(int cells, SourceColumns known) {
    return "Has %d columns; the file has %d".formatted(cells, known.count());
  }

  private static BrokenFileException cutOff(long line, int cells, SourceColumns known) {
    return new BrokenFileException(
        FileFault.CUT_OFF,
        "The last line, %d, has %d of %d columns".formatted(line, cells, known.count()));
  }

  private BrokenFileException unclosed() {
    return scanner.hasLineEnd()
        ? new BrokenFileException(
            FileFault.MALFORMED,
            "A quote of the record at line %d never closes".formatted(scanner.line()))
        : new BrokenFileException(
            FileFault.CUT_OFF, "The last line, %d, ends inside quotes".formatted(scanner.line()));
  }
}
