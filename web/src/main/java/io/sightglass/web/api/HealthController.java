package io.sightglass.web.api;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;

/** {@code /health}: for whatever keeps the service running. Needs no token. */
@Controller("/health")
@Secured(SecurityRule.IS_ANONYMOUS)
final class HealthController {

  /** One word. */
  @Serdeable
  record Status(String status) {}

  private final HealthReport report;

  HealthController(HealthReport report) {
    this.report = report;
  }

  /** The process answers. */
  @Get("/live")
  Status live() {
    return new Status("UP");
  }

  /** Statements are answered; loads may still run. */
  @Get("/ready")
  HttpResponse<Status> ready() {
    return report.now().ready()
        ? HttpResponse.ok(new Status("UP"))
        : HttpResponse.<Status>status(HttpStatus.SERVICE_UNAVAILABLE)
            .header("Retry-After", "1")
            .body(new Status("DOWN"));
  }

  /** Every part. */
  @Get
  HealthReport.State health() {
    return report.now();
  }
}
