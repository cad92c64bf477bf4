package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a staged CSV file: every record begins with its line and position in the source, ends with
 * {@code \n}, and quotes are escaped by doubling. Used by one thread; the caller closes it.
 */
public final class RecordWriter implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 20;

  /** So many rows the engine takes at once, all of their values in memory that it cannot spill. */
  private static final int VECTOR_RECORDS = 2048;

  /** More than records have of which nobody need think; with all of its copies far from a limit. */
  private static final long PART_BYTES = 32 << 20;

  private final OutputStream out;
  private final byte delimiter;
  private final byte quote;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final byte[] digits = new byte[20];
  private int used;
  private long records;
  private long recordBytes;
  private long longestRecord;
  private final List<Long> parts = new ArrayList<>();
  private int recentRecords;
  private long recentBytes;

  public RecordWriter(Path file, char delimiter, char quote) {
    this.delimiter = (byte) delimiter;
    this.quote = (byte) quote;
    try {
      out = Files.newOutputStream(file);
    } catch (IOException failure) {
      throw failed(failure);
    }
  }

  void begin(long line, long position) {
    recordBytes = 0;
    if (recentBytes >= PART_BYTES) {
      parts.add(line);
      recentBytes = 0;
      recentRecords = 0;
    } else if (recentRecords == VECTOR_RECORDS) {
      recentBytes = 0;
      recentRecords = 0;
    }
    number(line);
    write(delimiter);
    number(position);
  }

  /** Every cell of the record at once, already in the form of the staged file. */
  void cells(byte[] bytes, int from, int to) {
    write(delimiter);
    write(bytes, from, to);
  }

  /** One more cell; null is an empty one without quotes. */
  void cell(byte @org.jspecify.annotations.Nullable [] utf8) {
    write(delimiter);
    if (utf8 != null) {
      write(quote);
      int from = 0;
      for (int index = 0; index < utf8.length; index++) {
        if (utf8[index] == quote) {
          write(utf8, from, index + 1);
          from = index;
        }
      }
      write(utf8, from, utf8.length);
      write(quote);
    }
  }

  void end() {
    write((byte) '\n');
    records++;
    recentRecords++;
    recentBytes += recordBytes;
    longestRecord = Math.max(longestRecord, recordBytes);
  }

  public long records() {
    return records;
  }

  /** In bytes. */
  public long longestRecord() {
    return longestRecord;
  }

  /** The lines at which parts begin, as the staged source has them. */
  public List<Long> parts() {
    return List.copyOf(parts);
  }

  private void number(long value) {
    int from = digits.length;
    long rest = value;
    do {
      digits[--from] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    write(digits, from, digits.length);
  }

  private void write(byte value) {
    if (used == BUFFER_BYTES) {
      flush();
    }
    buffer[used++] = value;
    recordBytes++;
  }

  private void write(byte[] bytes, int from, int to) {
    int length = to - from;
    recordBytes += length;
    if (length > BUFFER_BYTES - used) {
      flush();
      if (length > BUFFER_BYTES) {
        writeThrough(bytes, from, length);
        return;
      }
    }
    System.arraycopy(bytes, from, buffer, used, length);
    used += length;
  }

  private void flush() {
    writeThrough(buffer, 0, used);
    used = 0;
  }

  private void writeThrough(byte[] bytes, int from, int length) {
    try {
      out.write(bytes, from, length);
    } catch (IOException failure) {
      throw failed(failure);
    }
  }

  @Override
  public void close() {
    try (out) {
      flush();
    } catch (IOException failure) {
      throw failed(failure);
    }
  }

  private static EngineException failed(IOException cause) {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "The staging folder cannot be written; is the disk full?",
        cause);
  }
}
