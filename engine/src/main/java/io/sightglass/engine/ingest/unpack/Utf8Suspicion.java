package io.sightglass.engine.ingest.unpack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes that are declared to be of one byte a character, and may be UTF-8 all the same: each
 * character beyond ASCII would become two or three others, and no type would show it. Used by one
 * thread.
 *
 * <p>Text of another encoding is hardly ever UTF-8 by chance wherever it is not ASCII, so that is
 * held to be a wrong declaration, at the end of the text.
 */
final class Utf8Suspicion extends FilterInputStream {

  private final String declared;
  private int awaited;
  private boolean isPlural;
  private boolean isOther;

  Utf8Suspicion(InputStream in, String declared) {
    super(in);
    this.declared = declared;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    if (count < 0 && isPlural && !isOther && awaited == 0) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The text is in utf-8; the contract declares \"%s\"".formatted(declared));
    }
    for (int index = offset; index < offset + count && !isOther; index++) {
      look(target[index] & 0xff);
    }
    return count;
  }

  private void look(int value) {
    if (awaited > 0) {
      isOther = (value & 0xc0) != 0x80;
      awaited--;
      isPlural = true;
    } else if (value >= 0x80) {
      awaited = value < 0xc2 || value > 0xf4 ? 0 : value < 0xe0 ? 1 : value < 0xf0 ? 2 : 3;
      isOther = awaited == 0;
    }
  }
}
