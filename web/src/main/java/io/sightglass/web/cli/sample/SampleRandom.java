package io.sightglass.web.cli.sample;

import java.util.List;

/**
 * A random generator whose sequence never changes: SplitMix64 (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014).
 *
 * <p>Own code, because the JDK promises the sequence of {@code nextLong} but not that of bounded
 * numbers, and files must be the same bytes under every JDK. Not thread-safe.
 */
final class SampleRandom {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  private SampleRandom(long state) {
    this.state = state;
  }

  /** A generator of its own for each combination of {@code seed}, {@code stream} and number. */
  static SampleRandom of(long seed, Stream stream, long number) {
    long mixed = mix(seed + GOLDEN_GAMMA);
    mixed = mix(mixed ^ (stream.number * GOLDEN_GAMMA));
    return new SampleRandom(mix(mixed ^ (number * GOLDEN_GAMMA)));
  }

  /** What a generator is for, so that one more use does not move the others. */
  enum Stream {
    DAY(1),
    CLAIM(2),
    VETERAN(3),
    DIRT(4),
    CONTENTION(5),
    ARRIVAL(6),
    MERGE_JOB(7),
    LPA(8),
    FEEDBACK(9),
    CHANNEL(10),
    TENURE(11),
    BROKEN_LINE(12);

    private final long number;

    Stream(long number) {
      this.number = number;
    }
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** A number from 0 to {@code bound - 1}. */
  int below(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** A number from 0 to {@code bound - 1}. */
  long below(long bound) {
    return Math.unsignedMultiplyHigh(nextLong(), bound);
  }

  /** A number from {@code first} to {@code last}, both inclusive. */
  int between(int first, int last) {
    return first + below(last - first + 1);
  }

  /** A number in [0, 1). */
  double unit() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  boolean chance(double probability) {
    return unit() < probability;
  }

  <T> T pick(List<T> values) {
    return values.get(below(values.size()));
  }

  /** A number around {@code median}: log-normal, two thirds within a factor of e^{@code spread}. */
  double around(double median, double spread) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit()));
    double normal = radius * StrictMath.cos(2 * Math.PI * unit());
    return median * StrictMath.exp(spread * normal);
  }
}
