package io.sightglass.engine.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertListener.Change;
import io.sightglass.engine.alert.AlertService.Happening;
import io.sightglass.engine.alert.AlertService.Page;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.MetadataDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
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

  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private final AlertListener listener =
      (alert, change) -> told.add(change + " " + alert.fingerprint());
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private DatabaseSettings settings;
  private MetadataDatabase database;
  private AlertService alerts;

  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    settings = emptyDatabase();
    database = MetadataDatabase.open(settings);
    alerts = new AlertService(database, () -> now, listener);
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
    assertThat(told).containsExactly("OPENED a", "REPEATED a");
  }

  @Test
  void acknowledgedStaysAcknowledgedWhenItHappensAgain() {
    raise("a");
    assertThat(alerts.acknowledge("a", "kim").state()).isEqualTo(Alert.State.ACKNOWLEDGED);
    alerts.acknowledge("a", "lee");
    Alert again = raise("a");
    assertThat(again.state()).isEqualTo(Alert.State.ACKNOWLEDGED);
    assertThat(again.acknowledgedBy()).isEqualTo("kim");
    assertThat(told).containsExactly("OPENED a", "ACKNOWLEDGED a", "REPEATED a");
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
    assertThat(told)
        .containsExactly(
            "OPENED a", "REPEATED a", "ASSIGNED a", "ACKNOWLEDGED a", "RESOLVED a", "REOPENED a");
  }

  @Test
  void clearingEndsWhatIsThereAndNothingElse() {
    alerts.clear("nothing");
    raise("a");
    alerts.clear("a");
    alerts.clear("a");
    assertThat(alerts.find("a").orElseThrow().state()).isEqualTo(Alert.State.RESOLVED);
    assertThat(told).containsExactly("OPENED a", "RESOLVED a");
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
  void aCursorOfSomebodyElsesIsRefused() {
    for (String cursor : List.of("", "x", "0~x~y", "' OR 1=1 --", "~~", "0~9~1~2")) {
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
    alerts = new AlertService(database, () -> now, listener);
  }

  @Test
  void aListenerThatThrowsUndoesNothing() {
    AlertService told =
        new AlertService(
            database,
            () -> now,
            (Alert alert, Change change) -> {
              throw new IllegalStateException("no network");
            });
    told.raise(happening("a"));
    assertThat(alerts.find("a")).isPresent();
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
    assertThat(told).hasSize(60).containsOnlyOnce("OPENED a");
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
