package io.sightglass.engine.storage;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach an S3 service. Immutable. Credentials come by the SDK's usual chain: environment,
 * profile, web identity, container, machine.
 *
 * @param endpoint of a service that is not AWS; null: AWS
 * @param pathStyle whether buckets stand in the path instead of the host's name
 * @param region null: by the SDK's usual chain, and {@code us-east-1} where that tells none and an
 *     endpoint is given
 */
public record S3Settings(
    @Nullable URI endpoint, boolean pathStyle, @Nullable String region, Patience patience) {

  /**
   * How long a service that does not answer is waited for.
   *
   * @param connect for a connection
   * @param idle for the next byte
   * @param attempts of one request, the first included; pauses between them grow and are random,
   *     and a budget that all requests share keeps a broken service from being flooded
   */
  public record Patience(Duration connect, Duration idle, int attempts) {

    /** For a service across a network. */
    public static final Patience USUAL =
        new Patience(Duration.ofSeconds(5), Duration.ofSeconds(30), 6);
  }
}
