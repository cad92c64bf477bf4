package io.sightglass.web.cli.sample;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The events of contentions, a day a call: as the Kafka Connect S3 sink writes them, and on some
 * days as an NDJSON export. Thread-safe.
 */
final class ContentionFiles {

  static final String DATASET = "benefits.contention_events";

  /** Every second day is an export; the sink ran on the others. */
  private static final int DAYS_PER_EXPORT = 2;

  private static final List<NdjsonDump.Flaw> FLAWS =
      List.of(
          new NdjsonDump.Flaw("EventId", "null"),
          new NdjsonDump.Flaw("ActionName", "\"ContentionMerged\""),
          new NdjsonDump.Flaw("ClaimId", "\"unknown\""),
          new NdjsonDump.Flaw("EventTime", "\"2026-02-30T10:00:00.000Z\""));
  private static final Map<String, String> COLUMNS =
      Map.of(
          "EventId", "event_id",
          "ActionName", "action_name",
          "ClaimId", "claim_id",
          "EventTime", "event_time");

  private final SampleData.Options options;
  private final LoadedClaims claims;
  private final EventArrivals arrivals;
  private final OutputFiles files;

  ContentionFiles(
      SampleData.Options options, LoadedClaims claims, EventArrivals arrivals, OutputFiles files) {
    this.options = options;
    this.claims = claims;
    this.arrivals = arrivals;
    this.files = files;
  }

  /** Writes what arrives on a day. */
  List<Manifest.Entry> write(LocalDate day) throws IOException {
    return day.toEpochDay() % DAYS_PER_EXPORT == 0 ? export(day) : stream(day);
  }

  private List<Manifest.Entry> export(LocalDate day) throws IOException {
    String name = "benefits/contention_events/contention_events_" + day + ".ndjson.gz";
    List<Manifest.Entry> entries = new ArrayList<>();
    files.write(
        name,
        out -> {
          Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          entries.add(export(day, lines).entry(DATASET, name));
          lines.flush();
        });
    return entries;
  }

  private NdjsonDump export(LocalDate day, Writer lines) {
    NdjsonDump dump =
        new NdjsonDump(
            lines,
            options.dirty(),
            FLAWS,
            COLUMNS,
            SampleRandom.of(options.seed(), SampleRandom.Stream.BROKEN_LINE, day.toEpochDay()));
    Stories stories = new Stories();
    for (EventArrivals.Arrival arrival : arrivals.of(day)) {
      String line = json(stories.event(arrival));
      if (arrival.repeated()) {
        dump.addAgain(line);
      } else {
        dump.add(line);
      }
    }
    return dump;
  }

  private List<Manifest.Entry> stream(LocalDate day) throws IOException {
    ContentionAvro avro = new ContentionAvro(files, options.seed(), day);
    Stories stories = new Stories();
    List<ContentionEvent> part = new ArrayList<>();
    long repeated = 0;
    List<Manifest.Entry> entries = new ArrayList<>();
    List<EventArrivals.Arrival> all = arrivals.of(day);
    for (int index = 0; index < all.size(); index++) {
      part.add(stories.event(all.get(index)));
      repeated += all.get(index).repeated() ? 1 : 0;
      if (part.size() == ContentionAvro.FLUSH_SIZE || index == all.size() - 1) {
        String name = avro.write(part);
        Manifest.Counts counts =
            new Manifest.Counts(part.size(), part.size() - repeated, 0, repeated, 0);
        entries.add(new Manifest.Entry(DATASET, name, null, counts, Map.of()));
        part.clear();
        repeated = 0;
      }
    }
    return entries;
  }

  /** The event of an arrival; one that is late was read by the connector that much later. */
  private final class Stories {

    private long claim = -1;
    private List<ContentionEvent> events = List.of();

    ContentionEvent event(EventArrivals.Arrival arrival) {
      if (arrival.claim() != claim) {
        claim = arrival.claim();
        events = ContentionStory.of(claims.world(), claims.claim(claim));
      }
      return events.get(arrival.event()).heldUp(arrival.late());
    }
  }

  private static String json(ContentionEvent event) {
    Claim claim = event.claim();
    return new JsonLine()
        .add("EventId", event.eventId())
        .add("ActionName", event.action().text())
        .add("ActionResultName", "Success")
        .add("ActorApplicationId", event.application())
        .add("ActorStation", claim.station().number())
        .add("ActorUserId", event.user())
        .addPlain("AutomationIndicator", event.automated())
        .add("BenefitClaimTypeCode", claim.benefitClaimTypeCode())
        .addPlain("ClaimId", claim.id())
        .add("ContentionClassificationName", event.classification())
        .addPlain("ContentionId", event.contentionId())
        .add("ContentionStatusTypeCode", event.status())
        .add("ContentionTypeCode", event.type())
        .add("CurrentLifecycleStatus", event.lifecycleStatus())
        .add("DateAdded", event.addedAt())
        .add("DateCompleted", event.completedAt())
        .add("DateUpdated", event.updatedAt())
        .add("Details", event.details())
        .add("DiagnosticTypeCode", event.diagnosticCode())
        .add("Description", event.description())
        .add("EventTime", event.eventTime())
        .add("JournalStatusTypeCode", event.action().journal())
        .addPlain("VeteranParticipantId", claim.veteran().participantId())
        .add("BieTs", event.bieTs())
        .add("SourceTs", event.sourceTs())
        .add("ConnectorTs", event.connectorTs())
        .line();
  }
}
