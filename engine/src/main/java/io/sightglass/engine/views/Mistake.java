package io.sightglass.engine.views;

import java.util.Comparator;

/**
 * One mistake in a pack, or one warning, and its place. Immutable; ordered by place.
 *
 * @param path below the pack's folder, with {@code /}
 * @param line from 1
 * @param message the value seen; what is allowed; what may have been meant
 */
public record Mistake(String path, int line, MistakeCode code, String message)
    implements Comparable<Mistake> {

  private static final Comparator<Mistake> BY_PLACE =
      Comparator.comparing(Mistake::path)
          .thenComparingInt(Mistake::line)
          .thenComparing(Mistake::code)
          .thenComparing(Mistake::message);

  @Override
  public int compareTo(Mistake other) {
    return BY_PLACE.compare(this, other);
  }

  /** {@code path:line: CODE: seen; allowed; did you mean}. */
  @Override
  public String toString() {
    return "%s:%d: %s: %s".formatted(path, line, code, message);
  }
}
