package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What people say about services, as daily NDJSON files. */
final class FeedbackFiles {

  static final String DATASET = "service.feedback";

  private static final List<String> SERVICES =
      List.of("lasting-power-of-attorney", "use-a-power-of-attorney", "claim-a-refund");
  private static final List<String> COMMENTS =
      List.of(
          "Quick and clear", "The page lost my answers", "I had to phone in the end", "Très bien");
  private static final List<NdjsonDump.Flaw> FLAWS =
      List.of(
          new NdjsonDump.Flaw("score", "6"),
          new NdjsonDump.Flaw("score", "\"good\""),
          new NdjsonDump.Flaw("service", "null"));

  private final SampleData.Options options;
  private final OutputFiles files;

  FeedbackFiles(SampleData.Options options, OutputFiles files) {
    this.options = options;
    this.files = files;
  }

  List<Manifest.Entry> write() throws IOException {
    List<Manifest.Entry> entries = new ArrayList<>();
    long answers = Math.max(options.days(), options.rows() / 20);
    for (int day = 0; day < options.days(); day++) {
      LocalDate date = Delivery.LAST_DAY.minusDays(options.days() - 1L - day);
      SampleRandom random =
          SampleRandom.of(options.seed(), SampleRandom.Stream.FEEDBACK, date.toEpochDay());
      StringBuilder lines = new StringBuilder();
      NdjsonDump dump = new NdjsonDump(lines, options.dirty(), FLAWS, Map.of(), random);
      for (long number = 0; number < answers / options.days(); number++) {
        dump.add(line(date, random));
      }
      String name = "service/feedback/feedback_" + date + ".ndjson";
      files.write(name, lines);
      entries.add(dump.entry(DATASET, name));
    }
    return entries;
  }

  private static String line(LocalDate date, SampleRandom random) {
    int service = random.below(SERVICES.size());
    int score = Math.clamp(Math.round(random.around(4.2 - 0.4 * service, 0.3)), 1, 5);
    String comment =
        random.chance(0.6)
            ? random.pick(COMMENTS)
                + ", write to "
                + Canary.TEXT
                + "."
                + random.between(100, 999)
                + "@example.org"
            : null;
    return new JsonLine()
        .add("service", SERVICES.get(service))
        .add(
            "submitted_at",
            date.atTime(LocalTime.ofSecondOfDay(random.below(86_400))).toInstant(ZoneOffset.UTC))
        .addPlain("score", score)
        .add("comment", comment)
        .add("page", random.chance(0.9) ? "/done" : "/start")
        .line();
  }
}
