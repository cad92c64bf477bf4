package io.sightglass.engine.ingest.staging;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Turns text of a declared encoding into UTF-8, strictly. */
final class Transcoding {

  private Transcoding() {}

  /** The same text in UTF-8; UTF-8 itself is passed through and checked by whoever splits it. */
  static InputStream toUtf8(InputStream bytes, String encoding) {
    Charset charset = Charset.forName(encoding);
    return charset.equals(StandardCharsets.UTF_8) ? bytes : new Utf8Stream(bytes, charset);
  }

  static BrokenFileException wrongEncoding() {
    return new BrokenFileException(
        FileFault.MALFORMED, "The text is not in the encoding that the contract declares");
  }

  /** How many bytes of the source stand behind UTF-8 text. */
  static SourceWidth widthOf(String encoding) {
    Charset charset = Charset.forName(encoding);
    if (charset.name().startsWith("UTF-16")) {
      return SourceWidth.UTF_16;
    }
    boolean single =
        !charset.equals(StandardCharsets.UTF_8)
            && charset.canEncode()
            && charset.newEncoder().maxBytesPerChar() == 1;
    return single ? SourceWidth.SINGLE_BYTE : SourceWidth.UTF_8;
  }

  /** The size of text in its source's encoding. */
  enum SourceWidth {
    UTF_8,
    UTF_16,
    SINGLE_BYTE;

    long of(byte[] utf8, int from, int to) {
      if (this == UTF_8) {
        return (long) to - from;
      }
      long units = 0;
      for (int index = from; index < to; index++) {
        int value = utf8[index] & 0xff;
        if (value < 0x80 || value >= 0xc0) {
          units += this == UTF_16 && value >= 0xf0 ? 2 : 1;
        }
      }
      return this == UTF_16 ? 2 * units : units;
    }
  }

  private static final class Utf8Stream extends InputStream {
    private final InputStreamReader reader;
    private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
    private final CharBuffer chars = CharBuffer.allocate(1 << 15).flip();
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 17).flip();
    private boolean atEnd;

    Utf8Stream(InputStream in, Charset charset) {
      reader =
          new InputStreamReader(
              in,
              charset
                  .newDecoder()
                  .onMalformedInput(CodingErrorAction.REPORT)
                  .onUnmappableCharacter(CodingErrorAction.REPORT));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      while (!bytes.hasRemaining()) {
        if (atEnd) {
          return -1;
        }
        encodeMore();
      }
      int count = Math.min(length, bytes.remaining());
      bytes.get(target, offset, count);
      return count;
    }

    private void encodeMore() throws IOException {
      chars.compact();
      atEnd = reader.read(chars) < 0;
      chars.flip();
      bytes.clear();
      var result = encoder.encode(chars, bytes, atEnd);
      bytes.flip();
      if (result.isError()) {
        throw wrongEncoding();
      }
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
