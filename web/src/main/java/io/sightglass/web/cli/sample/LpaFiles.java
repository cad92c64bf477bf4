package io.sightglass.web.cli.sample;

import io.sightglass.web.cli.sample.DailySteps.Step;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Steps of applications, as daily NDJSON files; some lines come twice, also on the next day. */
final class LpaFiles {

  static final String DATASET = "service.lpa_applications";

  private static final List<String> SERVICES =
      List.of("lasting-power-of-attorney", "use-a-power-of-attorney", "claim-a-refund");
  private static final List<String> AREAS =
      List.of("B1", "CF10", "EH3", "LS6", "M14", "NE4", "SW9");
  private static final List<NdjsonDump.Flaw> FLAWS =
      List.of(
          new NdjsonDump.Flaw("event_id", "null"),
          new NdjsonDump.Flaw("step", "\"abandoned\""),
          new NdjsonDump.Flaw("occurred_at", "\"yesterday\""));

  private final SampleData.Options options;
  private final OutputFiles files;
  private final LocalDate first;

  LpaFiles(SampleData.Options options, OutputFiles files) {
    this.options = options;
    this.files = files;
    this.first = Delivery.LAST_DAY.minusDays(options.days() - 1L);
  }

  /** Writes all files, in the order of their days. */
  List<Manifest.Entry> write() throws IOException {
    DailySteps steps = new DailySteps(Math.max(30, options.rows() / 10), this::story);
    List<Manifest.Entry> entries = new ArrayList<>();
    List<String> again = new ArrayList<>();
    for (LocalDate day : steps.days()) {
      SampleRandom random =
          SampleRandom.of(options.seed(), SampleRandom.Stream.LPA, -day.toEpochDay());
      StringBuilder lines = new StringBuilder();
      NdjsonDump dump = new NdjsonDump(lines, options.dirty(), FLAWS, Map.of(), random);
      again.forEach(dump::addAgain);
      again.clear();
      for (Step step : steps.of(day)) {
        dump.add(step.line());
        double doubled = options.dirty() > 0 ? random.unit() : 1;
        if (doubled < 0.01) {
          dump.addAgain(step.line());
        } else if (doubled < 0.02) {
          again.add(step.line());
        }
      }
      String name = "service/lpa_applications/lpa_applications_" + day + ".ndjson";
      files.write(name, lines);
      entries.add(dump.entry(DATASET, name));
    }
    return entries;
  }

  /** Started, now and then saved, and in two of three cases completed, some days later. */
  private List<Step> story(long number) {
    SampleRandom random = SampleRandom.of(options.seed(), SampleRandom.Stream.LPA, number);
    String service = random.pick(SERVICES);
    boolean online = random.chance(0.85);
    String name = Canary.TEXT + " Donor " + Long.toString(number, 36);
    LocalDate birth = Canary.FIRST_BIRTH_DATE.plusDays(random.below(300));
    String area = random.pick(AREAS);
    Instant time =
        first
            .plusDays(random.below(options.days()))
            .atTime(LocalTime.ofSecondOfDay(random.between(6 * 3600, 86_399)))
            .toInstant(ZoneOffset.UTC);
    List<String> names = new ArrayList<>(List.of("started"));
    while (names.size() < 4 && random.chance(0.3)) {
      names.add("saved");
    }
    if (random.chance(service.equals(SERVICES.getFirst()) ? 0.62 : 0.8)) {
      names.add("completed");
    }
    Instant last = Delivery.LAST_DAY.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    List<Step> steps = new ArrayList<>();
    for (int index = 0; index < names.size() && time.isBefore(last); index++) {
      steps.add(
          new Step(
              time,
              new JsonLine()
                  .add("event_id", "lpa-%d-%d".formatted(number, index))
                  .add("application_id", "A" + Long.toString(number * 7919 + 100_000, 36))
                  .add("service", service)
                  .add("step", names.get(index))
                  .add("occurred_at", time)
                  .add("channel", online ? "online" : "paper")
                  .add("donor_name", name)
                  .add("donor_birth_date", birth.toString())
                  .add("postcode_area", area)
                  .line()));
      time = time.plus(Duration.ofMinutes((long) random.around(index == 0 ? 2_000 : 600, 1)));
    }
    return steps;
  }
}
