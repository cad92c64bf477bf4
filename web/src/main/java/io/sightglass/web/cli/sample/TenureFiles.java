package io.sightglass.web.cli.sample;

import io.sightglass.web.cli.sample.DailySteps.Step;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Changes of tenures: daily NDJSON files, and a history file with what came before, which also
 * holds the first days of the stream once more.
 */
final class TenureFiles {

  static final String DATASET = "housing.tenure_events";

  private static final int DAYS_OF_HISTORY = 60;
  private static final int DAYS_IN_BOTH = 3;
  private static final long TENANTS_FROM = 50_000_000;
  private static final List<String> TYPES =
      List.of("secure", "introductory", "temporary", "leasehold");
  private static final List<NdjsonDump.Flaw> FLAWS =
      List.of(
          new NdjsonDump.Flaw("tenure_id", "null"),
          new NdjsonDump.Flaw("event_type", "\"deleted\""),
          new NdjsonDump.Flaw("event_time", "\"2026-13-01T00:00:00Z\""));

  private final SampleData.Options options;
  private final OutputFiles files;
  private final LocalDate first;

  TenureFiles(SampleData.Options options, OutputFiles files) {
    this.options = options;
    this.files = files;
    this.first = Delivery.LAST_DAY.minusDays(options.days() - 1L);
  }

  List<Manifest.Entry> write() throws IOException {
    DailySteps steps = new DailySteps(Math.max(20, options.rows() / 100), this::story);
    List<Manifest.Entry> entries = new ArrayList<>();
    StringBuilder historyLines = new StringBuilder();
    NdjsonDump history = dump(historyLines, 0);
    for (LocalDate day : steps.days()) {
      StringBuilder lines = new StringBuilder();
      NdjsonDump dump = dump(lines, day.toEpochDay());
      SampleRandom random =
          SampleRandom.of(options.seed(), SampleRandom.Stream.TENURE, -day.toEpochDay());
      for (Step step : steps.of(day)) {
        if (day.isBefore(first)) {
          history.add(step.line());
        } else {
          dump.add(step.line());
          if (options.dirty() > 0 && random.chance(0.02)) {
            dump.addAgain(step.line());
          }
          if (day.isBefore(first.plusDays(DAYS_IN_BOTH))) {
            history.addAgain(step.line());
          }
        }
      }
      if (!dump.isEmpty()) {
        String name = "housing/tenure_events/tenure_events_" + day + ".ndjson";
        files.write(name, lines);
        entries.add(dump.entry(DATASET, name));
      }
    }
    String name = "housing/history/tenure_events_history.ndjson.gz";
    files.write(name, historyLines);
    entries.add(history.entry(DATASET, name));
    return entries;
  }

  private NdjsonDump dump(StringBuilder lines, long number) {
    return new NdjsonDump(
        lines,
        options.dirty(),
        FLAWS,
        Map.of(),
        SampleRandom.of(options.seed(), SampleRandom.Stream.BROKEN_LINE, -1 - number));
  }

  private List<Step> story(long number) {
    SampleRandom random = SampleRandom.of(options.seed(), SampleRandom.Stream.TENURE, number);
    int span = DAYS_OF_HISTORY + options.days();
    Instant end = Delivery.LAST_DAY.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    Instant time =
        first
            .minusDays(DAYS_OF_HISTORY)
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant()
            .plusSeconds(random.below((int) (span * 0.8)) * 86_400L + random.below(86_400));
    LocalDate start = LocalDate.ofInstant(time, ZoneOffset.UTC);
    String type = random.pick(TYPES);
    int rent = random.between(7_000, 24_000);
    long tenant = Canary.FIRST_PARTICIPANT_ID + TENANTS_FROM + number;
    String person = Canary.TEXT + " Tenant " + Long.toString(number, 36);
    List<Step> steps = new ArrayList<>();
    boolean ended = false;
    for (int index = 0; index < 6 && !ended && time.isBefore(end); index++) {
      String what = index == 0 ? "created" : random.chance(0.15) ? "ended" : "updated";
      ended = what.equals("ended");
      JsonLine line =
          new JsonLine()
              .add("event_id", "T%d-%d".formatted(number, index))
              .add("event_type", what)
              .add("event_time", time)
              .add("tenure_id", "TEN%07d".formatted(number));
      if (index == 0) {
        line.add("property_reference", "P%06d".formatted(random.below(900_000)));
        line.addPlain("tenant_id", tenant).add("tenant_name", person);
        line.add("start_date", start.toString());
      }
      if (index > 0 && random.chance(0.1)) {
        type = TYPES.getFirst();
      }
      if (!ended) {
        rent = index == 0 ? rent : rent + random.between(-300, 900);
        line.add("tenure_type", type);
        line.add("weekly_rent", String.format(Locale.ROOT, "%d.%02d", rent / 100, rent % 100));
      } else {
        line.add("end_date", LocalDate.ofInstant(time, ZoneOffset.UTC).toString());
      }
      steps.add(new Step(time, line.line()));
      // Now and then two changes at one moment.
      time =
          random.chance(0.05)
              ? time
              : time.plus(Duration.ofMinutes((long) random.around(20_000, 0.8)));
    }
    return steps;
  }
}
