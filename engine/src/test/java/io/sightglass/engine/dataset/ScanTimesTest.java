package io.sightglass.engine.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScanTimesTest {

  private static List<String> next(ScanTimes times, String after, int count) {
    List<String> next = new ArrayList<>();
    Instant at = Instant.parse(after);
    for (int index = 0; index < count; index++) {
      at = times.findNext(at).orElseThrow();
      next.add(at.toString());
    }
    return next;
  }

  private static List<String> next(String cron, String zone, String after, int count) {
    return next(new ScanTimes(cron, ZoneId.of(zone)), after, count);
  }

  @Test
  void theNextTimeIsAlwaysLaterThanTheInstant() {
    assertThat(next("*/10 6-9 * * 1-5", "America/New_York", "2025-03-07T14:50:00Z", 3))
        .containsExactly("2025-03-10T10:00:00Z", "2025-03-10T10:10:00Z", "2025-03-10T10:20:00Z");
    assertThat(next("0 5 * * *", "UTC", "2025-03-07T04:59:59.999999Z", 2))
        .containsExactly("2025-03-07T05:00:00Z", "2025-03-08T05:00:00Z");
  }

  @Test
  void aDayOfTheMonthOrOneOfTheWeekIsEnough() {
    assertThat(next("0 0 1,15 * MON", "UTC", "2025-03-07T00:00:00Z", 3))
        .containsExactly("2025-03-10T00:00:00Z", "2025-03-15T00:00:00Z", "2025-03-17T00:00:00Z");
  }

  @Test
  void aTimeThatTheClockJumpsOverDoesNotComeThatDay() {
    assertThat(next("30 2 * * *", "America/New_York", "2025-03-08T08:00:00Z", 1))
        .containsExactly("2025-03-10T06:30:00Z");
    assertThat(next("*/30 * * * *", "America/New_York", "2025-03-09T06:00:00Z", 2))
        .containsExactly("2025-03-09T06:30:00Z", "2025-03-09T07:00:00Z");
  }

  @Test
  void anHourThatTheClockShowsTwiceHasItsTimeOnce() {
    assertThat(next("30 1 * * *", "America/New_York", "2025-11-02T04:00:00Z", 2))
        .containsExactly("2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z");
    assertThat(next("*/30 * * * *", "America/New_York", "2025-11-02T05:00:00Z", 3))
        .containsExactly("2025-11-02T05:30:00Z", "2025-11-02T06:00:00Z", "2025-11-02T06:30:00Z");
  }

  @Test
  void severalHoursHaveTheirTimesOnceAndNoneIsLostAroundAChangeOfTheClock() {
    assertThat(next("0,30 1,2 * * *", "Europe/London", "2025-10-25T23:30:00Z", 5))
        .containsExactly(
            "2025-10-26T00:00:00Z",
            "2025-10-26T00:30:00Z",
            "2025-10-26T02:00:00Z",
            "2025-10-26T02:30:00Z",
            "2025-10-27T01:00:00Z");
    assertThat(next("*/20 1 * * *", "Europe/London", "2025-10-26T00:45:00Z", 1))
        .containsExactly("2025-10-27T01:00:00Z");
    // By half an hour, to half past two.
    assertThat(next("30 2,3 * * *", "Australia/Lord_Howe", "2025-10-04T13:00:00Z", 2))
        .containsExactly("2025-10-04T15:30:00Z", "2025-10-04T16:30:00Z");
    // At midnight, some weeks before the next day that is meant.
    assertThat(next("30 0 1 * *", "America/Sao_Paulo", "2018-11-04T08:00:00Z", 1))
        .containsExactly("2018-12-01T02:30:00Z");
  }

  @Test
  void dailyIsInUtc() {
    assertThat(next(ScanTimes.daily(LocalTime.of(5, 7)), "2025-03-07T05:07:00Z", 1))
        .containsExactly("2025-03-08T05:07:00Z");
  }

  @Test
  void leapDaysAreFound() {
    assertThat(
            new ScanTimes("0 0 29 2 *", ZoneId.of("UTC"))
                .findNext(Instant.parse("2096-03-01T00:00:00Z")))
        .isEqualTo(Optional.of(Instant.parse("2104-02-29T00:00:00Z")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "0 0 5 * * *",
        "60 * * * *",
        "*/0 * * * *",
        "10-5 * * * *",
        "@daily",
        "0 0 L * *",
        "0 0 30 2 *",
        "0 0 31 4 *",
        "${jndi:x} * * * *"
      })
  void whatIsNoTimeIsRefused(String cron) {
    assertThatThrownBy(() -> new ScanTimes(cron, ZoneId.of("UTC")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
