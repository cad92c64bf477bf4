package io.sightglass.engine.ingest.unpack;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * The text of a gzip archive, all members of it. Used by one thread; the caller closes it.
 *
 * <p>The JDK's own stream takes whatever follows a member and is no other one for the end, so that
 * a damaged second member would be rows that nobody misses. Here only zeros may follow, which are
 * padding.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952</a>
 */
final class GzipMembers extends InputStream {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int HAS_CHECKSUM = 2;
  private static final int HAS_EXTRA = 4;
  private static final int HAS_NAME = 8;
  private static final int HAS_COMMENT = 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private int from;
  private int to;
  private boolean isFirst = true;
  private boolean isInMember;

  GzipMembers(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (isInMember || beginMember()) {
      int count = inflate(target, offset, length);
      if (count > 0) {
        checksum.update(target, offset, count);
        return count;
      }
      if (inflater.finished()) {
        from = to - inflater.getRemaining();
        checkTrailer();
        isInMember = false;
      } else if (inflater.needsDictionary()) {
        throw new ZipException("A member needs a dictionary");
      } else {
        if (!fill()) {
          throw new EOFException();
        }
        inflater.setInput(buffer, from, to - from);
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws ZipException {
    try {
      return inflater.inflate(target, offset, length);
    } catch (DataFormatException damaged) {
      throw new ZipException("A member cannot be inflated");
    }
  }

  /** False at the end of the archive. */
  private boolean beginMember() throws IOException {
    int first = next();
    if (!isFirst) {
      while (first == 0) {
        first = next();
      }
      if (first < 0) {
        return false;
      }
    }
    if (mustBe(first) != 0x1f || mustBe(next()) != 0x8b || mustBe(next()) != 8) {
      throw new ZipException("No member begins here");
    }
    skipHeader();
    isFirst = false;
    isInMember = true;
    inflater.reset();
    inflater.setInput(buffer, from, to - from);
    checksum.reset();
    return true;
  }

  private void skipHeader() throws IOException {
    int flags = mustBe(next());
    skip(6);
    if ((flags & HAS_EXTRA) != 0) {
      skip(mustBe(next()) | mustBe(next()) << 8);
    }
    if ((flags & HAS_NAME) != 0) {
      skipText();
    }
    if ((flags & HAS_COMMENT) != 0) {
      skipText();
    }
    if ((flags & HAS_CHECKSUM) != 0) {
      skip(2);
    }
  }

  private void checkTrailer() throws IOException {
    if (number() != checksum.getValue() || number() != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw new ZipException("A member's checksum or length is wrong");
    }
  }

  private long number() throws IOException {
    long low = mustBe(next()) | mustBe(next()) << 8;
    long high = mustBe(next()) | mustBe(next()) << 8;
    return low | high << 16;
  }

  private void skip(int count) throws IOException {
    for (int index = 0; index < count; index++) {
      mustBe(next());
    }
  }

  private void skipText() throws IOException {
    int value;
    do {
      value = mustBe(next());
    } while (value != 0);
  }

  private static int mustBe(int value) throws EOFException {
    if (value < 0) {
      throw new EOFException();
    }
    return value;
  }

  private int next() throws IOException {
    return from < to || fill() ? buffer[from++] & 0xff : -1;
  }

  /** False at the end of the stored bytes. */
  private boolean fill() throws IOException {
    int count = in.read(buffer, 0, buffer.length);
    from = 0;
    to = Math.max(count, 0);
    return count > 0;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
