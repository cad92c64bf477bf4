package io.sightglass.engine.ingest;

import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.query.Freshness;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which dates of a dataset were due and have not come. A date is due at the contract's time of day
 * after the day, week or month that it stands for has ended; the first one that came is where the
 * expectation begins.
 */
final class ExpectedDates {

  /** Of a source that has long been silent the newest count. */
  private static final int MOST = 1_000;

  private ExpectedDates() {}

  /**
   * How a dataset stands.
   *
   * @param arrived dates that have come
   * @param lastArrival when something last came; null: never
   */
  static Freshness.State at(
      Instant now,
      Expectations expect,
      SortedSet<LocalDate> arrived,
      @Nullable Instant lastArrival) {
    Every every = expect.every();
    if (every == null) {
      return afterLastArrival(now, expect, lastArrival);
    }
    if (arrived.isEmpty()) {
      return Freshness.State.PUNCTUAL;
    }
    SortedSet<LocalDate> come = new TreeSet<>();
    arrived.forEach(date -> come.add(start(date, every)));
    List<LocalDate> missing = new ArrayList<>();
    Instant lateSince = null;
    for (LocalDate date = come.first(); !due(date, every, expect).isAfter(now); ) {
      if (!come.contains(date)) {
        missing.add(date);
        if (lateSince == null && date.isAfter(come.last())) {
          lateSince = due(date, every, expect);
        }
      }
      date = next(date, every);
    }
    int from = Math.max(0, missing.size() - MOST);
    return new Freshness.State(lateSince, missing.subList(from, missing.size()));
  }

  private static Freshness.State afterLastArrival(
      Instant now, Expectations expect, @Nullable Instant lastArrival) {
    if (expect.by() == null || lastArrival == null) {
      return Freshness.State.PUNCTUAL;
    }
    Instant due = due(lastArrival.atZone(expect.zone()).toLocalDate(), Every.DAY, expect);
    return due.isAfter(now) ? Freshness.State.PUNCTUAL : new Freshness.State(due, List.of());
  }

  private static LocalDate start(LocalDate date, Every every) {
    return switch (every) {
      case HOUR, DAY -> date;
      case WEEK -> date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTH -> date.withDayOfMonth(1);
    };
  }

  private static LocalDate next(LocalDate start, Every every) {
    return switch (every) {
      case HOUR, DAY -> start.plusDays(1);
      case WEEK -> start.plusWeeks(1);
      case MONTH -> start.plusMonths(1);
    };
  }

  private static Instant due(LocalDate start, Every every, Expectations expect) {
    return next(start, every)
        .atTime(Objects.requireNonNullElse(expect.by(), LocalTime.MIDNIGHT))
        .atZone(expect.zone())
        .toInstant();
  }
}
