package io.sightglass.web;

import io.micronaut.context.ApplicationContext;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.query.Catalogue;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.api.Encoders;
import io.sightglass.web.api.HealthReport;
import io.sightglass.web.api.MeController;
import io.sightglass.web.api.Statements;
import io.sightglass.web.api.stream.Answer;
import io.sightglass.web.security.DevelopmentTokens;
import io.sightglass.web.security.TokenVerifier;
import io.sightglass.web.wiring.HttpServer;
import io.sightglass.web.wiring.ServiceParts;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.SettingsReader;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The HTTP side over engine parts that a test gives; parts that it does not give must not be asked.
 */
public final class TestingService implements AutoCloseable {

  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private TestingService(HttpServer server) {
    this.server = server;
  }

  /** Starts with a test's statements; the rest is not there. */
  public static TestingService start(Statements statements, Encoders encoders) {
    Settings settings =
        SettingsReader.read(
            Map.of(io.sightglass.web.wiring.Setting.PORT, "0"), null, Map.of(), null);
    InstantSource clock = InstantSource.system();
    ServiceParts parts =
        new ServiceParts(
            statements,
            null,
            null,
            null,
            null,
            new AlertService(null, clock, new Outbox(List.of())),
            new Catalogue(dataset -> Optional.empty(), Freshness.UNKNOWN),
            new PolicyCompiler(null),
            encoders,
            new Answer.Pace(1 << 20, Duration.ofSeconds(2)),
            () -> PACK,
            user -> new MeController.Used(0, 0, 0),
            () -> new HealthReport.State("UP", true, "1", List.of()),
            TokenVerifier.ofKey(KEY, Duration.ofSeconds(60), clock));
    return new TestingService(HttpServer.start(settings, parts));
  }

  /** A part that no test may reach. */
  public static <T> T absent(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                return null;
              }
              throw new AssertionError(method + " was asked");
            }));
  }

  private static final ViewPack PACK =
      new ViewPack(
          "1",
          new AccessPolicy(
              List.of(
                  new Role(
                      "analyst",
                      "Reads",
                      List.of(),
                      Set.of(),
                      new Limits(1000, 1_000_000, Duration.ofSeconds(60), 2, 8, 1_000_000, 0)),
                  new Role(
                      "operator",
                      "On call",
                      List.of(),
                      Set.of(Permission.LOADS, Permission.STATEMENTS),
                      new Limits(10, 10_000, Duration.ofSeconds(10), 1, 1, 1_000, 0))),
              List.of()),
          List.of(),
          Map.of(),
          Map.of(),
          Map.of(),
          Map.of());

  /** A token of the service's own key. */
  public static String token(String user, String... roles) {
    return new DevelopmentTokens(KEY, InstantSource.system())
        .sign(user, List.of(roles), Map.of("station", List.of("316")), Duration.ofHours(1));
  }

  /** What the framework made. */
  public ApplicationContext context() {
    return server.context();
  }

  public int port() {
    return server.port();
  }

  /** A request with a token of {@code analyst}. */
  public HttpRequest.Builder request(String path) {
    return anonymous(path).header("Authorization", "Bearer " + token("ada", "analyst"));
  }

  /** A request without a token. */
  public HttpRequest.Builder anonymous(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    server.close();
  }
}
