package io.sightglass.engine.dataset;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * When a dataset's part of the landing folder is looked through. Immutable.
 *
 * @param cron five fields as of crontab(5): minute, hour, day of the month, month, day of the week;
 *     where both days are given, either is enough
 * @param zone of the clock that it means; a time that this clock jumps over does not come that day,
 *     one that it shows twice comes once, unless the fields name no hour
 */
public record ScanTimes(String cron, ZoneId zone) {

  /** From where it is tried whether there is such a time at all. */
  private static final ZonedDateTime ANY = Instant.EPOCH.atZone(ZoneOffset.UTC);

  /**
   * Reads the fields.
   *
   * @throws IllegalArgumentException when they are no cron expression, or name no day that there is
   */
  public ScanTimes {
    if (times(cron).nextExecution(ANY).isEmpty()) {
      throw new IllegalArgumentException("No such day in any year");
    }
  }

  /** Every day at a time of day in UTC. */
  public static ScanTimes daily(LocalTime at) {
    return new ScanTimes("%d %d * * *".formatted(at.getMinute(), at.getHour()), ZoneOffset.UTC);
  }

  /**
   * The first of its times after {@code instant}; empty when the calendar ends before it.
   *
   * <p>The library is asked for what a clock shows, as that of UTC would: around a change of the
   * clock it loses times, and has others twice.
   */
  public Optional<Instant> findNext(Instant instant) {
    ExecutionTime times = times(cron);
    boolean anyHour = cron.strip().split("\\s+", -1)[1].equals("*");
    Instant since = instant;
    LocalDateTime shown = LocalDateTime.ofInstant(instant, zone);
    while (true) {
      Optional<LocalDateTime> found =
          times.nextExecution(shown.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toLocalDateTime);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      LocalDateTime next = found.get();
      ZoneOffset offset = zone.getRules().getOffset(since);
      ZoneOffsetTransition change = zone.getRules().nextTransition(since);
      if (change != null && !next.toInstant(offset).isBefore(change.getInstant())) {
        since = change.getInstant();
        shown = change.getDateTimeAfter().minusNanos(1);
      } else if (anyHour || zone.getRules().getValidOffsets(next).getFirst().equals(offset)) {
        return Optional.of(next.toInstant(offset));
      } else {
        shown = next; // for the second time
      }
    }
  }

  /** Parsed at each use, which takes less than a millisecond: the library's parser has a state. */
  private static ExecutionTime times(String cron) {
    return ExecutionTime.forCron(
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(cron));
  }
}
