package io.sightglass.web.cli.sample;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * On which UTC day each event of each claim arrives, and whether it arrives once more. Dirty data
 * has one in twenty a few days late, and one in fifty twice. Not thread-safe.
 *
 * <p>Eight bytes an event are kept, five events a claim.
 */
final class EventArrivals {

  private static final double LATE = 0.05;
  private static final double AGAIN_SAME_DAY = 0.01;
  private static final double AGAIN_LATER = 0.01;
  private static final int MOST_DAYS_LATE = 4;

  private final LoadedClaims claims;
  private final boolean dirty;
  private final TreeMap<LocalDate, Numbers> days = new TreeMap<>();

  EventArrivals(LoadedClaims claims, boolean dirty) {
    this.claims = claims;
    this.dirty = dirty;
  }

  /**
   * One arrival.
   *
   * @param late days that it was held up
   * @param repeated whether the event has arrived before
   */
  record Arrival(long claim, int event, int late, boolean repeated) {

    private long packed() {
      return claim << 8 | (long) late << 5 | (long) event << 1 | (repeated ? 1 : 0);
    }

    private static Arrival of(long packed) {
      return new Arrival(
          packed >> 8, (int) (packed >> 1) & 15, (int) (packed >> 5) & 7, (packed & 1) == 1);
    }
  }

  /** Adds the events of all claims of a delivery. */
  void add(Delivery delivery) {
    for (long number = delivery.firstClaim();
        number < delivery.firstClaim() + delivery.claims();
        number++) {
      if (claims.isLoaded(number)) {
        add(number, ContentionStory.of(claims.world(), claims.claim(number)));
      }
    }
  }

  private void add(long number, List<ContentionEvent> events) {
    SampleRandom random =
        SampleRandom.of(claims.world().seed(), SampleRandom.Stream.ARRIVAL, number);
    for (int index = 0; index < events.size(); index++) {
      Instant sent = events.get(index).connectorTs();
      int late = dirty && random.chance(LATE) ? random.between(1, MOST_DAYS_LATE) : 0;
      LocalDate day = LocalDate.ofInstant(sent, ZoneOffset.UTC).plusDays(late);
      add(day, new Arrival(number, index, late, false));
      double again = dirty ? random.unit() : 1;
      if (again < AGAIN_SAME_DAY) {
        add(day, new Arrival(number, index, late, true));
      } else if (again < AGAIN_SAME_DAY + AGAIN_LATER) {
        add(day.plusDays(random.between(1, 3)), new Arrival(number, index, late, true));
      }
    }
  }

  private void add(LocalDate day, Arrival arrival) {
    days.computeIfAbsent(day, absent -> new Numbers()).add(arrival.packed());
  }

  /** Takes over what another has of other claims, which come after those of this one. */
  void addAll(EventArrivals other) {
    other.days.forEach((day, numbers) -> {
      Numbers own = days.computeIfAbsent(day, absent -> new Numbers());
      for (int index = 0; index < numbers.size(); index++) {
        own.add(numbers.get(index));
      }
    });
  }

  List<LocalDate> days() {
    return List.copyOf(days.keySet());
  }

  /** The arrivals of a day, some out of their order where data is dirty. */
  List<Arrival> of(LocalDate day) {
    Numbers numbers = days.getOrDefault(day, new Numbers());
    SampleRandom random =
        SampleRandom.of(claims.world().seed(), SampleRandom.Stream.ARRIVAL, -day.toEpochDay());
    for (int index = 0; dirty && index < numbers.size(); index++) {
      if (random.chance(0.1)) {
        numbers.swap(index, random.below(numbers.size()));
      }
    }
    List<Arrival> arrivals = new ArrayList<>(numbers.size());
    for (int index = 0; index < numbers.size(); index++) {
      arrivals.add(Arrival.of(numbers.get(index)));
    }
    return arrivals;
  }
}
