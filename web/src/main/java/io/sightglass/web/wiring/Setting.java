package io.sightglass.web.wiring;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the service: a configuration key, a flag and an environment variable at once.
 *
 * <p>{@code scan.every} is the key {@code scan: {every: …}} in the file, the flag {@code
 * --scan-every} and the variable {@code SIGHTGLASS_SCAN_EVERY}.
 */
public enum Setting {
  PORT("port", "NUMBER", "8080", "Port to listen on; 0 takes a free one."),
  HOST(
      "host", "ADDRESS", "127.0.0.1", "Address to listen on; others than loopback need identity.*"),
  VIEWS("views", "DIR", null, "Folder of contracts, views and grants (default: sql-views)."),
  LANDING("landing", "URI", null, "Where files come in: file: or s3: (default: below data)."),
  WAREHOUSE("warehouse", "URI", null, "Where tables are kept: file: or s3: (default: below data)."),
  VAULT(
      "vault",
      "URI",
      null,
      "Where identifiers are kept: file: or s3: (default: vault below warehouse)."),
  DATA("data", "DIR", "data", "Cache, metadata database, development key, temporary files."),
  DATABASE_URL(
      "database.url",
      "URL",
      null,
      "PostgreSQL for loads, statements, alerts and the catalogue (default: SQLite below data)."),
  DATABASE_USER("database.user", "NAME", null, "User of the database."),
  DATABASE_PASSWORD(
      "database.password",
      "TEXT",
      null,
      "Its password; better by variable or file than by flag.",
      Kind.SECRET),
  REPLICAS_TAKEOVER(
      "replicas.takeover",
      "DURATION",
      "60s",
      "Longest time until a dead replica's work is taken over; at most 60s."),
  S3_ENDPOINT("s3.endpoint", "URL", null, "Endpoint of a store that is not AWS."),
  S3_PATH_STYLE("s3.path_style", "BOOL", "false", "Whether buckets stand in the path."),
  S3_REGION(
      "s3.region", "REGION", null, "Region of the buckets (default: as the AWS SDK finds it)."),
  S3_KMS_KEY("s3.kms_key", "KEY", null, "KMS key of the ordinary tables (default: the bucket's)."),
  S3_VAULT_KMS_KEY(
      "s3.vault_kms_key", "KEY", null, "KMS key of the vault; another than the ordinary one."),
  CACHE_SIZE("cache.size", "SIZE", "50 GB", "Disk for copies of remote files, per side."),
  SCAN_EVERY("scan.every", "DURATION", "5m", "How often the landing folder is scanned."),
  VIEWS_EVERY(
      "views.every", "DURATION", "2s", "How often the views folder is looked at for changes."),
  ENGINE_MEMORY("engine.memory", "SIZE", null, "Memory of the engine (default: a quarter of all)."),
  ENGINE_THREADS("engine.threads", "NUMBER", null, "Threads of the engine (default: one a core)."),
  ENGINE_SPILL("engine.spill", "SIZE", "10 GB", "Disk that statements may spill to."),
  PUBLIC_URL(
      "public_url", "URL", null, "Address of the service that links in messages begin with."),
  NOTIFY_SLACK(
      "notify.slack", "URL", null, "Slack webhook that messages go to; a secret.", Kind.SECRET),
  NOTIFY_SLACK_CHANNELS(
      "notify.slack_channels",
      "MAP",
      null,
      "Slack webhooks of single channels, secrets: #data=https://...,#help=https://...",
      Kind.SECRET),
  NOTIFY_WEBHOOK(
      "notify.webhook", "URL", null, "Address that messages are posted to as JSON.", Kind.SECRET),
  NOTIFY_WEBHOOK_SECRET(
      "notify.webhook_secret",
      "TEXT",
      null,
      "What signs those messages, 16 characters or more; a secret.",
      Kind.SECRET),
  IDENTITY_JWKS("identity.jwks", "URL", null, "Keys of the identity provider (RS256, ES256)."),
  IDENTITY_ISSUER("identity.issuer", "TEXT", null, "The issuer that tokens must name."),
  IDENTITY_AUDIENCE("identity.audience", "TEXT", null, "The audience that tokens must name."),
  IDENTITY_SKEW("identity.skew", "DURATION", "60s", "Clock difference that is forgiven."),
  IDENTITY_ROLES(
      "identity.roles", "PATH", "roles", "Claim that holds the roles, dots between parts."),
  IDENTITY_ATTRIBUTES(
      "identity.attributes",
      "MAP",
      null,
      "Claims of attributes that are not named alike: station=sta6a.id,zip=address.zip");

  /** Whether its value may be shown. */
  private enum Kind {
    PLAIN,
    SECRET
  }

  private final String key;
  private final String label;
  private final @Nullable String fallback;
  private final String description;
  private final Kind kind;

  Setting(String key, String label, @Nullable String fallback, String description) {
    this(key, label, fallback, description, Kind.PLAIN);
  }

  Setting(String key, String label, @Nullable String fallback, String description, Kind kind) {
    this.key = key;
    this.label = label;
    this.fallback = fallback;
    this.description = description;
    this.kind = kind;
  }

  /** Whether its value is never shown. */
  public boolean isSecret() {
    return kind == Kind.SECRET;
  }

  /** Whether the values of a key are names with values: {@code a=1,b=2}, or a mapping in a file. */
  static boolean isMap(String key) {
    return Arrays.stream(values())
        .anyMatch(
            setting -> setting.label.equals("MAP") && setting.key.equals(key.replace('-', '_')));
  }

  /** Its name in a configuration file, with dots between levels. */
  public String key() {
    return key;
  }

  /** Its name on the command line. */
  public String flag() {
    return "--" + key.replace('.', '-').replace('_', '-');
  }

  /** Its name in the environment. */
  public String variable() {
    return "SIGHTGLASS_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** What its value is, for help texts. */
  public String label() {
    return label;
  }

  /** Its value when nobody gives one; null: depends, or nothing. */
  public @Nullable String fallback() {
    return fallback;
  }

  public String description() {
    return description;
  }
}
