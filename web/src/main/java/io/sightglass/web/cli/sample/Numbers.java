package io.sightglass.web.cli.sample;

import java.util.Arrays;

/** A list of longs that grows. Not thread-safe. */
final class Numbers {

  private long[] values = new long[16];
  private int size;

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = value;
  }

  int size() {
    return size;
  }

  long get(int index) {
    return values[index];
  }

  void swap(int one, int other) {
    long value = values[one];
    values[one] = values[other];
    values[other] = value;
  }
}
