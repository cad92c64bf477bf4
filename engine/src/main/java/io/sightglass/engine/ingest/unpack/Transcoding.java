package io.sightglass.engine.ingest.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Turns text of a declared encoding into UTF-8, strictly. */
public final class Transcoding {

  private static final int MARK_BYTES = 2;

  private Transcoding() {}

  /** The same text in UTF-8; UTF-8 itself is passed through and checked by whoever splits it. */
  static InputStream toUtf8(InputStream bytes, String encoding) {
    Charset charset = Charset.forName(encoding);
    if (charset.equals(StandardCharsets.UTF_8)) {
      return bytes;
    }
    return SourceWidth.isSingleByte(charset)
        ? new Utf8Stream(new Utf8Suspicion(bytes, encoding), charset)
        : new Utf8Stream(bytes, charset);
  }

  public static BrokenFileException wrongEncoding() {
    return new BrokenFileException(
        FileFault.MALFORMED, "The text is not in the encoding that the contract declares");
  }

  public static BrokenFileException wrongEncoding(long line) {
    return new BrokenFileException(
        FileFault.MALFORMED,
        "Line %d is not in the encoding that the contract declares".formatted(line));
  }

  private static final class Utf8Stream extends InputStream {
    private final PushbackInputStream in;
    private final Charset declared;
    private @Nullable InputStreamReader reader;
    private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
    private final CharBuffer chars = CharBuffer.allocate(1 << 15).flip();
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 17).flip();
    private boolean atEnd;

    Utf8Stream(InputStream in, Charset charset) {
      this.in = new PushbackInputStream(in, MARK_BYTES);
      declared = charset;
    }

    /**
     * A reader that keeps the byte order mark, which Java's own charset of that name would swallow:
     * positions count its bytes.
     */
    private InputStreamReader open() throws IOException {
      Charset charset = declared;
      if (declared.name().equals("UTF-16")) {
        byte[] mark = in.readNBytes(MARK_BYTES);
        in.unread(mark);
        boolean isLittle =
            mark.length == MARK_BYTES && (mark[0] & 0xff) == 0xff && (mark[1] & 0xff) == 0xfe;
        charset = isLittle ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16BE;
      }
      return new InputStreamReader(
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
      InputStreamReader opened = reader;
      if (opened == null) {
        opened = open();
        reader = opened;
      }
      chars.compact();
      atEnd = opened.read(chars) < 0;
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
      in.close();
    }
  }
}
