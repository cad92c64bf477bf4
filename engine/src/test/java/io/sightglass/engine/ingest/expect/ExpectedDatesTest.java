package io.sightglass.engine.ingest.expect;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.query.Freshness;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ExpectedDatesTest {

  private static final Instant NEVER_MIND = Instant.parse("2026-03-01T00:00:00Z");

  private static Expectations expect(@Nullable Every every, @Nullable String by, String zone) {
    return new Expectations(
        every, by == null ? null : LocalTime.parse(by), ZoneId.of(zone), null, null);
  }

  private static NavigableSet<LocalDate> dates(String... dates) {
    NavigableSet<LocalDate> parsed = new TreeSet<>();
    Arrays.stream(dates).map(LocalDate::parse).forEach(parsed::add);
    return parsed;
  }

  private static NavigableSet<LocalDateTime> times(String... texts) {
    NavigableSet<LocalDateTime> parsed = new TreeSet<>();
    for (String text : texts) {
      parsed.add(LocalDateTime.parse(text.length() == 10 ? text + "T00:00" : text));
    }
    return parsed;
  }

  private static Freshness.State at(String now, Expectations expect, String... arrived) {
    return ExpectedDates.at(Instant.parse(now), expect, times(arrived), NEVER_MIND);
  }

  @Test
  void nothingIsExpectedOfAContractThatExpectsNothingOrBeforeTheFirstDelivery() {
    assertThat(at("2026-03-10T12:00:00Z", expect(null, null, "UTC"), "2026-03-01"))
        .isEqualTo(Freshness.State.PUNCTUAL);
    assertThat(at("2026-03-10T12:00:00Z", expect(Every.DAY, "06:00", "UTC")))
        .isEqualTo(Freshness.State.PUNCTUAL);
  }

  @Test
  void aDayIsDueAtItsTimeOfTheDayAfter() {
    Expectations daily = expect(Every.DAY, "06:00", "UTC");
    assertThat(at("2026-03-03T05:59:59Z", daily, "2026-03-01")).isEqualTo(Freshness.State.PUNCTUAL);
    assertThat(at("2026-03-03T06:00:00Z", daily, "2026-03-01"))
        .isEqualTo(
            new Freshness.State(
                Instant.parse("2026-03-03T06:00:00Z"), dates("2026-03-02").stream().toList()));
  }

  @Test
  void aGapIsMissingAndNotLate() {
    assertThat(
            at(
                "2026-03-05T07:00:00Z",
                expect(Every.DAY, "06:00", "UTC"),
                "2026-03-01",
                "2026-03-04"))
        .isEqualTo(new Freshness.State(null, dates("2026-03-02", "2026-03-03").stream().toList()));
  }

  @Test
  void theTimeOfDayIsThatOfTheContractsZone() {
    Expectations daily = expect(Every.DAY, "06:00", "America/New_York");
    assertThat(at("2026-03-03T10:59:00Z", daily, "2026-03-01")).isEqualTo(Freshness.State.PUNCTUAL);
    assertThat(at("2026-03-03T11:00:00Z", daily, "2026-03-01").lateSince())
        .isEqualTo("2026-03-03T11:00:00Z");
  }

  @Test
  void weeksAndMonthsAreToldByTheirFirstDay() {
    assertThat(at("2026-03-23T00:00:00Z", expect(Every.WEEK, null, "UTC"), "2026-03-05"))
        .isEqualTo(
            new Freshness.State(
                Instant.parse("2026-03-16T00:00:00Z"),
                dates("2026-03-09", "2026-03-16").stream().toList()));
    assertThat(at("2026-04-01T00:00:00Z", expect(Every.MONTH, null, "UTC"), "2026-02-20"))
        .isEqualTo(
            new Freshness.State(
                Instant.parse("2026-04-01T00:00:00Z"), dates("2026-03-01").stream().toList()));
  }

  @Test
  void anHourIsDueAsLongAfterItsEndAndItsDateLacksIt() {
    Expectations hourly = expect(Every.HOUR, "00:20", "UTC");
    assertThat(at("2026-03-01T09:19:59Z", hourly, "2026-03-01T07:00"))
        .isEqualTo(Freshness.State.PUNCTUAL);
    assertThat(at("2026-03-01T09:20:00Z", hourly, "2026-03-01T07:00"))
        .isEqualTo(
            new Freshness.State(
                Instant.parse("2026-03-01T09:20:00Z"), dates("2026-03-01").stream().toList()));
    assertThat(
            at(
                "2026-03-02T01:10:00Z",
                hourly,
                "2026-03-01T22:00",
                "2026-03-01T23:30",
                "2026-03-02T00:00"))
        .isEqualTo(Freshness.State.PUNCTUAL);
  }

  @Test
  void theHourThatClocksJumpOverNeverLacks() {
    Expectations hourly = expect(Every.HOUR, null, "America/New_York");
    assertThat(at("2026-03-08T08:30:00Z", hourly, "2026-03-08T01:00", "2026-03-08T03:00"))
        .isEqualTo(Freshness.State.PUNCTUAL);
  }

  @Test
  void withoutARhythmTheTimeCountsFromTheLastArrival() {
    Expectations by = expect(null, "06:00", "UTC");
    Instant last = Instant.parse("2026-03-01T07:00:00Z");
    assertThat(ExpectedDates.at(Instant.parse("2026-03-02T05:00:00Z"), by, times(), last))
        .isEqualTo(Freshness.State.PUNCTUAL);
    assertThat(ExpectedDates.at(Instant.parse("2026-03-05T05:00:00Z"), by, times(), last))
        .isEqualTo(new Freshness.State(Instant.parse("2026-03-02T06:00:00Z"), List.of()));
    assertThat(ExpectedDates.at(Instant.parse("2026-03-05T05:00:00Z"), by, times(), null))
        .isEqualTo(Freshness.State.PUNCTUAL);
  }

  @Test
  void aSourceThatHasLongBeenSilentIsListedWithItsNewestDates() {
    Freshness.State state =
        at("2036-01-01T00:00:00Z", expect(Every.DAY, null, "UTC"), "2026-03-01");
    assertThat(state.missingDates()).hasSize(1_000).endsWith(LocalDate.parse("2035-12-31"));
    assertThat(state.lateSince()).isEqualTo("2026-03-03T00:00:00Z");
  }

  /** Each statement over the dataset asks. */
  @Test
  @Timeout(5)
  void oneObjectOfALongGoneYearCostsNothing() {
    Expectations hourly = expect(Every.HOUR, null, "America/New_York");
    Expectations daily = expect(Every.DAY, null, "UTC");
    for (int times = 0; times < 100; times++) {
      Freshness.State hours =
          at("2026-03-10T12:00:00Z", hourly, "0001-01-01T00:00", "2026-03-10T06:00");
      assertThat(hours.missingDates()).hasSize(1_000).endsWith(LocalDate.parse("2026-03-10"));
      assertThat(hours.lateSince()).isEqualTo("2026-03-10T12:00:00Z");
      Freshness.State days = at("2026-03-10T12:00:00Z", daily, "0001-01-01", "2026-03-09");
      assertThat(days.missingDates()).hasSize(1_000).endsWith(LocalDate.parse("2026-03-08"));
      assertThat(days.lateSince()).isNull();
    }
  }

  @Test
  void anObjectOfAYearToComeHidesNoGap() {
    assertThat(
            at(
                "2026-03-04T12:00:00Z",
                expect(Every.DAY, null, "UTC"),
                "2026-03-01",
                "2026-03-03",
                "9999-12-31"))
        .isEqualTo(new Freshness.State(null, dates("2026-03-02").stream().toList()));
  }
}
