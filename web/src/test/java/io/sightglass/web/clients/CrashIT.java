package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.S3Connection;
import io.sightglass.engine.storage.TestingS3;
import io.sightglass.web.MortalService;
import io.sightglass.web.RunningService;
import io.sightglass.web.clients.CrashCampaign.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while 60 files load: every row once, nothing half visible at any time.
 *
 * <p>{@code benchmarks/crashes.py} runs it for long, by {@code crashes.kills} and {@code
 * crashes.seed}; what it came to goes to {@code target/crashes}.
 */
class CrashIT {

  private static final Path PACK = Path.of("src", "test", "resources", "packs", "time");
  private static final Pattern REMOVED = Pattern.compile("orphans .*: ([0-9]+) files removed");

  /** 60 files a round. */
  private static final int DAYS = 30;

  private static final long SEED = Long.getLong("crashes.seed", 526);

  @TempDir Path folder;

  @Test
  void oneProcessOverAFolder() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    try (MortalService service =
        new MortalService(data, PACK, Map.of(), "--scan-every=1s", "--engine-memory=512 MB")) {
      CrashLanding landing =
          new CrashLanding(folder, CrashLanding.into(data.resolve("landing")), DAYS);
      Figures figures =
          new CrashCampaign(List.of(service), landing, Duration.ZERO, SEED)
              .run(Integer.getInteger("crashes.kills", 10));
      assertThat(figures.cut()).as("kills that met a load").isPositive();
      assertThat(staged(data)).isEmpty();
      service.kill();
      keep("one process, folder, SQLite", figures.text());
      keep("one process, folder, SQLite", figures.text() + orphans(service, "--orphans"));
    }
  }

  /** What attempts that were killed have staged: the next start removes it. */
  private static List<Path> staged(Path data) throws IOException {
    Path staging = data.resolve("vault").resolve("staging");
    if (!Files.exists(staging)) {
      return List.of();
    }
    try (Stream<Path> attempts = Files.list(staging)) {
      return attempts.toList();
    }
  }

  /** Removes what nothing refers to, after which nothing is left to remove; what was removed. */
  private static String orphans(MortalService service, String... flags) throws Exception {
    RunningService.Finished first = service.run("maintain", flags);
    assertThat(first.status()).as(first.output()).isZero();
    RunningService.Finished again =
        service.run("maintain", "--orphans", "--older-than=0s", "--verify");
    assertThat(again.status()).as(again.output()).isZero();
    assertThat(removed(again)).as(again.output()).isZero();
    return "; %d orphans removed, none left, every file as it was committed"
        .formatted(removed(first));
  }

  private static long removed(RunningService.Finished finished) {
    return REMOVED
        .matcher(finished.output())
        .results()
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .sum();
  }

  @Test
  void twoReplicasOverOnePostgresAndBuckets() throws Exception {
    DatabaseSettings database = TestingPostgres.emptyDatabase();
    try (TestingS3 server = TestingS3.start(folder.resolve("s3"), "landing", "lake", "vault");
        S3Connection connection = TestingS3.connect(server.endpoint());
        MortalService one = replica("one", server, database);
        MortalService two = replica("two", server, database)) {
      ObjectStore landing = TestingS3.store(connection, "landing", "");
      Figures figures =
          new CrashCampaign(
                  List.of(one, two),
                  new CrashLanding(folder, landing::put, DAYS),
                  Duration.ofSeconds(4),
                  SEED)
              .run(Integer.getInteger("crashes.kills", 4));
      assertThat(figures.cut()).as("kills that met a load").isPositive();
      one.kill();
      two.kill();
      keep("two replicas, S3, PostgreSQL", figures.text());
      keep(
          "two replicas, S3, PostgreSQL",
          figures.text() + orphans(one, "--orphans", "--older-than=0s"));
      assertThat(Files.readString(folder.resolve("one/vault/pseudonyms.key")))
          .as("one secret of pseudonyms")
          .isEqualTo(Files.readString(folder.resolve("two/vault/pseudonyms.key")));
    }
  }

  private MortalService replica(String name, TestingS3 server, DatabaseSettings database)
      throws IOException {
    return new MortalService(
        Files.createDirectories(folder.resolve(name)),
        PACK,
        TestingS3.environment(),
        "--landing=s3://landing",
        "--warehouse=s3://lake",
        "--vault=s3://vault",
        "--s3-endpoint=" + server.endpoint(),
        "--s3-path-style",
        "--database-url=" + database.url(),
        "--replicas-takeover=2s",
        "--scan-every=1s",
        "--engine-memory=512 MB");
  }

  private static void keep(String what, String figures) throws IOException {
    Path kept = Files.createDirectories(Path.of("target", "crashes"));
    Files.writeString(
        kept.resolve(what.replaceAll("[^A-Za-z0-9]+", "-") + ".txt"), what + ": " + figures + "\n");
  }
}
