package io.sightglass.engine.ingest.expect;

import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.query.Freshness;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which dates of a dataset were due and have not come. A date is due at the contract's time of day
 * after the day, week or month that it stands for has ended; an hour is due as long after its own
 * end, and a date lacks when one of its hours does. The first that came is where the expectation
 * begins.
 */
final class ExpectedDates {

  /** Of a long gap the newest count. */
  private static final int MOST = 1_000;

  private ExpectedDates() {}

  /**
   * How a dataset stands.
   *
   * @param arrived beginnings of the days, or hours, that have come
   * @param lastArrival when something last came; null: never
   */
  static Freshness.State at(
      Instant now,
      Expectations expect,
      SortedSet<LocalDateTime> arrived,
      @Nullable Instant lastArrival) {
    Every every = expect.every();
    if (every == null) {
      return afterLastArrival(now, expect, lastArrival);
    }
    if (arrived.isEmpty()) {
      return Freshness.State.PUNCTUAL;
    }
    SortedSet<LocalDateTime> come = new TreeSet<>();
    arrived.forEach(time -> come.add(start(time, every)));
    // Backwards, for one object of the year 1 would make it a walk over every hour since.
    Deque<LocalDate> missing = new ArrayDeque<>();
    LocalDateTime period = newestDue(now, every, expect);
    while (missing.size() < MOST && !period.isBefore(come.first())) {
      if (come.contains(period) || !exists(period, expect)) {
        period = previous(period, every);
      } else {
        missing.addFirst(period.toLocalDate());
        period = previous(period.toLocalDate().atStartOfDay(), every);
      }
    }
    return new Freshness.State(
        lateSince(now, expect, next(come.last(), every)), List.copyOf(missing));
  }

  private static LocalDateTime newestDue(Instant now, Every every, Expectations expect) {
    LocalDateTime period = next(start(LocalDateTime.ofInstant(now, expect.zone()), every), every);
    while (due(period, every, expect).isAfter(now)) {
      period = previous(period, every);
    }
    return period;
  }

  /** When the first period was due from {@code begin} on; null: it is not yet. */
  private static @Nullable Instant lateSince(
      Instant now, Expectations expect, LocalDateTime begin) {
    Every every = Objects.requireNonNull(expect.every());
    LocalDateTime period = begin;
    while (!exists(period, expect)) {
      period = next(period, every);
    }
    Instant due = due(period, every, expect);
    return due.isAfter(now) ? null : due;
  }

  private static Freshness.State afterLastArrival(
      Instant now, Expectations expect, @Nullable Instant lastArrival) {
    if (expect.by() == null || lastArrival == null) {
      return Freshness.State.PUNCTUAL;
    }
    Instant due =
        due(lastArrival.atZone(expect.zone()).toLocalDate().atStartOfDay(), Every.DAY, expect);
    return due.isAfter(now) ? Freshness.State.PUNCTUAL : new Freshness.State(due, List.of());
  }

  /** When the delivery for a date, or for its hour that begins then, was due. */
  static Instant due(LocalDateTime start, Expectations expect) {
    return due(start, Objects.requireNonNullElse(expect.every(), Every.DAY), expect);
  }

  /** The first hour of a date that lacks, where hours are expected. */
  static Optional<LocalTime> findMissingHour(
      LocalDate date, Expectations expect, SortedSet<LocalDateTime> arrived) {
    if (expect.every() != Every.HOUR || arrived.isEmpty()) {
      return Optional.empty();
    }
    LocalDateTime first = start(arrived.first(), Every.HOUR);
    Set<LocalDateTime> come = new HashSet<>();
    arrived.forEach(time -> come.add(start(time, Every.HOUR)));
    return IntStream.range(0, 24)
        .mapToObj(hour -> date.atTime(hour, 0))
        .filter(time -> !time.isBefore(first) && !come.contains(time) && exists(time, expect))
        .map(LocalDateTime::toLocalTime)
        .findFirst();
  }

  private static LocalDateTime start(LocalDateTime time, Every every) {
    LocalDate date = time.toLocalDate();
    return switch (every) {
      case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
      case DAY -> date.atStartOfDay();
      case WEEK -> date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)).atStartOfDay();
      case MONTH -> date.withDayOfMonth(1).atStartOfDay();
    };
  }

  private static LocalDateTime next(LocalDateTime start, Every every) {
    return switch (every) {
      case HOUR -> start.plusHours(1);
      case DAY -> start.plusDays(1);
      case WEEK -> start.plusWeeks(1);
      case MONTH -> start.plusMonths(1);
    };
  }

  private static LocalDateTime previous(LocalDateTime start, Every every) {
    return switch (every) {
      case HOUR -> start.minusHours(1);
      case DAY -> start.minusDays(1);
      case WEEK -> start.minusWeeks(1);
      case MONTH -> start.minusMonths(1);
    };
  }

  /** An hour that clocks jump over never comes. */
  private static boolean exists(LocalDateTime start, Expectations expect) {
    return expect.every() != Every.HOUR
        || !expect.zone().getRules().getValidOffsets(start).isEmpty();
  }

  private static Instant due(LocalDateTime start, Every every, Expectations expect) {
    LocalTime by = Objects.requireNonNullElse(expect.by(), LocalTime.MIDNIGHT);
    LocalDateTime end = next(start, every);
    return every == Every.HOUR
        ? end.atZone(expect.zone()).toInstant().plus(Duration.between(LocalTime.MIDNIGHT, by))
        : end.toLocalDate().atTime(by).atZone(expect.zone()).toInstant();
  }
}
