package io.sightglass.web.wiring;

import io.sightglass.engine.Spelling;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Brings flags, environment, configuration file and defaults together, in that order of strength,
 * and reports every mistake at once. Not thread-safe; used once at start.
 */
public final class SettingsReader {

  /** Variables of the same prefix that are no settings; Kubernetes makes the last two kinds. */
  private static final Set<String> FOREIGN_VARIABLES =
      Set.of(
          "SIGHTGLASS_REQUIRE",
          "SIGHTGLASS_HOME",
          "SIGHTGLASS_CONFIG",
          "SIGHTGLASS_JAVA_OPTS",
          "SIGHTGLASS_URL",
          "SIGHTGLASS_TOKEN");

  private record Value(String text, String origin) {}

  private final Map<Setting, Value> values = new EnumMap<>(Setting.class);
  private final List<String> mistakes = new ArrayList<>();

  private SettingsReader() {}

  /**
   * Reads the configuration and prints what is in effect.
   *
   * @param flags as given on the command line
   * @param file null: none
   * @param out where the effective configuration goes, secrets masked; null: nowhere
   * @throws SettingsException with every mistake
   */
  public static Settings read(
      Map<Setting, String> flags,
      @Nullable Path file,
      Map<String, String> environment,
      @Nullable PrintWriter out) {
    SettingsReader reader = new SettingsReader();
    reader.addDefaults();
    String named = environment.get("SIGHTGLASS_CONFIG");
    Path chosen = file != null ? file : named != null ? Path.of(named) : null;
    if (chosen != null) {
      reader.addFile(chosen);
    }
    reader.addEnvironment(environment);
    flags.forEach((setting, text) -> reader.put(setting, text, setting.flag()));
    Settings settings = reader.settings(environment);
    if (!reader.mistakes.isEmpty()) {
      throw new SettingsException(reader.mistakes);
    }
    if (out != null) {
      reader.print(out, settings);
    }
    return settings;
  }

  private void addDefaults() {
    for (Setting setting : Setting.values()) {
      String fallback = setting.fallback();
      if (fallback != null) {
        put(setting, fallback, "default");
      }
    }
  }

  private void put(Setting setting, String text, String origin) {
    values.put(setting, new Value(text.strip(), origin));
  }

  private void addFile(Path file) {
    Object content;
    try {
      content =
          new Load(LoadSettings.builder().setLabel(file.toString()).build())
              .loadFromString(Files.readString(file));
    } catch (IOException e) {
      mistakes.add("--config %s: cannot be read; allowed: a YAML file".formatted(file));
      return;
    } catch (YamlEngineException e) {
      mistakes.add("--config %s: %s".formatted(file, e.getMessage()));
      return;
    }
    Map<String, String> flat = new TreeMap<>();
    if (content instanceof Map<?, ?> map) {
      flatten("", map, flat);
    } else if (content != null) {
      mistakes.add("--config %s: not a mapping; allowed: key: value lines".formatted(file));
    }
    Map<String, Setting> known = byNormalName(Setting::key);
    flat.forEach((key, text) -> {
      Setting setting = known.get(normal(key));
      if (setting == null) {
        mistakes.add("%s: unknown key %s%s".formatted(file, key, meant(key, Setting::key)));
      } else {
        put(setting, text, file.toString());
      }
    });
  }

