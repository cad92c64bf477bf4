package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a dataset stands against what its contract expects, told by the deliveries and never by rows,
 * so that it is the same for everybody. Thread-safe.
 */
@FunctionalInterface
public interface Freshness {

  /** Where nothing is known of deliveries. */
  Freshness UNKNOWN = dataset -> State.PUNCTUAL;

  State of(QualifiedName dataset);

  /**
   * The first hour of a missing date that lacks, in the contract's zone; empty where dates are not
   * expected hour by hour, or nothing is known of hours.
   */
  default Optional<LocalTime> findMissingHour(QualifiedName dataset, LocalDate date) {
    return Optional.empty();
  }

  /**
   * How it stands now. Immutable.
   *
   * @param lateSince when the first delivery that still lacks after the last one was due; null:
   *     nothing is late
   * @param missingDates dates that were due and have not come, in order; of weeks the Monday, of
   *     months the first
   * @param nextScan when new deliveries are looked for next; null: the dataset names no times
   */
  record State(
      @Nullable Instant lateSince, List<LocalDate> missingDates, @Nullable Instant nextScan) {

    /** All has come that was due. */
    public static final State PUNCTUAL = new State(null, List.of());

    public State {
      missingDates = List.copyOf(missingDates);
    }

    /** Of a dataset that names no times at which it is looked for. */
    public State(@Nullable Instant lateSince, List<LocalDate> missingDates) {
      this(lateSince, missingDates, null);
    }

    /** The same, with the time of the next look. */
    public State withNextScan(Instant next) {
      return new State(lateSince, missingDates, next);
    }
  }
}
