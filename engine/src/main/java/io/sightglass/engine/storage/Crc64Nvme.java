package io.sightglass.engine.storage;

import java.util.zip.Checksum;

/**
 * CRC-64/NVME, which S3 counts of every object by itself. Not thread-safe.
 *
 * <p>Reflected, polynomial {@code AD93D23594C93659}, all ones before and after; eight bytes a step.
 * The SDK has it in native code alone, which would be another library.
 */
final class Crc64Nvme implements Checksum {

  private static final long POLYNOMIAL = 0x9A6C9329AC4BC9B5L; // its bits in reverse
  private static final int STEP = 8;
  private static final long[][] TABLES = tables();

  private long state = -1;

  private static long[][] tables() {
    long[][] tables = new long[STEP][256];
    for (int value = 0; value < 256; value++) {
      long crc = value;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : POLYNOMIAL);
      }
      tables[0][value] = crc;
    }
    for (int table = 1; table < STEP; table++) {
      for (int value = 0; value < 256; value++) {
        long crc = tables[table - 1][value];
        tables[table][value] = (crc >>> 8) ^ tables[0][(int) crc & 0xff];
      }
    }
    return tables;
  }

  @Override
  public void update(int value) {
    state = (state >>> 8) ^ TABLES[0][(int) (state ^ value) & 0xff];
  }

  @Override
  public void update(byte[] buffer, int offset, int length) {
    int at = offset;
    int end = offset + length;
    for (; at + STEP <= end; at += STEP) {
      long crc = state;
      long next = 0;
      for (int index = 0; index < STEP; index++) {
        int mixed = (int) ((crc >>> (8 * index)) ^ buffer[at + index]) & 0xff;
        next ^= TABLES[STEP - 1 - index][mixed];
      }
      state = next;
    }
    for (; at < end; at++) {
      update(buffer[at]);
    }
  }

  @Override
  public long getValue() {
    return ~state;
  }

  @Override
  public void reset() {
    state = -1;
  }
}
