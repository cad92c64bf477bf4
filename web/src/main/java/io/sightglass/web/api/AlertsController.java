package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.web.security.Callers;
import org.jspecify.annotations.Nullable;

/** {@code /v1/alerts}: what a person should look at. */
@Controller("/v1/alerts")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class AlertsController {

  /** One alert, as answers write it. */
  @Serdeable
  record AlertJson(
      String fingerprint,
      Alert.Severity severity,
      Alert.State state,
      String title,
      String detail,
      @Nullable String dataset,
      @Nullable String link,
      long count,
      @Nullable String firstAt,
      @Nullable String lastAt,
      @Nullable String assignee,
      @Nullable String acknowledgedBy,
      @Nullable ResolutionJson resolution,
      @Nullable MuteJson mute) {

    static AlertJson of(Alert alert) {
      Alert.Resolution resolution = alert.resolution();
      Alert.Mute mute = alert.mute();
      return new AlertJson(
          alert.fingerprint(),
          alert.severity(),
          alert.state(),
          alert.title(),
          alert.detail(),
          alert.dataset() == null ? null : alert.dataset().toString(),
          alert.link(),
          alert.count(),
          Texts.of(alert.firstAt()),
          Texts.of(alert.lastAt()),
          alert.assignee(),
          alert.acknowledgedBy(),
          resolution == null
              ? null
              : new ResolutionJson(
                  Texts.of(resolution.at()), resolution.by(), resolution.text(), resolution.link()),
          mute == null
              ? null
              : new MuteJson(Texts.of(mute.until()), mute.by(), mute.reason(), mute.link()));
    }
  }

  /** How it ended. */
  @Serdeable
  record ResolutionJson(
      @Nullable String at, @Nullable String by, @Nullable String text, @Nullable String link) {}

  /** Silence until an instant. */
  @Serdeable
  record MuteJson(@Nullable String until, String by, String reason, @Nullable String link) {}

  private final AlertService alerts;
  private final Callers callers;

  AlertsController(AlertService alerts, Callers callers) {
    this.alerts = alerts;
    this.callers = callers;
  }

  @Get(headRoute = false)
  HttpResponse<Paging.Part<AlertJson>> list(HttpRequest<?> request) {
    callers.with(Permission.ALERTS, request);
    Paging paging = Paging.of(request);
    AlertService.Page page = alerts.list(paging.limit(), paging.cursor());
    return paging.answer(request, page.items().stream().map(AlertJson::of).toList(), page.next());
  }
}
