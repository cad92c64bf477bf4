package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertFilter;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.web.security.Callers;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** {@code /v1/alerts}: what a person should look at, and what he does about it. */
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

  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_TEXT = 4000;
  private static final String INSTANT =
      "an instant with its zone such as 2026-01-31T12:00:00Z, or a date";

  private final AlertService alerts;
  private final Callers callers;

  AlertsController(AlertService alerts, Callers callers) {
    this.alerts = alerts;
    this.callers = callers;
  }

  @Get(headRoute = false)
  HttpResponse<Paging.Part<AlertJson>> list(HttpRequest<?> request) {
    callers.with(Permission.ALERTS, request);
    Paging paging = Paging.of(request, "dataset", "state", "severity");
    AlertService.Page page =
        alerts.list(
            new AlertFilter(
                Paging.findDataset(request).orElse(null),
                Paging.findConstant(request, "state", Alert.State.class).orElse(null),
                Paging.findConstant(request, "severity", Alert.Severity.class).orElse(null)),
            paging.limit(),
            paging.cursor());
    return paging.answer(request, page.items().stream().map(AlertJson::of).toList(), page.next());
  }

  @Post("/{fingerprint}/acknowledge")
  AlertJson acknowledge(HttpRequest<?> request, String fingerprint, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.ALERTS, request);
    var _ = JsonBody.of(body);
    return AlertJson.of(alerts.acknowledge(fingerprint, principal.user()));
  }

  @Post("/{fingerprint}/assign")
  AlertJson assign(HttpRequest<?> request, String fingerprint, @Body @Nullable String body) {
    callers.with(Permission.ALERTS, request);
    String to = text(JsonBody.of(body, "to"), "to", LONGEST_NAME);
    return AlertJson.of(alerts.assign(fingerprint, to));
  }

  @Post("/{fingerprint}/resolve")
  AlertJson resolve(HttpRequest<?> request, String fingerprint, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.ALERTS, request);
    JsonBody resolution = JsonBody.of(body, "text", "link");
    String text = text(resolution, "text", LONGEST_TEXT);
    String link = link(resolution);
    return AlertJson.of(alerts.resolve(fingerprint, principal.user(), text, link));
  }

  @Post("/{fingerprint}/mute")
  AlertJson mute(HttpRequest<?> request, String fingerprint, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.ALERTS, request);
    JsonBody mute = JsonBody.of(body, "until", "reason", "link");
    Instant until = until(mute.text("until"));
    String reason = text(mute, "reason", LONGEST_TEXT);
    String link = link(mute);
    return AlertJson.of(alerts.mute(fingerprint, until, principal.user(), reason, link));
  }

  @Delete("/{fingerprint}/mute")
  AlertJson unmute(HttpRequest<?> request, String fingerprint) {
    callers.with(Permission.ALERTS, request);
    return AlertJson.of(alerts.unmute(fingerprint));
  }

  private static String text(JsonBody body, String name, int longest) {
    String text = body.text(name);
    if (text == null || text.isBlank() || text.length() > longest) {
      throw invalid(
          "%s: %s; allowed: 1 to %d characters"
              .formatted(
                  name,
                  text == null || text.isBlank() ? "missing" : text.length() + " characters",
                  longest));
    }
    return text.strip();
  }

  private static @Nullable String link(JsonBody body) {
    String link = body.text("link");
    if (link != null && !link.matches("https?://\\S{1,2000}")) {
      throw invalid("link: not an address; allowed: an http or https URL");
    }
    return link;
  }

  /** A date is its beginning in UTC. */
  private static Instant until(@Nullable String text) {
    if (text == null) {
      throw invalid("until: missing; allowed: " + INSTANT);
    }
    try {
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      String seen = text.length() > LONGEST_NAME ? text.length() + " characters" : text;
      throw invalid("until: \"%s\"; allowed: %s".formatted(seen, INSTANT));
    }
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }
}
