package io.sightglass.web.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.security.Callers;
import java.util.List;
import java.util.Map;

/** {@code /v1/me}: what the caller is and may do. */
@Controller("/v1/me")
@Secured(SecurityRule.IS_AUTHENTICATED)
public final class MeController {

  /** The caller, as this request stands. */
  @Serdeable
  record Me(
      String user,
      List<String> roles,
      Map<String, List<String>> attributes,
      List<String> permissions,
      LimitsOfRoles limits,
      Used used,
      String policyVersion,
      List<String> datasets) {}

  /** Of each limit the largest of the caller's roles. */
  @Serdeable
  record LimitsOfRoles(
      long rows, long bytes, long seconds, int concurrent, int queued, long memory, int kept) {

    static LimitsOfRoles of(Limits limits) {
      return new LimitsOfRoles(
          limits.rows(),
          limits.bytes(),
          limits.time().toSeconds(),
          limits.concurrent(),
          limits.queued(),
          limits.memoryBytes(),
          limits.kept());
    }
  }

  /** What of the limits is in use now. */
  @Serdeable
  public record Used(int running, int queued, int kept) {}

  private final Callers callers;
  private final Callers.CurrentPack pack;
  private final Usage usage;

  /** Counts a user's statements that have not ended. */
  @FunctionalInterface
  public interface Usage {
    Used of(String user);
  }

  MeController(Callers callers, Callers.CurrentPack pack, Usage usage) {
    this.callers = callers;
    this.pack = pack;
    this.usage = usage;
  }

  @Get(headRoute = false)
  Me me(HttpRequest<?> request) {
    Principal principal = callers.of(request);
    ViewPack now = pack.get();
    return new Me(
        principal.user(),
        principal.roles(),
        principal.attributes(),
        now.policy().permissionsOf(principal).stream().map(Permission::key).sorted().toList(),
        LimitsOfRoles.of(now.policy().limitsOf(principal)),
        usage.of(principal.user()),
        now.version(),
        now.views().values().stream()
            .filter(view ->
                now.policy().decide(principal, view.name(), view.identified())
                    instanceof AccessDecision.Allowed)
            .map(view -> view.name().toString())
            .sorted()
            .toList());
  }
}
