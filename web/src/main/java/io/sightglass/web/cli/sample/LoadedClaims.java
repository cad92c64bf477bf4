package io.sightglass.web.cli.sample;

import java.util.BitSet;
import java.util.List;

/**
 * The claims of a run, and which of them a load lets in: other datasets tell only of those.
 * Immutable.
 *
 * @param deliveries by day, as they were planned
 * @param absent of each delivery the places of the claims that no load lets in
 */
record LoadedClaims(Claim.World world, List<Delivery> deliveries, List<BitSet> absent) {

  LoadedClaims {
    deliveries = List.copyOf(deliveries);
    absent = List.copyOf(absent);
  }

  /** Whether a claim of that number is in the table after a load of its dump. */
  boolean isLoaded(long number) {
    int day = day(number);
    return !absent.get(day).get(Math.toIntExact(number - deliveries.get(day).firstClaim()));
  }

  Claim claim(long number) {
    return Claim.of(world, number, deliveries.get(day(number)).date());
  }

  long count() {
    Delivery last = deliveries.getLast();
    return last.firstClaim() + last.claims();
  }

  private int day(long number) {
    int low = 0;
    int high = deliveries.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (deliveries.get(middle).firstClaim() <= number) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
