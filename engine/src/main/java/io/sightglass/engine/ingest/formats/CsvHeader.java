package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names in a file's first line, and whether a later record is such a line once more, as it is
 * where dumps were put one behind the other. Immutable.
 */
final class CsvHeader {

  /** More than any dump of a table has; each costs a cell of every row. */
  private static final int MAX_COLUMNS = 10_000;

  /** What a record is, beside this header. */
  enum Likeness {
    ROW,
    /** The same names in the same order. */
    SAME,
    /** Names as well, but others or elsewhere: rows behind it would be shifted. */
    OTHER
  }

  private final List<String> names;
  private final Set<String> known = new HashSet<>();
  private final boolean[] beginsName = new boolean[256];

  private CsvHeader(List<String> names) {
    this.names = names;
    for (String name : names) {
      if (!name.isEmpty()) {
        known.add(name);
        beginsName[name.getBytes(StandardCharsets.UTF_8)[0] & 0xff] = true;
      }
    }
  }

  /** The header that the scanner's record is. */
  static CsvHeader of(CsvScanner scanner) {
    if (scanner.cells() > MAX_COLUMNS) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The first line has %d columns; allowed: %d".formatted(scanner.cells(), MAX_COLUMNS));
    }
    return new CsvHeader(names(scanner));
  }

  private static List<String> names(CsvScanner scanner) {
    return scanner.decodeCells().stream()
        .map(cell -> new String(cell, StandardCharsets.UTF_8).strip())
        .toList();
  }

  List<String> names() {
    return names;
  }

  /** Compares a record of as many cells. */
  Likeness compare(CsvScanner scanner, char quote) {
    byte[] buffer = scanner.buffer();
    int index = scanner.start();
    while (index < scanner.end() && (buffer[index] == ' ' || buffer[index] == quote)) {
      index++;
    }
    // Nearly every row differs here already.
    if (index == scanner.end() || !beginsName[buffer[index] & 0xff]) {
      return Likeness.ROW;
    }
    List<String> cells = names(scanner);
    if (cells.equals(names)) {
      return Likeness.SAME;
    }
    long named = cells.stream().distinct().filter(known::contains).count();
    return cells.size() > 1 && 2 * named > cells.size() ? Likeness.OTHER : Likeness.ROW;
  }
}
