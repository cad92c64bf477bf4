package io.sightglass.engine.ingest.formats;

import static io.sightglass.engine.ingest.formats.CsvAlphabet.CR;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.DELIMITER;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.ESCAPE;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.FOREIGN_QUOTE;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.LF;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.NON_ASCII;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.NUL;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.QUOTE;
import static io.sightglass.engine.ingest.formats.CsvAlphabet.TEXT;

import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import io.sightglass.engine.ingest.unpack.SourceWidth;
import io.sightglass.engine.ingest.unpack.Transcoding;
import io.sightglass.engine.ingest.unpack.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds one record of CSV after the other. Used once, by one thread; its fields describe the record
 * that {@link #advance} found last.
 *
 * <p>A line ends with LF or CRLF; with CR alone only in a file whose first line does. A cell that
 * begins with a quote ends with one; quotes elsewhere are text.
 */
final class CsvScanner {

  /** Beyond it, a quote that never closes is the likelier reading. */
  private static final int MAX_RECORD_BYTES = 8 << 20;

  private static final int FIRST_BUFFER_BYTES = 1 << 20;

  private static final int MARK_BYTES = 3;

  /** How the search for the end of a record went. */
  enum Found {
    RECORD,
    /** Text stands behind a closing quote: what was found is the first line of the record. */
    BAD_QUOTES,
    /** The file ended inside quotes. */
    UNCLOSED,
    /** Nothing is left. */
    END
  }

  private final SourceBytes source;
  private final SourceWidth width;
  private final byte[] kinds;
  private final boolean escapeIsQuote;

  private byte[] buffer = new byte[FIRST_BUFFER_BYTES + 1];
  private int start;
  private int first;
  private int end;
  private int next;
  private int limit;
  private boolean atEnd;
  private boolean isFirst = true;
  private boolean endsWithCr;

  private long line = 1;
  private long position;
  private int cells;
  private long lines;
  private boolean irregular;
  private boolean hasNul;
  private boolean hasNonAscii;

  CsvScanner(CsvDialect dialect, SourceBytes source) {
    this.source = source;
    width = SourceWidth.of(dialect.encoding());
    escapeIsQuote = dialect.escape() == dialect.quote();
    kinds = CsvAlphabet.kinds(dialect);
    fill();
    refuseUtf16();
  }

  /** Goes on to the next record. */
  Found advance() {
    if (next > start) {
      position += width.of(buffer, start, next);
      line += lines;
      start = next;
      isFirst = false;
    }
    int found = scan();
    while (found == MORE) {
      fill();
      found = scan();
    }
    if (start == limit && atEnd) {
      return Found.END;
    }
    return found == COMPLETE ? Found.RECORD : found == UNCLOSED ? Found.UNCLOSED : cutToFirstLine();
  }

  /** The line on which the record begins, from 1. */
  long line() {
    return line;
  }

  /** Its first byte in the source, from 0, behind a byte order mark. */
  long position() {
    return position + width.of(buffer, start, first);
  }

  int cells() {
    return cells;
  }

  byte[] buffer() {
    return buffer;
  }

  int start() {
    return first;
  }

  /** Behind its last byte, the line end not counted. */
  int end() {
    return end;
  }

  /** Whether its bytes are not yet what a strict reader with doubled quotes takes. */
  boolean isIrregular() {
    return irregular;
  }

  boolean hasNul() {
    return hasNul;
  }

  boolean isUtf8() {
    return !hasNonAscii || Utf8.isValid(buffer, first, end);
  }

  /** Whether the file ends with it, without a line end. */
  boolean isLast() {
    return atEnd && end == limit;
  }

  /** Whether another line end comes in what is left of the file. */
  boolean hasLineEnd() {
    return firstLineEnd() < limit;
  }

  boolean isBlank() {
    for (int index = first; index < end; index++) {
      boolean isBlank = buffer[index] == ' ' || buffer[index] == '\t';
      if (!isBlank || kindAt(index) == DELIMITER) {
        return false;
      }
    }
    return true;
  }

  /** The cells of the record, unquoted. */
  List<byte[]> decodeCells() {
    List<byte[]> decoded = new ArrayList<>(cells);
    byte[] cell = new byte[end - first];
    int index = first;
    while (true) {
      int length = 0;
      if (index < end && kindAt(index) == QUOTE) {
        index++;
        while (true) {
          byte value = buffer[index];
          byte kind = kindAt(index++);
          if (kind == QUOTE && !(escapeIsQuote && index < end && buffer[index] == value)) {
            break;
          }
          if (kind == QUOTE || (kind == ESCAPE && index < end)) {
            value = buffer[index++];
          }
          cell[length++] = value;
        }
      } else {
        while (index < end && kindAt(index) != DELIMITER) {
          cell[length++] = buffer[index++];
        }
      }
      decoded.add(Arrays.copyOf(cell, length));
      if (index >= end) {
        return decoded;
      }
      index++;
      if (index == end) {
        decoded.add(new byte[0]);
        return decoded;
      }
    }
  }

  private static final int COMPLETE = 0;
  private static final int BAD_QUOTES = 1;
  private static final int UNCLOSED = 2;

  /** The record may go on behind the buffer. */
  private static final int MORE = 3;

  private int scan() {
    cells = 1;
    lines = 0;
    irregular = false;
    hasNul = false;
    hasNonAscii = false;
    first = start;
    if (limit - start < MARK_BYTES && !atEnd) {
      return MORE;
    }
    // Files that were put one behind the other have some in the middle, too.
    while (isByteOrderMark(first)) {
      first += MARK_BYTES;
    }
    int index = first;
    buffer[limit] = '\n';
    while (true) {
      if (index < limit && kindAt(index) == QUOTE) {
        irregular |= !escapeIsQuote;
        index = skipQuoted(index + 1);
        if (index < 0) {
          return atEnd ? UNCLOSED : MORE;
        }
        byte behind = kindAt(index);
        if (behind != DELIMITER && behind != LF && behind != CR) {
          return badQuotes();
        }
      } else {
        index = skipPlain(index);
      }
      // Here stands a delimiter, a line end, or the sentinel.
      byte kind = kindAt(index);
      if (kind == DELIMITER) {
        cells++;
        index++;
      } else if (index == limit || (kind == CR && index + 1 == limit)) {
        return atEnd ? complete(index, limit) : MORE;
      } else if (kind == LF) {
        return complete(index, index + 1);
      } else if (buffer[index + 1] == '\n') {
        return complete(index, index + 2);
      } else if (isFirst || endsWithCr) {
        endsWithCr = true;
        return complete(index, index + 1);
      } else {
        return badQuotes();
      }
    }
  }

  private byte kindAt(int index) {
    return kinds[buffer[index] & 0xff];
  }

  private int complete(int recordEnd, int following) {
    checkLength(recordEnd - first);
    end = recordEnd;
    next = following;
    lines++;
    return COMPLETE;
  }

  /** Waits until the whole first line is in the buffer, so that it can be cut off. */
  private int badQuotes() {
    return hasLineEnd() || atEnd ? BAD_QUOTES : MORE;
  }

  private Found cutToFirstLine() {
    int index = firstLineEnd();
    end = index > start && buffer[index - 1] == '\r' ? index - 1 : index;
    next = Math.min(index + 1, limit);
    lines = 1;
    return Found.BAD_QUOTES;
  }

  private int firstLineEnd() {
    int index = start;
    while (index < limit && buffer[index] != '\n' && !(endsWithCr && buffer[index] == '\r')) {
      index++;
    }
    return index;
  }

  /** The index of the delimiter or line end behind a cell without quotes around it. */
  private int skipPlain(int from) {
    int index = from;
    while (true) {
      byte kind = kindAt(index);
      while (kind == TEXT) {
        kind = kindAt(++index);
      }
      switch (kind) {
        case DELIMITER, LF -> {
          return index;
        }
        case CR -> {
          if (index + 1 >= limit || buffer[index + 1] == '\n' || endsWithCr || isFirst) {
            return index;
          }
          irregular = true;
        }
        case QUOTE, FOREIGN_QUOTE -> irregular = true;
        case NUL -> hasNul = true;
        case NON_ASCII -> hasNonAscii = true;
        default -> {
          // An escape outside quotes is text.
        }
      }
      index++;
    }
  }

  /** The index behind the closing quote; negative when the buffer ends before it. */
  private int skipQuoted(int from) {
    int index = from;
    while (index < limit) {
      byte kind = kindAt(index);
      if (kind == TEXT || kind == DELIMITER) {
        index++;
      } else if (kind == QUOTE) {
        if (!escapeIsQuote) {
          return index + 1;
        }
        if (index + 1 == limit && !atEnd) {
          return -1;
        }
        if (index + 1 < limit && buffer[index + 1] == buffer[index]) {
          index += 2;
        } else {
          return index + 1;
        }
      } else if (kind == ESCAPE && index + 1 < limit) {
        index += buffer[index + 1] == '\n' || buffer[index + 1] == '\r' ? 1 : 2;
      } else {
        lines += kind == LF || (kind == CR && endsWithCr && buffer[index + 1] != '\n') ? 1 : 0;
        hasNul |= kind == NUL;
        hasNonAscii |= kind == NON_ASCII;
        index++;
      }
    }
    return -1;
  }

  private void checkLength(int bytes) {
    if (bytes > MAX_RECORD_BYTES) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The record at line %d is longer than %d MB: a quote that never closes, or no text"
              .formatted(line, MAX_RECORD_BYTES >> 20));
    }
  }

  /** Moves the unfinished record to the front of the buffer and reads on behind it. */
  private void fill() {
    int kept = limit - start;
    checkLength(kept);
    byte[] target = kept > buffer.length / 2 ? new byte[2 * buffer.length] : buffer;
    System.arraycopy(buffer, start, target, 0, kept);
    buffer = target;
    start = 0;
    next = 0;
    limit = kept;
    while (limit < buffer.length - 1) {
      int count = source.read(buffer, limit, buffer.length - 1 - limit);
      if (count < 0) {
        atEnd = true;
        return;
      }
      limit += count;
    }
  }

  private boolean isByteOrderMark(int index) {
    return index + MARK_BYTES <= limit
        && (buffer[index] & 0xff) == 0xef
        && (buffer[index + 1] & 0xff) == 0xbb
        && (buffer[index + 2] & 0xff) == 0xbf;
  }

  private void refuseUtf16() {
    boolean isUtf16 =
        limit >= 2
            && (((buffer[0] & 0xff) == 0xff && (buffer[1] & 0xff) == 0xfe)
                || ((buffer[0] & 0xff) == 0xfe && (buffer[1] & 0xff) == 0xff));
    if (isUtf16) {
      throw Transcoding.wrongEncoding();
    }
  }
}
