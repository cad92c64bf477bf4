package io.sightglass.engine.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertService.Happening;
import io.sightglass.engine.alert.AlertService.Page;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What alerts do, whichever database keeps them. */
abstract class AlertServiceContract {

  @TempDir Path folder;

  private static final Outbox OUTBOX = new Outbox(List.of("test"));

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private DatabaseSettings settings;
  private MetadataDatabase database;
  private AlertService alerts;

  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    settings = emptyDatabase();
    database = MetadataDatabase.open(settings);
    alerts = new AlertService(database, () -> now, OUTBOX);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void theSameFingerprintIsOneAlert() {
    Instant first = now;
    raise("a");
    pass(60);
    Alert alert =
        alerts.raise(
            new Happening(
                "a",
                Alert.Severity.EXTREME,
                "worse",
                "second time",
                QualifiedName.parse("benefits.claims"),
                "https://example.org/x"));
    assertThat(alert.count()).isEqualTo(2);
    assertThat(alert.firstAt()).isEqualTo(first);
    assertThat(alert.lastAt()).isEqualTo(now);
    assertThat(alert.severity()).isEqualTo(Alert.Severity.EXTREME);
    assertThat(alert.title()).isEqualTo("worse");
    assertThat(alert.dataset()).isEqualTo(QualifiedName.parse("benefits.claims"));
    assertThat(alerts.list(10, null).items()).containsExactly(alert);
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_ESCALATED a");
  }

  @Test
  void acknowledgedStaysAcknowledgedWhenItHappensAgain() {
    raise("a");
    assertThat(alerts.acknowledge("a", "kim").state()).isEqualTo(Alert.State.ACKNOWLEDGED);
    alerts.acknowledge("a", "lee");
    Alert again = raise("a");
    assertThat(again.state()).isEqualTo(Alert.State.ACKNOWLEDGED);
    assertThat(again.acknowledgedBy()).isEqualTo("kim");
    assertThat(told()).containsExactly("ALERT_OPENED a");
  }

  @Test
  void resolvedAndRaisedAgainItOpensAnew() {
    raise("a");
    raise("a");
    alerts.assign("a", "kim");
    alerts.acknowledge("a", "kim");
    pass(10);
    Alert resolved = alerts.resolve("a", "kim", "mended", "https://example.org/1");
    assertThat(resolved.state()).isEqualTo(Alert.State.RESOLVED);
    assertThat(resolved.assignee()).isEqualTo("kim");
    assertThat(resolved.resolution())
        .isEqualTo(new Alert.Resolution(now, "kim", "mended", "https://example.org/1"));
    assertThat(alerts.resolve("a", "lee", "again", null)).isEqualTo(resolved);

    pass(10);
    Alert again = raise("a");
    assertThat(again.state()).isEqualTo(Alert.State.OPEN);
    assertThat(again.count()).isEqualTo(1);
    assertThat(again.firstAt()).isEqualTo(now);
    assertThat(again.assignee()).isNull();
    assertThat(again.acknowledgedBy()).isNull();
    assertThat(again.resolution()).isNull();
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_RESOLVED a", "ALERT_REOPENED a");
  }

  @Test
  void clearingEndsWhatIsThereAndNothingElse() {
    alerts.clear("nothing");
    raise("a");
    alerts.clear("a");
    alerts.clear("a");
    assertThat(alerts.find("a").orElseThrow().state()).isEqualTo(Alert.State.RESOLVED);
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_RESOLVED a");
  }

  @Test
  void pagesGoThroughAllOnceOpenOnesFirst() {
    List<String> expected = new ArrayList<>();
    for (int index = 0; index < 25; index++) {
      if (index % 3 != 0) {
        pass(1);
      }
      raise("open-%02d".formatted(index));
      raise("done-%02d".formatted(index));
      alerts.clear("done-%02d".formatted(index));
    }
    for (Alert alert : alerts.list(1000, null).items()) {
      expected.add(alert.fingerprint());
    }
    assertThat(expected).hasSize(50);
    assertThat(expected.subList(0, 25)).allMatch(name -> name.startsWith("open"));

    List<String> seen = new ArrayList<>();
    Page page = alerts.list(7, null);
    page.items().forEach(alert -> seen.add(alert.fingerprint()));
    while (page.next() != null) {
      page = alerts.list(7, page.next());
      page.items().forEach(alert -> seen.add(alert.fingerprint()));
    }
    assertThat(seen).isEqualTo(expected);
  }

  @Test
  void aListMayBeOfOneDatasetStateOrSeverity() {
    QualifiedName claims = QualifiedName.parse("benefits.claims");
    alerts.raise(new Happening("a", Alert.Severity.LOW, "t", "d", claims, null));
    alerts.raise(new Happening("b", Alert.Severity.HIGH, "t", "d", claims, null));
    alerts.raise(new Happening("c", Alert.Severity.HIGH, "t", "d", null, null));
    alerts.acknowledge("b", "kim");
    alerts.clear("c");
    assertThat(listed(new AlertFilter(claims, null, null))).containsExactlyInAnyOrder("a", "b");
    assertThat(listed(new AlertFilter(null, Alert.State.RESOLVED, null))).containsExactly("c");
    assertThat(listed(new AlertFilter(null, null, Alert.Severity.HIGH))).containsExactly("b", "c");
    assertThat(listed(new AlertFilter(claims, Alert.State.OPEN, Alert.Severity.HIGH))).isEmpty();
    Page first = alerts.list(new AlertFilter(claims, null, null), 1, null);
    assertThat(alerts.list(new AlertFilter(claims, null, null), 1, first.next()).next()).isNull();
  }

