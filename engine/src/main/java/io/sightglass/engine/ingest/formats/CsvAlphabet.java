package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.dataset.Source.CsvDialect;
import java.util.Arrays;

/** What each byte means to a dialect of CSV. Stateless. */
public final class CsvAlphabet {

  /** A dialect's quote or escape where it has none. */
  public static final char NONE = '\0';

  static final byte TEXT = 0;
  static final byte DELIMITER = 1;
  static final byte LF = 2;
  static final byte CR = 3;
  static final byte QUOTE = 4;
  static final byte NUL = 5;
  static final byte NON_ASCII = 6;
  static final byte ESCAPE = 7;

  /** A quote that the dialect does not know: text, which the staged file must escape. */
  static final byte FOREIGN_QUOTE = 8;

  private CsvAlphabet() {}

  /** The kind of each byte, by its unsigned value. */
  static byte[] kinds(CsvDialect dialect) {
    byte[] kinds = new byte[256];
    Arrays.fill(kinds, 128, 256, NON_ASCII);
    if (dialect.quote() == NONE) {
      kinds['"'] = FOREIGN_QUOTE;
    } else {
      kinds[dialect.escape()] = ESCAPE;
      kinds[dialect.quote()] = QUOTE;
    }
    kinds[NONE] = NUL;
    kinds['\n'] = LF;
    kinds['\r'] = CR;
    kinds[dialect.delimiter()] = DELIMITER;
    return kinds;
  }
}
