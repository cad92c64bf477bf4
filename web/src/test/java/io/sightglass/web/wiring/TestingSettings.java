package io.sightglass.web.wiring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Settings of an engine for tests, which looks at nothing by itself. Stateless. */
final class TestingSettings {

  private TestingSettings() {}

  /** One with all that it has in a folder: {@code views}, {@code landing} and the others. */
  static Settings in(Path folder) {
    return new Settings(
        new Settings.Listen("127.0.0.1", 0),
        folder.resolve("views"),
        Settings.Stores.local(
            folder.resolve("landing").toUri(), folder.resolve("warehouse").toUri()),
        folder.resolve("data"),
        new Settings.Rhythm(Duration.ofDays(1), Duration.ofDays(1)),
        new Settings.EngineSize(512_000_000, 2, 1_000_000_000),
        new Settings.Identity(null, Duration.ofSeconds(60), "roles", Map.of()));
  }
}
