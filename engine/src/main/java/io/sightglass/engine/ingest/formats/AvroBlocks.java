package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.UnpackedFile;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Walks through an Avro object container file without decoding anything, so that one that is cut
 * off, is none, or has blocks of any size is known before a decoder reads it.
 *
 * @see <a
 *     href="https://avro.apache.org/docs/1.12.0/specification/#object-container-files">format</a>
 */
final class AvroBlocks {

  /** A decoder holds one block at a time, and several files are read at once. */
  private static final long MAX_BLOCK_BYTES = 16L << 20;

  private static final long MAX_HEADER_BYTES = 8L << 20;
  private static final byte[] MAGIC = {'O', 'b', 'j', 1};
  private static final int SYNC_BYTES = 16;

  private final InputStream in;
  private long records;

  private AvroBlocks(InputStream in) {
    this.in = in;
  }

  /**
   * Checks a file.
   *
   * @return its records, as its blocks count them
   * @throws BrokenFileException {@code MALFORMED}, {@code CUT_OFF}
   */
  static long check(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      AvroBlocks blocks = new AvroBlocks(in);
      blocks.walk(Files.size(file));
      return blocks.records;
    } catch (EOFException end) {
      throw new BrokenFileException(FileFault.CUT_OFF, "The Avro file ends inside a block");
    } catch (IOException failure) {
      throw UnpackedFile.failed(failure);
    }
  }

  private void walk(long size) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length);
    if (!Arrays.equals(magic, MAGIC)) {
      boolean isBeginning =
          magic.length > 0 && Arrays.equals(magic, Arrays.copyOf(MAGIC, magic.length));
      throw isBeginning
          ? new BrokenFileException(FileFault.CUT_OFF, "The Avro file ends inside its header")
          : new BrokenFileException(
              FileFault.MALFORMED,
              "The file is no Avro object container: it does not begin with its mark");
    }
    skipMetadata();
    byte[] sync = bytes(SYNC_BYTES);
    for (int next = in.read(); next >= 0; next = in.read()) {
      long count = number(next);
      long length = number(in.read());
      if (count < 0 || length < 0 || length > MAX_BLOCK_BYTES) {
        throw malformed(
            "A block of %d bytes with %d records; allowed: up to %d MB"
                .formatted(length, count, MAX_BLOCK_BYTES >> 20));
      }
      in.skipNBytes(Math.min(length, size));
      if (!Arrays.equals(sync, bytes(SYNC_BYTES))) {
        throw malformed("A block does not end with the file's mark: its bytes are damaged");
      }
      records += Math.min(count, Long.MAX_VALUE / 2 - records);
      if (records > ParquetFooter.MAX_ROWS && records / ParquetFooter.MAX_ROWS_A_BYTE > size) {
        throw malformed(
            "It has %d bytes and says that it has %d records; allowed beyond %d: %d a byte"
                .formatted(size, records, ParquetFooter.MAX_ROWS, ParquetFooter.MAX_ROWS_A_BYTE));
      }
    }
  }

  private void skipMetadata() throws IOException {
    long read = 0;
    for (long entries = number(in.read()); entries != 0; entries = number(in.read())) {
      if (entries < 0) {
        number(in.read()); // the block's size in bytes
        entries = -entries;
      }
      for (long entry = 0; entry < 2 * entries; entry++) {
        long length = number(in.read());
        read += length + 1;
        if (length < 0 || read > MAX_HEADER_BYTES) {
          throw malformed("A header of more than %d MB".formatted(MAX_HEADER_BYTES >> 20));
        }
        in.skipNBytes(length);
      }
    }
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException();
    }
    return bytes;
  }

  /** A variable-length, zig-zag coded number that begins with the byte {@code first}. */
  private long number(int first) throws IOException {
    long value = 0;
    int next = first;
    for (int shift = 0; shift < 70; shift += 7) {
      if (next < 0) {
        throw new EOFException();
      }
      value |= (next & 0x7fL) << shift;
      if ((next & 0x80) == 0) {
        return (value >>> 1) ^ -(value & 1);
      }
      next = in.read();
    }
    throw malformed("A number of more than ten bytes");
  }

  private static BrokenFileException malformed(String what) {
    return new BrokenFileException(FileFault.MALFORMED, "The Avro file is broken: " + what);
  }
}