  private List<String> listed(AlertFilter filter) {
    return alerts.list(filter, 10, null).items().stream().map(Alert::fingerprint).toList();
  }

  @Test
  void aCursorOfSomebodyElsesIsRefused() {
    for (String cursor :
        List.of(
            "", "x", "0~x~y", "' OR 1=1 --", "~~", "0~9~1~2", "0~+999999999-12-31T23:59:59Z~x")) {
      assertThatThrownBy(() -> alerts.list(10, cursor))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }
  }

  @Test
  void whatIsNotThereCannotChange() {
    assertThatThrownBy(() -> alerts.acknowledge("nothing", "kim"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThat(alerts.find("nothing")).isEmpty();
  }

  @Test
  void aFingerprintIsShortAndPlain() {
    assertThatThrownBy(() -> raise("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> raise("a b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> raise("x".repeat(201))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void alertsSurviveARestart() {
    Alert raised = raise("a");
    database.close();
    open2();
    assertThat(alerts.find("a")).contains(raised);
    assertThat(raise("a").count()).isEqualTo(2);
  }

  private void open2() {
    database = MetadataDatabase.open(settings);
    alerts = new AlertService(database, () -> now, OUTBOX);
  }

  @Test
  void whatIsNotStoredIsNotTold() {
    assertThatThrownBy(() ->
            database.inTransaction(transaction -> {
              alerts.raise(transaction, happening("a"));
              throw new IllegalStateException("crash");
            }))
        .hasMessage("crash");
    assertThat(alerts.find("a")).isEmpty();
    assertThat(told()).isEmpty();
  }

  @Test
  void aMutedAlertTellsNothingUntilItsDate() {
    raise("a");
    Alert.Mute mute =
        new Alert.Mute(now.plus(Duration.ofDays(2)), "kim", "known", "https://example.org/1");
    Alert muted = alerts.mute("a", mute.until(), mute.by(), mute.reason(), mute.link());
    assertThat(muted.mute()).isEqualTo(mute);
    alerts.raise(new Happening("a", Alert.Severity.EXTREME, "title", "much worse", null, null));
    alerts.resolve("a", "kim", "mended", null);
    raise("a");
    pass(Duration.ofDays(2).toSeconds() - 1);
    alerts.endMutes();
    assertThat(told()).containsExactly("ALERT_OPENED a");
    assertThat(alerts.find("a").orElseThrow().mute()).isEqualTo(mute);

    pass(1);
    alerts.endMutes();
    alerts.endMutes();
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_UNMUTED a");
    assertThat(alerts.find("a").orElseThrow().mute()).isNull();
    alerts.clear("a");
    assertThat(told()).endsWith("ALERT_RESOLVED a");
  }

  @Test
  void whatEndedWhileItWasMutedIsNotToldAfterwards() {
    raise("a");
    alerts.mute("a", now.plusSeconds(60), "kim", "known", null);
    alerts.clear("a");
    pass(61);
    alerts.endMutes();
    assertThat(told()).containsExactly("ALERT_OPENED a");
    raise("a");
    assertThat(told()).endsWith("ALERT_REOPENED a");
  }

  @Test
  void aMuteThatNobodyEndedStillEndsAtItsDate() {
    raise("a");
    alerts.mute("a", now.plusSeconds(60), "kim", "known", null);
    alerts.clear("a");
    pass(60);
    raise("a");
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_REOPENED a");
  }

  @Test
  void aMuteMayBeReplacedAndEnded() {
    raise("a");
    alerts.mute("a", now.plusSeconds(60), "kim", "known", null);
    alerts.mute("a", now.plusSeconds(600), "lee", "still known", null);
    pass(61);
    alerts.endMutes();
    assertThat(told()).containsExactly("ALERT_OPENED a");
    assertThat(alerts.unmute("a").mute()).isNull();
    assertThat(alerts.unmute("a").mute()).isNull();
    assertThat(told()).containsExactly("ALERT_OPENED a", "ALERT_UNMUTED a");
  }

  @Test
  void aMuteEndsInTheFutureAndWithinAYear() {
    raise("a");
    for (Instant until :
        List.of(now, now.minusSeconds(1), now.plus(Duration.ofDays(366)).plusSeconds(1))) {
      assertThatThrownBy(() -> alerts.mute("a", until, "kim", "known", null))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
          .hasMessageContaining(until.toString());
    }
    assertThat(alerts.find("a").orElseThrow().mute()).isNull();
  }

  @Test
  void aMuteSurvivesARestart() {
    raise("a");
    Alert muted = alerts.mute("a", now.plusSeconds(60), "kim", "known", null);
    database.close();
    open2();
    assertThat(alerts.find("a")).contains(muted);
    alerts.clear("a");
    raise("a");
    assertThat(told()).containsExactly("ALERT_OPENED a");
  }

  @Test
  void theAlertsOfAKindAreThoseThatHaveACause() {
    raise("other:z");
    alerts.keep("kind:", List.of(happening("kind:a"), happening("kind:b")));
    alerts.keep("kind:", List.of(happening("kind:b"), happening("kind:c")));
    assertThat(told())
        .containsExactlyInAnyOrder(
            "ALERT_OPENED other:z",
            "ALERT_OPENED kind:a",
            "ALERT_OPENED kind:b",
            "ALERT_RESOLVED kind:a",
            "ALERT_OPENED kind:c");
    assertThat(alerts.find("kind:b").orElseThrow().count()).isEqualTo(1);
    assertThat(alerts.find("other:z").orElseThrow().state()).isEqualTo(Alert.State.OPEN);
    alerts.keep("kind:", List.of(happening("kind:a")));
    assertThat(alerts.find("kind:a").orElseThrow().state()).isEqualTo(Alert.State.OPEN);
    assertThat(told()).contains("ALERT_REOPENED kind:a");
  }

  @Test
  void whatAPersonHasResolvedIsNotOpenedAgainWhileItsCauseLasts() {
    alerts.keep("kind:", List.of(happening("kind:a")));
    alerts.resolve("kind:a", "kim", "it never comes on a holiday", null);
    alerts.keep("kind:", List.of(happening("kind:a")));
    assertThat(alerts.find("kind:a").orElseThrow().state()).isEqualTo(Alert.State.RESOLVED);
    assertThat(told()).containsExactly("ALERT_OPENED kind:a", "ALERT_RESOLVED kind:a");
  }

  @Test
  void whatAPersonHasResolvedOpensAgainOnceItsCauseHadGone() {
    alerts.keep("kind:", List.of(happening("kind:a")));
    alerts.resolve("kind:a", "kim", "asked for it", null);
    alerts.keep("kind:", List.of(happening("kind:a")));
    alerts.keep("kind:", List.of());
    Alert gone = alerts.find("kind:a").orElseThrow();
    assertThat(gone.state()).isEqualTo(Alert.State.RESOLVED);
    assertThat(gone.resolution()).isNotNull();
    alerts.keep("kind:", List.of(happening("kind:a")));
    assertThat(alerts.find("kind:a").orElseThrow().state()).isEqualTo(Alert.State.OPEN);
    alerts.resolve("kind:a", "kim", "once more", null);
    alerts.keep("kind:", List.of(happening("kind:a")));
    assertThat(told())
        .containsExactly(
            "ALERT_OPENED kind:a",
            "ALERT_RESOLVED kind:a",
            "ALERT_REOPENED kind:a",
            "ALERT_RESOLVED kind:a");
  }

  @Test
  void anOpenAlertOfAKindSaysWhatItsCauseIsNow() {
    alerts.keep("kind:", List.of(happening("kind:a")));
    alerts.keep(
        "kind:",
        List.of(new Happening("kind:a", Alert.Severity.HIGH, "title", "another", null, null)));
    Alert alert = alerts.find("kind:a").orElseThrow();
    assertThat(alert.detail()).isEqualTo("another");
    assertThat(alert.count()).isEqualTo(1);
    assertThat(told()).containsExactly("ALERT_OPENED kind:a");
  }

  @Test
  void everyNameHasAFingerprintOfItsOwn() {
    String longName = "a".repeat(250) + "." + "b".repeat(250);
    String one = AlertService.fingerprint("load-quarantined", QualifiedName.parse(longName + "1"));
    String other =
        AlertService.fingerprint("load-quarantined", QualifiedName.parse(longName + "2"));
    assertThat(raise(one + ":123456789012345").fingerprint()).startsWith("load-quarantined:aaa");
    assertThat(one).isNotEqualTo(other);
    assertThat(AlertService.fingerprint("late", QualifiedName.parse("benefits.claims")))
        .isEqualTo("late:benefits.claims");
  }

  @Test
  void manyWhoRaiseOneAtOnceAreAllCounted() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<?>> raised = new ArrayList<>();
      for (int index = 0; index < 60; index++) {
        raised.add(threads.submit(() -> raise("a")));
      }
      for (Future<?> future : raised) {
        future.get();
      }
    }
    assertThat(alerts.find("a").orElseThrow().count()).isEqualTo(60);
    assertThat(told()).containsExactly("ALERT_OPENED a");
  }

  /** What waits in the outbox, in its order. */
  private List<String> told() {
    return database.read(transaction ->
        transaction.list(
            "SELECT event, subject FROM notification ORDER BY id",
            row -> row.text("event") + " " + row.text("subject")));
  }

  private Alert raise(String fingerprint) {
    return alerts.raise(happening(fingerprint));
  }

  private static Happening happening(String fingerprint) {
    return new Happening(fingerprint, Alert.Severity.HIGH, "title", "detail", null, null);
  }

  private void pass(long seconds) {
    now = now.plus(Duration.ofSeconds(seconds));
  }
}
