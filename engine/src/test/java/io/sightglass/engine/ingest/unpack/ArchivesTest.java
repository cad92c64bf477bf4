package io.sightglass.engine.ingest.unpack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is missing from an archive, or changed in it, no row is lost without a word. */
class ArchivesTest {

  private static final String FIRST = "id,name\n" + "1,a\n".repeat(500);
  private static final String SECOND = "2,b\n".repeat(300);

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100_000})
  void allMembersAreRead(int chunk) throws IOException {
    byte[] archive = joined(gzip(FIRST), gzip(""), gzip(SECOND));
    assertThat(text(new GzipMembers(inChunks(archive, chunk)))).isEqualTo(FIRST + SECOND);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100_000})
  void allFramesAreRead(int chunk) throws IOException {
    byte[] archive = joined(zstd(FIRST), zstd(""), zstd(SECOND));
    assertThat(text(new ZstdFrames(inChunks(archive, chunk)))).isEqualTo(FIRST + SECOND);
  }

  @Test
  void aLargeFrameIsReadWhole() throws IOException {
    byte[] noise = new byte[3_000_000];
    new Random(5).nextBytes(noise);
    byte[] archive = joined(Zstd.compress(noise), Zstd.compress(new byte[5_000_000]));
    byte[] whole = new ZstdFrames(inChunks(archive, 1000)).readAllBytes();
    assertThat(whole).hasSize(8_000_000);
    assertThat(Arrays.copyOf(whole, noise.length)).isEqualTo(noise);
  }

  @Test
  void onlyBetweenMembersMayAnArchiveEnd() throws IOException {
    byte[] first = gzip(FIRST);
    byte[] archive = joined(first, gzip(SECOND));
    for (int length = 0; length < archive.length; length++) {
      byte[] part = Arrays.copyOf(archive, length);
      String read = textOrNull(new GzipMembers(inChunks(part, 64)));
      assertThat(read).as("%d bytes", length).isEqualTo(length == first.length ? FIRST : null);
    }
  }

  @Test
  void onlyBetweenFramesMayAnArchiveEnd() throws IOException {
    byte[] first = zstd(FIRST);
    byte[] archive = joined(first, zstd(SECOND));
    for (int chunk : new int[] {1, 100_000}) {
      for (int length = 1; length < archive.length; length++) {
        byte[] part = Arrays.copyOf(archive, length);
        String read = textOrNull(new ZstdFrames(inChunks(part, chunk)));
        assertThat(read).as("%d bytes", length).isEqualTo(length == first.length ? FIRST : null);
      }
    }
  }

  @Test
  void aFlippedBitIsFoundOrHarmless() throws IOException {
    byte[] archive = joined(gzip(FIRST), gzip(SECOND));
    for (int index = 0; index < archive.length; index++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = archive.clone();
        flipped[index] ^= (byte) (1 << bit);
        String read = textOrNull(new GzipMembers(inChunks(flipped, 4096)));
        assertThat(read == null || read.equals(FIRST + SECOND)).as("byte %d", index).isTrue();
      }
    }
  }

  @Test
  void aHeaderMayHaveEveryField() throws IOException {
    byte[] text = FIRST.getBytes(UTF_8);
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(text);
    deflater.finish();
    byte[] packed = new byte[10_000];
    int length = deflater.deflate(packed);
    deflater.end();
    CRC32 crc = new CRC32();
    crc.update(text);
    var member = new ByteArrayOutputStream();
    member.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3});
    member.writeBytes(new byte[] {3, 0, 'x', 0, 'z'});
    member.writeBytes("dump.csv\0made by nobody\0".getBytes(UTF_8));
    member.writeBytes(new byte[] {7, 7});
    member.write(packed, 0, length);
    for (long number : new long[] {crc.getValue(), text.length}) {
      for (int shift = 0; shift < 32; shift += 8) {
        member.write((int) (number >>> shift));
      }
    }
    byte[] archive = joined(member.toByteArray(), gzip(SECOND), new byte[512]);
    assertThat(text(new GzipMembers(inChunks(archive, 3)))).isEqualTo(FIRST + SECOND);
  }

  private static String text(InputStream stream) throws IOException {
    try (stream) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }

  /** Null when the archive is found to be broken. */
  private static @Nullable String textOrNull(InputStream stream) throws IOException {
    try {
      return text(stream);
    } catch (EOFException | ZipException | BrokenFileException broken) {
      return null;
    }
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] gzip(String text) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(UTF_8));
    }
    return packed.toByteArray();
  }

  private static byte[] zstd(String text) {
    return Zstd.compress(text.getBytes(UTF_8));
  }

  /** A stream that gives a few bytes at a time, as a network does. */
  private static InputStream inChunks(byte[] bytes, int chunk) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] target, int offset, int length) {
        return super.read(target, offset, Math.min(length, chunk));
      }
    };
  }
}
