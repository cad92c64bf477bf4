package io.sightglass.web.wiring;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.Map;

/** The HTTP side of a running service. Started once; closing it answers what is under way. */
public final class HttpServer implements AutoCloseable {

  private final ApplicationContext context;
  private final EmbeddedServer server;

  private HttpServer(ApplicationContext context, EmbeddedServer server) {
    this.context = context;
    this.server = server;
  }

  /**
   * Listens.
   *
   * @throws SettingsException when the address cannot be had
   */
  public static HttpServer start(Settings settings, ServiceParts parts) {
    ApplicationContext context =
        ApplicationContext.builder()
            .deduceEnvironment(false)
            .banner(false)
            .environmentPropertySource(false)
            .propertySources(PropertySource.of("sightglass", properties(settings)))
            .singletons(settings, parts)
            .start();
    try {
      EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
      return new HttpServer(context, server);
    } catch (RuntimeException e) {
      context.close();
      throw new SettingsException(
          "port: %d on %s cannot be listened on; allowed: a free port"
              .formatted(settings.listen().port(), settings.listen().host()));
    }
  }

  private static Map<String, Object> properties(Settings settings) {
    return Map.ofEntries(
        Map.entry("micronaut.application.name", "sightglass"),
        Map.entry("micronaut.server.host", settings.listen().host()),
        Map.entry(
            "micronaut.server.port", settings.listen().port() == 0 ? -1 : settings.listen().port()),
        Map.entry("micronaut.server.max-request-size", 8 * 1024 * 1024),
        Map.entry("micronaut.server.max-request-buffer-size", 8 * 1024 * 1024),
        // A link may hold SQL up to the guard's limit, percent-encoded.
        Map.entry("micronaut.server.netty.max-initial-line-length", 128 * 1024),
        Map.entry("micronaut.server.netty.max-header-size", 32 * 1024),
        // Answers are compressed where their digest is made.
        Map.entry("micronaut.server.netty.compression-threshold", -1),
        Map.entry("micronaut.server.netty.keep-alive-on-server-error", true),
        // A statement may work for long before its first byte; slow clients are cut elsewhere.
        Map.entry("micronaut.server.idle-timeout", "1h"),
        Map.entry("micronaut.security.enabled", true),
        Map.entry("micronaut.security.reject-not-found", false),
        Map.entry("micronaut.security.basic-auth.enabled", false),
        Map.entry("micronaut.security.endpoints.introspection.enabled", false),
        Map.entry("micronaut.security.token.jwt.enabled", false),
        Map.entry("micronaut.serde.serialization.inclusion", "ALWAYS"),
        Map.entry("micronaut.http.services.enabled", false),
        Map.entry("endpoints.all.enabled", false));
  }

  /** What the framework made; for tests of its routes. */
  public ApplicationContext context() {
    return context;
  }

  /** The port in use, also where any was asked for. */
  public int port() {
    return server.getPort();
  }

  /** The page's address. */
  public String url() {
    return server.getURL().toString();
  }

  @Override
  public void close() {
    server.close();
    context.close();
  }
}
