package io.sightglass.web.cli.sample;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * One day's share of the claims.
 *
 * @param index from 0, the oldest day
 * @param firstClaim number of the day's first claim
 */
record Delivery(int index, LocalDate date, long firstClaim, int claims) {

  /** The newest day, fixed: files must not depend on the day on which they are made. */
  static final LocalDate LAST_DAY = LocalDate.of(2026, 3, 31);

  /**
   * Splits the claims over the days: fewer on weekends, none outside of half and double of the
   * median, which is what the contract expects.
   */
  static List<Delivery> plan(SampleData.Options options) {
    double[] weights = new double[options.days()];
    double total = 0;
    for (int day = 0; day < weights.length; day++) {
      SampleRandom random =
          SampleRandom.of(options.seed(), SampleRandom.Stream.DAY, date(options, day).toEpochDay());
      double usual =
          switch (date(options, day).getDayOfWeek()) {
            case SATURDAY -> 0.75;
            case SUNDAY -> 0.7;
            case MONDAY -> 1.15;
            case TUESDAY, WEDNESDAY, THURSDAY, FRIDAY -> 1;
          };
      weights[day] = usual * (0.95 + 0.1 * random.unit());
      total += weights[day];
    }
    List<Delivery> deliveries = new ArrayList<>(weights.length);
    double share = 0;
    long first = 0;
    for (int day = 0; day < weights.length; day++) {
      share += weights[day];
      boolean last = day == weights.length - 1;
      long next = last ? options.rows() : Math.round(options.rows() * (share / total));
      deliveries.add(new Delivery(day, date(options, day), first, Math.toIntExact(next - first)));
      first = next;
    }
    return List.copyOf(deliveries);
  }

  private static LocalDate date(SampleData.Options options, int day) {
    return LAST_DAY.minusDays(options.days() - 1L - day);
  }
}
