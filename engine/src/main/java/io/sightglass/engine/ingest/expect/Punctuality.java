package io.sightglass.engine.ingest.expect;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Keeps an alert for every date that was due and has not come, as long as it lacks, for every
 * source that has fallen silent, and while nobody can look for them. Thread-safe.
 */
public final class Punctuality {

  /** Of a source that has long been silent the newest dates have alerts, the others one. */
  public static final int MOST = 31;

  private static final String SCAN = "scan-failed";
  private static final String DATE = "missing-date";
  private static final String MORE_DATES = "missing-dates";
  private static final String LATE = "late";

  private final Freshness freshness;
  private final Supplier<ViewPack> pack;
  private final AlertService alerts;

  public Punctuality(Freshness freshness, Supplier<ViewPack> pack, AlertService alerts) {
    this.freshness = freshness;
    this.pack = pack;
    this.alerts = alerts;
  }

  /** Runs a scan; while it fails there is an alert, since nobody knows what has come. */
  public <T> T watch(Supplier<T> scan) {
    try {
      T found = scan.get();
      alerts.clear(SCAN);
      return found;
    } catch (EngineException failure) {
      alerts.raise(
          new AlertService.Happening(
              SCAN,
              Alert.Severity.HIGH,
              "The landing folder cannot be scanned",
              failure.code() + ": " + failure.detail(),
              null,
              null));
      throw failure;
    }
  }

  /** Opens the alerts that lack, and ends those whose date has come. */
  public void check() {
    List<AlertService.Happening> dates = new ArrayList<>();
    List<AlertService.Happening> more = new ArrayList<>();
    List<AlertService.Happening> late = new ArrayList<>();
    for (Dataset dataset : pack.get().datasets().values()) {
      Freshness.State state = freshness.of(dataset.name());
      List<LocalDate> missing = state.missingDates();
      int others = Math.max(0, missing.size() - MOST);
      missing.subList(others, missing.size()).forEach(date -> dates.add(missing(dataset, date)));
      if (others > 0) {
        more.add(moreMissing(dataset, missing.subList(0, others)));
      }
      if (dataset.expect().every() == null) {
        Stream.ofNullable(state.lateSince()).forEach(since -> late.add(late(dataset, since)));
      }
    }
    alerts.keep(DATE + ":", dates);
    alerts.keep(MORE_DATES + ":", more);
    alerts.keep(LATE + ":", late);
  }

  private AlertService.Happening missing(Dataset dataset, LocalDate date) {
    Optional<LocalTime> hour = freshness.findMissingHour(dataset.name(), date);
    return happening(
        AlertService.fingerprint(DATE, dataset.name()) + ":" + date,
        dataset.name(),
        "%s of %s has not come"
            .formatted(hour.map(time -> date + " " + time).orElse(date.toString()), dataset.name()),
        "Expected every %s; due at %s"
            .formatted(
                String.valueOf(dataset.expect().every()).toLowerCase(Locale.ROOT),
                ExpectedDates.due(date.atTime(hour.orElse(LocalTime.MIDNIGHT)), dataset.expect())));
  }

  private static AlertService.Happening moreMissing(Dataset dataset, List<LocalDate> missing) {
    return happening(
        AlertService.fingerprint(MORE_DATES, dataset.name()),
        dataset.name(),
        "%d older dates of %s have not come".formatted(missing.size(), dataset.name()),
        "From %s to %s".formatted(missing.getFirst(), missing.getLast()));
  }

  private static AlertService.Happening late(Dataset dataset, Instant since) {
    return happening(
        AlertService.fingerprint(LATE, dataset.name())
            + ":"
            + since.atOffset(ZoneOffset.UTC).toLocalDate(),
        dataset.name(),
        "Nothing of %s has come since it was due".formatted(dataset.name()),
        "Due at %s, after the last arrival".formatted(since));
  }

  private static AlertService.Happening happening(
      String fingerprint, QualifiedName dataset, String title, String detail) {
    return new AlertService.Happening(
        fingerprint, Alert.Severity.HIGH, title, detail, dataset, "/v1/loads?dataset=" + dataset);
  }
}
