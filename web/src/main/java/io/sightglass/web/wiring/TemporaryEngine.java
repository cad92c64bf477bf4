package io.sightglass.web.wiring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine over a views folder, with databases, tables and everything else in a temporary folder
 * that goes with it: it writes nowhere else, and works beside any service. Not thread-safe; whoever
 * opens it closes it.
 */
public final class TemporaryEngine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TemporaryEngine.class);

  private static final String PREFIX = "sightglass-";
  private static final String SECRET_FILE = "pseudonyms.key";

  private final Path folder;
  private final Thread removal;
  private final Engine engine;

  private TemporaryEngine(Path folder, Thread removal, Engine engine) {
    this.folder = folder;
    this.removal = removal;
    this.engine = engine;
  }

  /**
   * Opens one.
   *
   * @param in where its folder comes to be; null: where temporary files are
   * @param landing of the incoming files; null: an empty one
   * @param secret of pseudonyms; null: one that nobody else has
   * @throws SettingsException or {@link io.sightglass.engine.EngineException} when it cannot
   */
  public static TemporaryEngine open(
      @Nullable Path in,
      Path views,
      @Nullable URI landing,
      @Nullable String secret,
      Settings.EngineSize size)
      throws IOException {
    Path folder =
        in == null ? Files.createTempDirectory(PREFIX) : Files.createTempDirectory(in, PREFIX);
    Thread removal = new Thread(() -> delete(folder));
    Runtime.getRuntime().addShutdownHook(removal);
    try {
      if (secret != null) {
        Path vault = Files.createDirectory(folder.resolve("vault"));
        Files.writeString(vault.resolve(SECRET_FILE), secret);
      }
      Settings settings =
          new Settings(
              new Settings.Listen("127.0.0.1", 0),
              views,
              Settings.Stores.local(
                  landing == null ? folder.resolve("landing").toUri() : landing,
                  folder.resolve("warehouse").toUri()),
              folder,
              new Settings.Rhythm(Duration.ofDays(1), Duration.ofDays(1)),
              size,
              new Settings.Identity(null, Duration.ofSeconds(60), "roles", Map.of()));
      return new TemporaryEngine(folder, removal, Engine.open(settings, InstantSource.system()));
    } catch (RuntimeException | IOException e) {
      delete(folder);
      forget(removal);
      throw e;
    }
  }

  public Engine engine() {
    return engine;
  }

  /** The folder that goes with it. */
  public Path folder() {
    return folder;
  }

  @Override
  public void close() {
    engine.close();
    delete(folder);
    forget(removal);
  }

  private static void forget(Thread removal) {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException stopping) {
      LOG.debug("The process stops, and removes what is left", stopping);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
