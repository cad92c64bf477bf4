package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.expect.Punctuality;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.query.Freshness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PunctualityTest {

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private void open(String path, @Nullable Every every, @Nullable String by) {
    open(every, by, path);
  }

  private void open(@Nullable Every every, @Nullable String by, String... paths) {
    TestingDataset daily =
        new TestingDataset("claims.daily")
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.BIGINT)
            .expect(
                new Expectations(
                    every, by == null ? null : LocalTime.parse(by), ZoneId.of("UTC"), null, null));
    for (String path : paths) {
      daily.source(path, Source.Format.CSV);
    }
    loads = new TestingLoads(folder, daily.build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private void deliver(String name) {
    loads.deliver("in/" + name + ".csv", "id\n1\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
  }

  private void at(String instant) {
    loads.now = Instant.parse(instant);
    loads.service().checkPunctuality();
  }

  private List<String> open() {
    return loads.alerts.list(1000, null).items().stream()
        .filter(alert -> alert.state() != Alert.State.RESOLVED)
        .map(Alert::fingerprint)
        .sorted()
        .toList();
  }

  @Test
  void aFileOfADayThatDoesNotExistHasAnAlertAsLongAsItLiesThere() throws IOException {
    open(null, null, "in/claims_%Y-%m-%dT%H.csv", "in/leap_%Y-%m-%d.csv", "in/leap_*.csv");
    loads.deliver("in/claims_2025-02-29T00.csv", "id\n1\n");
    loads.deliver("in/claims_2025-02-28T24.csv", "id\n1\n");
    loads.deliver("in/leap_2025-02-29.csv", "id\n1\n");
    assertThat(loads.service().scan())
        .extracting(load -> load.source().name())
        .containsExactly("in/leap_2025-02-29.csv"); // by the source that asks for no date
    loads.service().scan();
    assertThat(open())
        .containsExactly(
            "no-such-date:claims.daily:2025-02-28-24", "no-such-date:claims.daily:2025-02-29-00");
    Alert alert = loads.alerts.find("no-such-date:claims.daily:2025-02-29-00").orElseThrow();
    assertThat(alert.count()).isEqualTo(1);
    assertThat(alert.detail()).startsWith("\"in/claims_2025-02-29T00.csv\" names 2025-02-29-00,");
    Files.delete(folder.resolve("landing/in/claims_2025-02-29T00.csv"));
    loads.service().scan();
    assertThat(open()).containsExactly("no-such-date:claims.daily:2025-02-28-24");
  }

  @Test
  void aDateThatIsDueHasAnAlertUntilItComes() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, "06:00");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    at("2025-03-03T05:59:00Z");
    assertThat(open()).isEmpty();
    at("2025-03-03T06:00:00Z");
    at("2025-03-03T06:05:00Z");
    assertThat(open()).containsExactly("missing-date:claims.daily:2025-03-02");
    Alert alert = loads.alerts.find("missing-date:claims.daily:2025-03-02").orElseThrow();
    assertThat(alert.count()).isEqualTo(1);
    assertThat(alert.severity()).isEqualTo(Alert.Severity.HIGH);
    assertThat(alert.detail()).contains("every day", "2025-03-03T06:00:00Z");
    at("2025-03-04T06:00:00Z");
    assertThat(open()).hasSize(2);

    deliver("claims_2025-03-03");
    at("2025-03-04T06:10:00Z");
    assertThat(open()).containsExactly("missing-date:claims.daily:2025-03-02");
    deliver("claims_2025-03-02");
    at("2025-03-04T06:20:00Z");
    assertThat(open()).isEmpty();
    assertThat(loads.told())
        .filteredOn(told -> told.contains("missing-date"))
        .extracting(told -> told.substring(0, told.indexOf(": ")))
        .containsExactly(
            "ALERT_OPENED missing-date:claims.daily:2025-03-02",
            "ALERT_OPENED missing-date:claims.daily:2025-03-03",
            "ALERT_RESOLVED missing-date:claims.daily:2025-03-03",
            "ALERT_RESOLVED missing-date:claims.daily:2025-03-02");
  }

  @Test
  void whatHasJustComeToAnotherReplicaOpensNoAlertAnew() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, "06:00");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    at("2025-03-03T06:00:00Z");
    assertThat(open()).containsExactly("missing-date:claims.daily:2025-03-02");
    loads.asAnother(other -> {
      other.checkPunctuality();
      deliver("claims_2025-03-02");
      at("2025-03-03T06:05:00Z");
      other.checkPunctuality();
    });
    assertThat(open()).isEmpty();
    assertThat(loads.told()).noneMatch(told -> told.startsWith("ALERT_REOPENED"));
  }

  @Test
  void aFileInQuarantineHasNotCome() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, "06:00");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    loads.deliver("in/claims_2025-03-02.csv", "");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.QUARANTINED);
    at("2025-03-03T06:00:00Z");
    assertThat(open())
        .containsExactly("load-quarantined:claims.daily", "missing-date:claims.daily:2025-03-02");
  }

  @Test
  void aSourceThatHasLongBeenSilentDoesNotFloodAnybody() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, null);
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    at("2025-09-01T00:00:00Z");
    assertThat(open())
        .hasSize(Punctuality.MOST + 1)
        .contains("missing-dates:claims.daily", "missing-date:claims.daily:2025-08-31")
        .doesNotContain("missing-date:claims.daily:2025-07-31");
    assertThat(loads.alerts.find("missing-dates:claims.daily").orElseThrow().detail())
        .isEqualTo("From 2025-03-02 to 2025-07-31");
  }

  @Test
  void whatIsExpectedNoMoreHasNoAlert() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, null);
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    at("2025-03-05T00:00:00Z");
    assertThat(open()).hasSize(3);
    loads.define(
        new TestingDataset("claims.daily")
            .source("in/claims_%Y-%m-%d.csv", Source.Format.CSV)
            .load(LoadMode.REPLACE_DATE)
            .column("id", Scalar.BIGINT)
            .build());
    at("2025-03-05T00:05:00Z");
    assertThat(open()).isEmpty();
  }

  @Test
  void withoutARhythmSilenceAfterTheLastArrivalIsLate() {
    open("in/claims_%Y-%m-%d.csv", null, "06:00");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-01");
    at("2025-03-03T05:00:00Z");
    assertThat(open()).isEmpty();
    at("2025-03-03T07:00:00Z");
    at("2025-03-06T07:00:00Z");
    assertThat(open()).containsExactly("late:claims.daily:2025-03-03");
    // What somebody loads again has not arrived.
    LocalDate old = LocalDate.parse("2025-03-01");
    loads.service().backfill(QualifiedName.parse("claims.daily"), old, old);
    assertThat(loads.service().runDue()).hasSize(1);
    at("2025-03-06T07:30:00Z");
    assertThat(open()).containsExactly("late:claims.daily:2025-03-03");
    deliver("claims_2025-03-05");
    at("2025-03-06T08:00:00Z");
    assertThat(open()).isEmpty();
  }

  @Test
  void whatIsLetInLaterHasNotArrivedThen() {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/claims_%Y-%m-%d.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .column("id", Scalar.BIGINT)
                .expect(
                    new Expectations(null, LocalTime.parse("06:00"), ZoneId.of("UTC"), null, 0.1))
                .build());
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    loads.deliver("in/claims_2025-03-01.csv", "id\n1\nx\n");
    Load broken = loads.loadOne();
    assertThat(broken.state()).isEqualTo(Load.State.QUARANTINED);
    loads.now = Instant.parse("2025-03-03T05:00:00Z");
    loads.service().retry(broken.id(), Set.of("TOO_MANY_REJECTS"));
    assertThat(loads.service().runDue()).hasSize(1);
    at("2025-03-03T06:00:00Z");
    assertThat(open()).containsExactly("late:claims.daily:2025-03-03");
  }

  @Test
  void withoutADateInItsNameAFileStandsForTheDayOfItsArrivalByTheContractsClock() {
    loads =
        new TestingLoads(
            folder,
            new TestingDataset("claims.daily")
                .source("in/*.csv", Source.Format.CSV)
                .column("id", Scalar.BIGINT)
                .expect(
                    new Expectations(
                        Every.DAY,
                        LocalTime.parse("06:00"),
                        ZoneId.of("America/New_York"),
                        null,
                        null))
                .build());
    loads.now = Instant.parse("2025-03-04T01:00:00Z"); // in the evening of the third
    deliver("claims");
    at("2025-03-05T10:59:00Z");
    assertThat(open()).isEmpty();
    at("2025-03-05T11:00:00Z");
    assertThat(open()).containsExactly("missing-date:claims.daily:2025-03-04");
  }

  @Test
  void everyHourIsExpectedByThePathsHour() {
    open("in/claims_%Y-%m-%dT%H.csv", Every.HOUR, "00:15");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-02T00");
    deliver("claims_2025-03-02T02");
    at("2025-03-02T03:10:00Z");
    QualifiedName name = QualifiedName.parse("claims.daily");
    Freshness.State state = loads.service().freshness().of(name);
    assertThat(state.missingDates()).hasToString("[2025-03-02]");
    assertThat(state.lateSince()).isNull();
    assertThat(open()).containsExactly("missing-date:claims.daily:2025-03-02");
    deliver("claims_2025-03-02T01");
    at("2025-03-02T03:14:00Z");
    assertThat(open()).isEmpty();
  }

  @Test
  void anotherHourOfADateThatSomebodyHasResolvedIsTold() {
    open("in/claims_%Y-%m-%dT%H.csv", Every.HOUR, "00:15");
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    deliver("claims_2025-03-02T00");
    at("2025-03-02T02:20:00Z");
    String fingerprint = "missing-date:claims.daily:2025-03-02";
    Alert alert = loads.alerts.find(fingerprint).orElseThrow();
    assertThat(alert.title()).isEqualTo("2025-03-02 01:00 of claims.daily has not come");
    assertThat(alert.detail()).isEqualTo("Expected every hour; due at 2025-03-02T02:15:00Z");
    loads.alerts.resolve(fingerprint, "kim", "They send it", null);
    at("2025-03-02T02:25:00Z");
    assertThat(open()).isEmpty();
    deliver("claims_2025-03-02T01");
    at("2025-03-02T02:30:00Z");
    at("2025-03-02T03:20:00Z");
    assertThat(open()).containsExactly(fingerprint);
    assertThat(loads.alerts.find(fingerprint).orElseThrow().title()).startsWith("2025-03-02 02:00");
    deliver("claims_2025-03-02T03");
    at("2025-03-02T05:20:00Z");
    deliver("claims_2025-03-02T02");
    at("2025-03-02T05:30:00Z");
    assertThat(loads.alerts.find(fingerprint).orElseThrow().title()).startsWith("2025-03-02 04:00");
  }

  @Test
  void aDatasetOfAVeryLongNameHasItsAlerts() {
    String name = "claims." + "n".repeat(183);
    loads =
        new TestingLoads(
            folder,
            new TestingDataset(name)
                .source("in/claims_%Y-%m-%dT%H.csv", Source.Format.CSV)
                .load(LoadMode.REPLACE_DATE)
                .column("id", Scalar.BIGINT)
                .expect(new Expectations(Every.DAY, null, ZoneId.of("UTC"), null, null))
                .build());
    loads.now = Instant.parse("2025-03-02T01:00:00Z");
    loads.deliver("in/claims_2025-03-01T00.csv", "id,more\n1,2\n");
    loads.deliver("in/claims_2025-03-02T25.csv", "id\n1\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    loads.deliver("in/claims_2025-03-02T00.csv", "");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.QUARANTINED);
    at("2025-05-02T00:00:00Z");
    assertThat(open()).hasSize(Punctuality.MOST + 4).allMatch(one -> one.contains(":claims.nnn"));
    loads.deliver("in/claims_2025-03-02T00.csv", "id\n1\n");
    assertThat(loads.loadOne().state()).isEqualTo(Load.State.COMMITTED);
    assertThat(open()).noneMatch(one -> one.startsWith("load-quarantined"));
  }

  @Test
  void aDateThatComesAfterALaterOneIsNoted() {
    open("in/claims_%Y-%m-%d*.csv", null, null);
    deliver("claims_2025-03-01");
    deliver("claims_2025-03-04");
    loads.deliver("in/claims_2025-03-02.csv", "id\n1\n");
    assertThat(loads.loadOne().reason()).isEqualTo("Out of order: 2025-03-04 came before");
    loads.deliver("in/claims_2025-03-02b.csv", "id\n2\n");
    assertThat(loads.loadOne().reason()).isNull();
    assertThat(loads.told()).anyMatch(told -> told.contains("Out of order: 2025-03-04"));
  }

  @Test
  void anHourThatComesAfterALaterOneIsNoted() {
    open("in/claims_%Y-%m-%dT%H*.csv", null, null);
    deliver("claims_2025-03-01T22");
    deliver("claims_2025-03-02T01");
    loads.deliver("in/claims_2025-03-02T00.csv", "id\n1\n");
    assertThat(loads.loadOne().reason()).isEqualTo("Out of order: 2025-03-02T01 came before");
    loads.deliver("in/claims_2025-03-02T00b.csv", "id\n2\n");
    assertThat(loads.loadOne().reason()).isNull();
    loads.deliver("in/claims_2025-03-02T02.csv", "id\n2\n");
    assertThat(loads.loadOne().reason()).isNull();
  }

  /** The day on which a history arrives is not one that came, nor the last one. */
  @Test
  void aHistoryWithoutADateStandsForNoDay() {
    open(Every.DAY, "06:00", "in/claims_%Y-%m-%d.csv", "in/history*.csv");
    loads.now = Instant.now();
    LocalDate today = LocalDate.ofInstant(loads.now, ZoneOffset.UTC);
    deliver("claims_" + today.minusDays(1));
    deliver("history");
    deliver("claims_" + today.plusDays(1));
    at(today.plusDays(2) + "T07:00:00Z");
    assertThat(open()).containsExactly("missing-date:claims.daily:" + today);
    loads.deliver("in/claims_%s.csv".formatted(today.minusDays(3)), "id\n1\n");
    assertThat(loads.loadOne().reason())
        .isEqualTo("Out of order: %s came before".formatted(today.plusDays(1)));
    loads.deliver("in/history2.csv", "id\n1\n2\n");
    assertThat(loads.loadOne().reason()).isNull();
  }

  @Test
  void aScanThatFailsIsAnAlertUntilOneSucceeds() {
    open("in/claims_%Y-%m-%d.csv", Every.DAY, null);
    Punctuality punctuality =
        new Punctuality(dataset -> Freshness.State.PUNCTUAL, () -> loads.pack(), loads.alerts);
    Supplier<Boolean> failing =
        () -> {
          throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "No rights to list");
        };
    assertThatThrownBy(() -> punctuality.watch(failing)).isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> punctuality.watch(failing)).isInstanceOf(EngineException.class);
    assertThat(open()).containsExactly("scan-failed");
    assertThat(loads.alerts.find("scan-failed").orElseThrow().detail())
        .isEqualTo("STORE_UNAVAILABLE: No rights to list");
    assertThat(punctuality.watch(() -> true)).isTrue();
    assertThat(open()).isEmpty();
  }
}
