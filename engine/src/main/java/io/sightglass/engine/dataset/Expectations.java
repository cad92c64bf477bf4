package io.sightglass.engine.dataset;

import java.time.LocalTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * What should come, and when; null means nothing is expected.
 *
 * @param every how often a date must come
 * @param by the time of day by which it must have come, in {@code zone}
 * @param rows band for the rows read around the median of the last ten committed loads, from the
 *     third on
 * @param rejects highest share of the rows read, 0 to 1
 */
public record Expectations(
    @Nullable Every every,
    @Nullable LocalTime by,
    ZoneId zone,
    @Nullable Band rows,
    @Nullable Double rejects) {

  /** A calendar rhythm. */
  public enum Every {
    HOUR,
    DAY,
    WEEK,
    MONTH
  }

  /** Shares of the median, both inclusive; null: no bound on that side. */
  public record Band(@Nullable Double min, @Nullable Double max) {}
}
