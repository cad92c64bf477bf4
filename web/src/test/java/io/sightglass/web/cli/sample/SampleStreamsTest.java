package io.sightglass.web.cli.sample;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample data beside the claims dumps. */
class SampleStreamsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> DIRECT =
      Set.of(
          "ActorUserId",
          "Details",
          "Description",
          "VeteranParticipantId",
          "donor_name",
          "donor_birth_date",
          "comment",
          "tenant_id",
          "tenant_name");

  @TempDir Path folder;

  @Test
  void theSameSeedGivesTheSameBytes() throws IOException {
    SampleData.generate(options("one", 0.01), progress -> {});
    SampleData.generate(options("two", 0.01), progress -> {});
    assertThat(digests("one")).isEqualTo(digests("two")).hasSizeGreaterThan(100);
  }

  @Test
  void noDatasetDependsOnWhichOthersAreMade() throws IOException {
    SampleData.generate(options("all", 0.01), progress -> {});
    for (String dataset : SampleData.DATASETS) {
      SampleData.generate(options("alone", 0.01).withDataset(dataset), progress -> {});
    }
    assertThat(digests("alone")).isEqualTo(digests("all"));
  }

  @Test
  void everyDirectCellHoldsACanaryAndNoOtherCellDoes() throws IOException {
    SampleData.generate(options("dirty", 0.01), progress -> {});
    Set<String> seen = new HashSet<>();
    for (JsonNode line : lines("dirty")) {
      line.properties()
          .forEach(field -> {
            boolean direct = DIRECT.contains(field.getKey());
            assertThat(Canary.IN_TEXT.matcher(field.getValue().asText()).find())
                .as("%s of %s", field.getKey(), line)
                .isEqualTo(direct);
            if (direct) {
              seen.add(field.getKey());
            }
          });
    }
    assertThat(seen).isEqualTo(DIRECT);
  }

  @Test
  void eachClaimHasFiveEventsAfterItsSubmissionAndBeforeItsDecision() {
    Claim.World world = new Claim.World(1, 80, Instant.parse("2026-05-15T04:30:00Z"));
    for (int number = 0; number < 2_000; number++) {
      Claim claim = Claim.of(world, number, Delivery.LAST_DAY);
      List<ContentionEvent> events = ContentionStory.of(world, claim);
      assertThat(events).hasSize(ContentionStory.EVENTS);
      for (ContentionEvent event : events) {
        assertThat(event.eventTime()).isAfter(claim.submittedAt());
        if (claim.decidedAt() != null) {
          assertThat(event.eventTime()).isBefore(claim.decidedAt());
        }
      }
    }
  }

  @Test
  void whatWasClassifiedRightlyAndByMachinesTakesLess() {
    Claim.World world = new Claim.World(526, 8_000, Instant.parse("2026-05-15T04:30:00Z"));
    Map<Boolean, List<Double>> days = new HashMap<>();
    for (int number = 0; number < 20_000; number++) {
      List<ContentionEvent> events =
          ContentionStory.of(world, Claim.of(world, number, Delivery.LAST_DAY.minusDays(20)));
      Map<Long, String> first = new HashMap<>();
      for (ContentionEvent event : events) {
        if (event.classification() != null) {
          first.putIfAbsent(event.contentionId(), event.classification());
        }
        if (event.completedAt() != null) {
          boolean right =
              String.valueOf(event.classification()).equals(first.get(event.contentionId()));
          days.computeIfAbsent(right, absent -> new ArrayList<>())
              .add(Duration.between(event.addedAt(), event.completedAt()).toHours() / 24.0);
        }
      }
    }
    assertThat(median(days.getOrDefault(true, List.of())))
        .isLessThan(median(days.getOrDefault(false, List.of())) * 0.9);
  }

  @Test
  void eventsBelongToClaimsThatALoadLetsInAndComeLateTwiceAndOutOfOrder() throws IOException {
    Manifest claims =
        SampleData.generate(options("d", 0.02).withDataset("benefits.claims"), progress -> {});
    Manifest events =
        SampleData.generate(
            options("d", 0.02).withDataset("benefits.contention_events"), progress -> {});
    assertThat(events.total().written())
        .as("five events of every claim that is loaded")
        .isEqualTo(5 * claims.total().written());
    assertThat(events.total().rejected()).isPositive();
    assertThat(events.total().duplicate()).isPositive();
  }

  private SampleData.Options options(String name, double dirty) {
    return SampleData.Options.into(folder.resolve(name))
        .withRows(2_000)
        .withDays(20)
        .withDirty(dirty);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    assertThat(sorted).hasSizeGreaterThan(100);
    return sorted.get(sorted.size() / 2);
  }

  /** Every line of NDJSON that is JSON. */
  private List<JsonNode> lines(String name) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (Path file : files(name)) {
      if (file.toString().contains(".ndjson")) {
        for (String line : text(file).lines().toList()) {
          if (line.endsWith("}")) {
            lines.add(JSON.readTree(line));
          }
        }
      }
    }
    return lines;
  }

  private static String text(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Map<String, Integer> digests(String name) throws IOException {
    Map<String, Integer> digests = new TreeMap<>();
    for (Path file : files(name)) {
      digests.put(
          folder.resolve(name).relativize(file).toString(),
          Arrays.hashCode(Files.readAllBytes(file)));
    }
    return digests;
  }

  private List<Path> files(String name) throws IOException {
    try (Stream<Path> found = Files.walk(folder.resolve(name))) {
      return found.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
    }
  }
}