  private static void flatten(String prefix, Map<?, ?> map, Map<String, String> into) {
    map.forEach((name, value) -> {
      String key = prefix + name;
      if (Setting.isMap(key) && value instanceof Map<?, ?> pairs) {
        into.put(
            key,
            pairs.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(",")));
      } else if (value instanceof Map<?, ?> nested) {
        flatten(key + ".", nested, into);
      } else {
        into.put(key, String.valueOf(value));
      }
    });
  }

  private void addEnvironment(Map<String, String> environment) {
    Map<String, Setting> known = byNormalName(Setting::variable);
    new TreeMap<>(environment)
        .forEach((name, text) -> {
          if (!name.startsWith("SIGHTGLASS_") || isForeign(name)) {
            return;
          }
          Setting setting = known.get(normal(name));
          if (setting == null) {
            mistakes.add(
                "environment: unknown variable %s%s"
                    .formatted(name, meant(name, Setting::variable)));
          } else {
            put(setting, text, name);
          }
        });
  }

  private static boolean isForeign(String name) {
    return FOREIGN_VARIABLES.contains(name)
        || name.startsWith("SIGHTGLASS_SERVICE_")
        || name.startsWith("SIGHTGLASS_PORT_");
  }

  private static Map<String, Setting> byNormalName(Function<Setting, String> name) {
    return Arrays.stream(Setting.values())
        .collect(Collectors.toMap(setting -> normal(name.apply(setting)), setting -> setting));
  }

  /** {@code s3.path_style}, {@code s3-path-style} and {@code S3_PATH_STYLE} are one name. */
  private static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private static String meant(String seen, Function<Setting, String> name) {
    return Spelling.findLikest(seen, Arrays.stream(Setting.values()).map(name).toList())
        .map(word -> "; did you mean " + word + "?")
        .orElseGet(() ->
            "; known: "
                + Arrays.stream(Setting.values()).map(name).collect(Collectors.joining(", ")));
  }

  private Settings settings(Map<String, String> environment) {
    String host = text(Setting.HOST).orElse("127.0.0.1");
    Settings.Identity identity = identity();
    if (identity.provider() == null && !isLoopback(host)) {
      mistakes.add(
          ("host: \"%s\" without an identity provider; allowed: a loopback address, or"
                  + " identity.jwks, identity.issuer and identity.audience")
              .formatted(host));
    }
    Path data = Path.of(text(Setting.DATA).orElse("data")).toAbsolutePath().normalize();
    return new Settings(
        new Settings.Listen(host, number(Setting.PORT, 0, 65_535).orElse(8080)),
        views(environment),
        stores(data),
        data,
        new Settings.Rhythm(duration(Setting.SCAN_EVERY), duration(Setting.VIEWS_EVERY)),
        new Settings.EngineSize(
            bytes(Setting.ENGINE_MEMORY).orElseGet(SettingsReader::quarterOfTheMachine),
            number(Setting.ENGINE_THREADS, 1, 1024)
                .orElse(Runtime.getRuntime().availableProcessors()),
            bytes(Setting.ENGINE_SPILL).orElse(0L)),
        identity,
        new NotificationSettings(this::text, mistakes).read());
  }

  private static long quarterOfTheMachine() {
    long all =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
            .getTotalMemorySize();
    return Math.max(512_000_000L, all / 4);
  }

  private Path views(Map<String, String> environment) {
    Optional<String> given = text(Setting.VIEWS);
    Path views = Path.of(given.orElse("sql-views")).toAbsolutePath().normalize();
    String home = environment.get("SIGHTGLASS_HOME");
    if (given.isEmpty() && home != null && !Files.isDirectory(views)) {
      views = Path.of(home, "sql-views").toAbsolutePath().normalize();
    }
    values.putIfAbsent(Setting.VIEWS, new Value(views.toString(), "default"));
    return views;
  }

  private Settings.Stores stores(Path data) {
    URI warehouse = root(Setting.WAREHOUSE, data.resolve("warehouse").toUri());
    URI ordinary = Settings.Stores.below(warehouse, "data");
    URI vault = root(Setting.VAULT, Settings.Stores.below(warehouse, "vault"));
    if (StoreUris.overlap(ordinary, vault)) {
      mistakes.add(
          "vault: \"%s\"; allowed: a root that neither lies in %s nor holds it"
              .formatted(vault, ordinary));
    }
    Optional<String> vaultKey = text(Setting.S3_VAULT_KMS_KEY);
    if (vaultKey.isPresent() && vaultKey.equals(text(Setting.S3_KMS_KEY))) {
      mistakes.add("s3.vault_kms_key: the key of the ordinary tables; allowed: a key of its own");
    }
    return new Settings.Stores(
        new Settings.Store(root(Setting.LANDING, data.resolve("landing").toUri()), null),
        new Settings.Store(ordinary, text(Setting.S3_KMS_KEY).orElse(null)),
        new Settings.Store(vault, vaultKey.orElse(null)),
        new Settings.S3(
            text(Setting.S3_ENDPOINT).flatMap(url -> web(Setting.S3_ENDPOINT, url)).orElse(null),
            flag(Setting.S3_PATH_STYLE),
            text(Setting.S3_REGION).orElse(null)),
        bytes(Setting.CACHE_SIZE).orElse(0L),
        DatabaseText.find(this::text, duration(Setting.REPLICAS_TAKEOVER), mistakes).orElse(null));
  }

  private URI root(Setting setting, URI fallback) {
    URI root = text(setting).flatMap(given -> uri(setting, given)).orElse(fallback);
    values.putIfAbsent(setting, new Value(StoreUris.withoutSlash(root).toString(), "default"));
    return StoreUris.withoutSlash(root);
  }

  private Optional<URI> uri(Setting setting, String text) {
    Optional<URI> uri = StoreUris.find(text);
    if (uri.isEmpty()) {
      mistakes.add(
          "%s: \"%s\"; allowed: file:///folder or s3://bucket/prefix"
              .formatted(setting.key(), text));
    }
    return uri;
  }

  private Optional<URI> web(Setting setting, String text) {
    try {
      URI uri = URI.create(text);
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // Reported below like every other text that is not an address.
    }
    mistakes.add("%s: \"%s\"; allowed: an http or https URL".formatted(setting.key(), text));
    return Optional.empty();
  }

  private Settings.Identity identity() {
    Optional<String> jwks = text(Setting.IDENTITY_JWKS);
    Optional<String> issuer = text(Setting.IDENTITY_ISSUER);
    Optional<String> audience = text(Setting.IDENTITY_AUDIENCE);
    long given = List.of(jwks, issuer, audience).stream().filter(Optional::isPresent).count();
    Settings.Provider provider = null;
    if (given == 3) {
      provider =
          web(Setting.IDENTITY_JWKS, jwks.orElseThrow())
              .map(url -> new Settings.Provider(url, issuer.orElseThrow(), audience.orElseThrow()))
              .orElse(null);
    } else if (given > 0) {
      mistakes.add(
          "identity: %d of jwks, issuer and audience; allowed: all three, or none for development"
              .formatted(given));
    }
    return new Settings.Identity(
        provider,
        duration(Setting.IDENTITY_SKEW),
        text(Setting.IDENTITY_ROLES).orElse("roles"),
        attributes());
  }

  private Map<String, String> attributes() {
    Map<String, String> claims = new HashMap<>();
    for (String pair : text(Setting.IDENTITY_ATTRIBUTES).orElse("").split(",", -1)) {
      String[] parts = pair.strip().split("=", 2);
      if (parts.length == 2 && !parts[0].isBlank() && !parts[1].isBlank()) {
        claims.put(parts[0].strip(), parts[1].strip());
      } else if (!pair.isBlank()) {
        mistakes.add(
            "%s: \"%s\"; allowed: attribute=claim, commas between them"
                .formatted(Setting.IDENTITY_ATTRIBUTES.key(), pair));
      }
    }
    return claims;
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private Optional<String> text(Setting setting) {
    return Optional.ofNullable(values.get(setting))
        .map(Value::text)
        .filter(text -> !text.isEmpty());
  }

  private Optional<Integer> number(Setting setting, int min, int max) {
    Optional<String> text = text(setting);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.get().matches("\\d{1,9}")) {
      int number = Integer.parseInt(text.get());
      if (number >= min && number <= max) {
        return Optional.of(number);
      }
    }
    mistakes.add(
        "%s: \"%s\"; allowed: a number from %d to %d"
            .formatted(setting.key(), text.get(), min, max));
    return Optional.empty();
  }

  private boolean flag(Setting setting) {
    String text = text(setting).orElse("false");
    if (!Set.of("true", "false").contains(text)) {
      mistakes.add("%s: \"%s\"; allowed: true, false".formatted(setting.key(), text));
    }
    return text.equals("true");
  }

  private Duration duration(Setting setting) {
    String text = text(setting).orElse("0s");
    try {
      return Units.duration(text);
    } catch (IllegalArgumentException | ArithmeticException e) {
      mistakes.add(setting.key() + ": " + e.getMessage());
      return Duration.ZERO;
    }
  }

  private Optional<Long> bytes(Setting setting) {
    try {
      return text(setting).map(Units::bytes);
    } catch (IllegalArgumentException | ArithmeticException e) {
      mistakes.add(setting.key() + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private void print(PrintWriter out, Settings settings) {
    out.println("Configuration in effect:");
    values.forEach((setting, value) ->
        out.printf(
            "  %-20s %s  (%s)%n",
            setting.key(), setting.isSecret() ? "***" : masked(value.text()), value.origin()));
    out.printf("  %-20s %d bytes%n", "engine memory", settings.engine().memoryBytes());
    out.flush();
  }

  /** A password in a URL is a secret; everything after a question mark may hold one. */
  static String masked(String text) {
    return text.replaceAll("://[^/@\\s]*@", "://***@").replaceAll("\\?.*", "?***");
  }
}
