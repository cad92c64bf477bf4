package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import io.sightglass.engine.ingest.unpack.Transcoding;
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
public final class CsvSplitter {

  private final Dataset dataset;
  private final CsvDialect dialect;
  private final CsvScanner scanner;
  private final RecordWriter out;
  private final RecordRejects rejects;

  private @Nullable CsvHeader header;
  private @Nullable SourceColumns columns;
  private @Nullable ShortRecord held;

  /** Records that could not be read; where no other is, the file is at fault. */
  private long broken;

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

  public CsvSplitter(
      Dataset dataset,
      CsvDialect dialect,
      SourceBytes source,
      RecordWriter out,
      RecordRejects rejects) {
    this.dataset = dataset;
    this.out = out;
    this.rejects = rejects;
    this.dialect = dialect;
    scanner = new CsvScanner(dialect, source);
    columns = dialect.header() ? null : SourceColumns.inOrder(dataset, List.of());
  }

  /** Splits everything; the staged records' cells. */
  public SourceColumns split() {
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
    if (broken > 0 && out.records() == 0) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "None of the %d rows can be read: too many or too few columns, or quotes that do not match; expected: %d columns"
              .formatted(broken, known.count()));
    }
    return known.isWide() ? known.narrowed() : known;
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
          : Transcoding.wrongEncoding(scanner.line());
    }
    if (known == null) {
      CsvHeader first = CsvHeader.of(scanner);
      columns = SourceColumns.ofHeader(dataset, first.names());
      header = first;
      return;
    }
    rejectHeld(known);
    if (scanner.cells() < known.count()) {
      held = new ShortRecord(scanner);
    } else if (scanner.cells() > known.count()) {
      broken++;
      reject(raggedness(scanner.cells(), known));
    } else if (scanner.hasNul()) {
      reject("Holds a NUL character");
    } else {
      takeWhole(known);
    }
  }

  /** A record with as many cells as the file has columns. */
  private void takeWhole(SourceColumns known) {
    CsvHeader first = header;
    switch (first == null ? CsvHeader.Likeness.ROW : first.compare(scanner, dialect.quote())) {
      case ROW -> write(known);
      case SAME -> reject("Repeats the header");
      case OTHER ->
          throw new BrokenFileException(
              FileFault.MALFORMED,
              "Line %d is a header with other names, or another order, than the first line"
                  .formatted(scanner.line()));
    }
  }

  private void write(SourceColumns known) {
    out.begin(scanner.line(), scanner.position());
    if (known.isWide()) {
      List<byte[]> cells = scanner.decodeCells();
      known.cells().stream().flatMap(List::stream).map(cells::get).forEach(out::cell);
    } else if (scanner.isIrregular()) {
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
    broken++;
    reject("The quotes do not match");
  }

  private void rejectHeld(SourceColumns known) {
    ShortRecord row = held;
    if (row != null) {
      broken++;
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
