package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.web.Eventually;
import io.sightglass.web.MortalService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the service at random moments, time and again, while it loads, and holds that every row is
 * there exactly once afterwards and nothing half at any time.
 */
final class CrashCampaign {

  private static final Duration TIME = Duration.ofMinutes(5);
  private static final long LOOK_NANOS = 20_000_000;

  /**
   * What the time within which kills come is multiplied by, after a kill and where everything was
   * loaded by then: four kills for one that came too late.
   */
  private static final double LATER = 1.12;

  private static final double SOONER = 0.64;

  /**
   * What it came to.
   *
   * @param rounds of so many files that were loaded completely
   * @param cut loads that a kill has interrupted
   * @param committed of those, whose commit was found when they were taken up again
   * @param answers that the reader had, each right
   */
  record Figures(
      long seed,
      int kills,
      int rounds,
      int files,
      int cut,
      int committed,
      long answers,
      Duration took) {

    String text() {
      return "seed %d: %d kills, %d rounds of %d files, %d loads cut off (%d of them after their commit), %d answers, %d s"
          .formatted(seed, kills, rounds, files, cut, committed, answers, took.toSeconds());
    }
  }

  private final List<MortalService> services;
  private final CrashLanding landing;
  private final Duration pause;
  private final long seed;
  private final Random random;
  private int kills;
  private int round;
  private int turns;

  /**
   * A campaign over services that do not run yet.
   *
   * @param pause the longest time that a killed process stays away
   */
  CrashCampaign(List<MortalService> services, CrashLanding landing, Duration pause, long seed) {
    this.services = services;
    this.landing = landing;
    this.pause = pause;
    this.seed = seed;
    this.random = new Random(seed);
  }

  Figures run(int wanted) throws Exception {
    long begun = System.nanoTime();
    for (MortalService service : services) {
      service.start();
    }
    Eventually.within(TIME, "the first answer", () -> CrashReader.look(any()).isPresent());
    double window = System.nanoTime() - begun;
    long answers;
    try (CrashReader reader = new CrashReader(services)) {
      deliver();
      while (kills < wanted) {
        letPass(random(Duration.ofNanos((long) window)), reader);
        if (isLoaded()) {
          // A kill that meets no load would show nothing.
          window *= SOONER;
          verify();
          deliver();
          continue;
        }
        MortalService victim = services.get(random.nextInt(services.size()));
        assertThat(victim.hasEnded()).as("ended by itself: %s", victim.log()).isFalse();
        victim.kill();
        kills++;
        window *= LATER;
        letPass(random(pause), reader);
        victim.start();
      }
      Eventually.within(
          TIME,
          "all loads",
          () -> {
            reader.check();
            return isLoaded();
          });
      verify();
      answers = reader.answers();
    }
    return figures(answers, Duration.ofNanos(System.nanoTime() - begun));
  }

  /** A clock would leave young files for later, when they may all be loaded between two kills. */
  private void deliver() throws Exception {
    landing.deliver(++round);
    Eventually.within(TIME, "a scan", () -> any().post("loader", "/v1/loads/scan").isPresent());
  }

  /** Each by turns: chance is for kills alone, so that a seed means the same kills. */
  private MortalService any() {
    return services.get(turns++ % services.size());
  }

  private Duration random(Duration most) {
    return Duration.ofMillis(random.nextLong(most.toMillis() + 1));
  }

  private static void letPass(Duration time, CrashReader reader) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      reader.check();
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Whether everything that was delivered is in; false also when nobody answers. */
  private boolean isLoaded() throws Exception {
    for (MortalService service : services) {
      Optional<List<JsonNode>> loads = loads(service);
      if (loads.isPresent()) {
        return loads.get().size() >= round * landing.files()
            && loads.get().stream()
                .noneMatch(load -> List.of("FOUND", "RUNNING").contains(state(load)));
      }
    }
    return false;
  }

  private static Optional<List<JsonNode>> loads(MortalService service) throws Exception {
    List<JsonNode> loads = new ArrayList<>();
    String next = "/v1/loads?limit=1000";
    while (!next.isEmpty()) {
      Optional<JsonNode> page = service.get("loader", next);
      if (page.isEmpty()) {
        return Optional.empty();
      }
      page.get().get("items").forEach(loads::add);
      JsonNode cursor = page.get().get("next");
      next = cursor.isNull() ? "" : "/v1/loads?limit=1000&cursor=" + cursor.asText();
    }
    return Optional.of(loads);
  }

  private static String state(JsonNode load) {
    return load.get("state").asText();
  }

  private List<JsonNode> loads() throws Exception {
    List<JsonNode> loads = new ArrayList<>();
    Eventually.within(
        TIME,
        "the ledger",
        () -> {
          for (MortalService service : services) {
            Optional<List<JsonNode>> answer = loads(service);
            if (answer.isPresent()) {
              loads.addAll(answer.get());
              return true;
            }
          }
          return false;
        });
    return loads;
  }

  private void verify() throws Exception {
    List<JsonNode> loads = loads();
    assertThat(loads)
        .hasSize(round * landing.files())
        .allSatisfy(load -> {
          assertThat(state(load)).as("%s", load).isEqualTo("COMMITTED");
          assertThat(load.get("rowsRead")).isEqualTo(load.get("rowsWritten"));
        });
    assertThat(loads.stream().map(load -> load.get("snapshotId").asText())).doesNotHaveDuplicates();
    CrashReader.Seen[] seen = new CrashReader.Seen[1];
    Eventually.within(
        TIME,
        "an answer",
        () -> {
          seen[0] = CrashReader.look(any()).orElse(null);
          return seen[0] != null;
        });
    assertThat(seen[0].sales().keySet()).isEqualTo(landing.salesOf(round).keySet());
    assertThat(seen[0].sales().values()).containsOnly(round);
    assertThat(seen[0].stock()).hasSize(landing.parts());
    assertThat(seen[0].stock().values()).containsOnly(round);
    assertThat(seen[0].notes()).hasSize(landing.notesOf(round));
  }

  private Figures figures(long answers, Duration took) throws Exception {
    int cut = 0;
    int committed = 0;
    for (MortalService service : services) {
      cut += service.count("was left by another run of the service");
      committed += service.count("was left by another run of the service: it is committed");
    }
    return new Figures(seed, kills, round, landing.files(), cut, committed, answers, took);
  }
}
