package io.sightglass.web.wiring;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Where the database is, as it is written. */
final class DatabaseText {

  private static final String ALLOWED = "jdbc:postgresql://host:5432/name, or nothing: SQLite";

  /** Others wait no longer; less could not be told from a slow network. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private static final Duration SHORTEST = Duration.ofMillis(500);

  private DatabaseText() {}

  /**
   * The database that the texts name; empty: the embedded one.
   *
   * @param texts of settings
   * @param mistakes takes what is wrong
   */
  static Optional<Settings.Database> find(
      Function<Setting, Optional<String>> texts, Duration takeover, List<String> mistakes) {
    Optional<String> url = texts.apply(Setting.DATABASE_URL);
    Optional<String> user = texts.apply(Setting.DATABASE_USER);
    Optional<String> password = texts.apply(Setting.DATABASE_PASSWORD);
    if (takeover.compareTo(SHORTEST) < 0 || takeover.compareTo(LONGEST) > 0) {
      mistakes.add(
          "%s: \"%s\"; allowed: from 500ms to 60s"
              .formatted(Setting.REPLICAS_TAKEOVER.key(), takeover));
    }
    if (url.isEmpty()) {
      if (user.isPresent() || password.isPresent()) {
        mistakes.add("database.user, database.password: without database.url; allowed: " + ALLOWED);
      }
      return Optional.empty();
    }
    if (!isPostgres(url.get())) {
      mistakes.add(
          "%s: \"%s\"; allowed: %s"
              .formatted(Setting.DATABASE_URL.key(), SettingsReader.masked(url.get()), ALLOWED));
      return Optional.empty();
    }
    return Optional.of(
        new Settings.Database(url.get(), user.orElse(null), password.orElse(null), takeover));
  }

  private static boolean isPostgres(String url) {
    if (!url.startsWith("jdbc:postgresql://")) {
      return false;
    }
    try {
      URI server = URI.create(url.substring("jdbc:".length()));
      String path = server.getPath();
      // A user in the address is none to the driver: it would go into the host's name.
      return server.getAuthority() != null
          && !server.getAuthority().contains("@")
          && path != null
          && path.length() > 1;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
