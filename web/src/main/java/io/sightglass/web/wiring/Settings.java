package io.sightglass.web.wiring;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The service's configuration, checked. Immutable; read by {@link SettingsReader}.
 *
 * @param data the service's own folder, absolute
 */
public record Settings(
    Listen listen,
    Path views,
    Stores stores,
    Path data,
    Rhythm rhythm,
    EngineSize engine,
    Identity identity,
    Notification notification) {

  /** Settings by which nobody is notified. */
  public Settings(
      Listen listen,
      Path views,
      Stores stores,
      Path data,
      Rhythm rhythm,
      EngineSize engine,
      Identity identity) {
    this(listen, views, stores, data, rhythm, engine, identity, Notification.NONE);
  }

  /** Where the service listens. */
  public record Listen(String host, int port) {}

  /**
   * Where files come from and where tables are kept.
   *
   * @param landing of the incoming files
   * @param data of the ordinary tables
   * @param vault of what identifies people: tables, and lines that were rejected
   * @param cacheBytes the most that copies of one side's remote files take on this machine
   * @param database of loads, statements, alerts and the tables' states; null: SQLite, in the data
   *     folder
   */
  public record Stores(
      Store landing, Store data, Store vault, S3 s3, long cacheBytes, @Nullable Database database) {

    /** Folders of this machine, landing and warehouse. */
    public static Stores local(URI landing, URI warehouse) {
      return new Stores(
          new Store(landing, null),
          new Store(below(warehouse, "data"), null),
          new Store(below(warehouse, "vault"), null),
          new S3(null, false, null),
          0,
          null);
    }

    /** The root of that name below {@code root}. */
    static URI below(URI root, String name) {
      String text = root.toString();
      return URI.create(text + (text.endsWith("/") ? "" : "/") + name);
    }
  }

  /**
   * An object store.
   *
   * @param root a {@code file:} or {@code s3:} URI without a closing slash
   * @param kmsKey that its objects are encrypted with; null: as the bucket says
   */
  public record Store(URI root, @Nullable String kmsKey) {

    public boolean isLocal() {
      return "file".equals(root.getScheme());
    }
  }

  /**
   * How S3 is reached.
   *
   * @param endpoint of a store that is not AWS; null: AWS
   * @param region null: by the SDK's usual chain
   */
  public record S3(@Nullable URI endpoint, boolean pathStyle, @Nullable String region) {}

  /**
   * A PostgreSQL, which several replicas may share.
   *
   * @param user null: as the driver finds it
   * @param password null: none, or as the driver finds it
   * @param takeover the longest time after its last sign of life until others do a replica's work
   */
  public record Database(
      String url, @Nullable String user, @Nullable String password, Duration takeover) {

    /** Without the password. */
    @Override
    public String toString() {
      return "Database[url=" + url.replaceAll("\\?.*", "") + ", user=" + user + "]";
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

  /**
   * Who is told of alerts and loads outside the service.
   *
   * @param publicUrl the service's address as people reach it; null: links are paths
   * @param slack null: not Slack
   * @param webhook null: no other
   */
  public record Notification(
      @Nullable URI publicUrl, @Nullable Slack slack, @Nullable Webhook webhook) {

    /** Nobody is. */
    public static final Notification NONE = new Notification(null, null, null);
  }

  /**
   * Webhooks of Slack; secrets.
   *
   * @param address where messages go whose channel has no webhook of its own
   * @param channels webhooks by the channel that a contract names
   */
  public record Slack(URI address, Map<String, URI> channels) {

    public Slack {
      channels = Map.copyOf(channels);
    }

    @Override
    public String toString() {
      return "Slack[***]";
    }
  }

  /** Another webhook, and what signs its messages; secrets. */
  public record Webhook(URI address, String secret) {

    @Override
    public String toString() {
      return "Webhook[***]";
    }
  }

  /** Without an identity provider, only this machine may ask. */
  public boolean isDevelopment() {
    return identity.provider() == null;
  }
}
