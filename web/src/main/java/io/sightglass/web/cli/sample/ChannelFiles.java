package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Transactions by service and channel, as daily CSV files with semicolons. */
final class ChannelFiles {

  static final String DATASET = "service.channel_counts";

  private static final List<String> SERVICES =
      List.of("lasting-power-of-attorney", "use-a-power-of-attorney", "claim-a-refund", "wills");
  private static final List<String> CHANNELS = List.of("online", "telephone", "paper", "in_person");
  private static final int[] SHARES = {70, 12, 15, 3};
  private static final DateTimeFormatter BRITISH =
      DateTimeFormatter.ofPattern("dd/MM/uuuu", Locale.ROOT);

  private final SampleData.Options options;
  private final OutputFiles files;

  ChannelFiles(SampleData.Options options, OutputFiles files) {
    this.options = options;
    this.files = files;
  }

  List<Manifest.Entry> write() throws IOException {
    List<Manifest.Entry> entries = new ArrayList<>();
    for (int day = 0; day < options.days(); day++) {
      LocalDate date = Delivery.LAST_DAY.minusDays(options.days() - 1L - day);
      entries.add(write(date));
    }
    return entries;
  }

  private Manifest.Entry write(LocalDate date) throws IOException {
    SampleRandom random =
        SampleRandom.of(options.seed(), SampleRandom.Stream.CHANNEL, date.toEpochDay());
    StringBuilder lines = new StringBuilder("service;channel;day;transactions\n");
    boolean dirty = options.dirty() > 0;
    boolean broken = random.chance(Math.min(1, options.dirty() * 16));
    String day = dirty && random.chance(0.2) ? BRITISH.format(date) : date.toString();
    if (broken) {
      lines.append(SERVICES.getFirst()).append(";online;").append(day).append(";n/a\n");
    }
    for (int service = 0; service < SERVICES.size(); service++) {
      for (int channel = 0; channel < CHANNELS.size(); channel++) {
        long count = Math.round(random.around(SHARES[channel] * 30.0 / (service + 1), 0.2));
        lines.append(SERVICES.get(service)).append(';').append(CHANNELS.get(channel));
        lines.append(';').append(day).append(';').append(text(count, dirty)).append('\n');
      }
    }
    String name = "service/channel_counts/channel_counts_" + date + ".csv";
    files.write(name, lines);
    long rows = (long) SERVICES.size() * CHANNELS.size();
    return new Manifest.Entry(
        DATASET,
        name,
        null,
        new Manifest.Counts(rows + (broken ? 1 : 0), rows, broken ? 1 : 0, 0, 0),
        broken ? Map.of("transactions", 1) : Map.of());
  }

  private static String text(long count, boolean dirty) {
    return dirty ? String.format(Locale.ROOT, "%,d", count) : Long.toString(count);
  }
}
