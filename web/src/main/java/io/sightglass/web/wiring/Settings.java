package io.sightglass.web.wiring;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The service's configuration, checked. Immutable; read by {@link SettingsReader}.
 *
 * @param landing root of the incoming files, without a closing slash
 * @param warehouse root of the tables, without a closing slash
 * @param data the service's own folder, absolute
 */
public record Settings(
    Listen listen,
    Path views,
    Store landing,
    Store warehouse,
    Path data,
    Rhythm rhythm,
    EngineSize engine,
    Identity identity) {

  /** Where the service listens. */
  public record Listen(String host, int port) {}

  /**
   * An object store.
   *
   * @param endpoint of a store that is not AWS; null: AWS
   */
  public record Store(URI root, @Nullable URI endpoint, boolean pathStyle) {

    public boolean isLocal() {
      return "file".equals(root.getScheme());
    }
  }

  /** How often the service looks for something new. */
  public record Rhythm(Duration scan, Duration views) {}

  /**
   * What the engine may use.
   *
   * @param memoryBytes of all statements together
   * @param spillBytes of disk
   */
  public record EngineSize(long memoryBytes, int threads, long spillBytes) {}

  /**
   * How tokens are read.
   *
   * @param provider null: development, tokens are signed with the key in the data folder
   * @param roles path of the claim with the roles, dots between its parts
   * @param attributes claim paths of the attributes whose claim is not named alike
   */
  public record Identity(
      @Nullable Provider provider, Duration skew, String roles, Map<String, String> attributes) {

    public Identity {
      attributes = Map.copyOf(attributes);
    }
  }

  /** An identity provider. */
  public record Provider(URI jwks, String issuer, String audience) {}

  /** Without an identity provider, only this machine may ask. */
  public boolean isDevelopment() {
    return identity.provider() == null;
  }
}
