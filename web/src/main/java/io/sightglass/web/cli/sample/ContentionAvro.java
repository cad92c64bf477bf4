package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaBuilder.FieldAssembler;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * One day of the topic of contention events, as the Kafka Connect S3 sink lays it out: {@code
 * topics/<topic>/<partitioner>/<topic>+<partition>+<offset>.avro}. Not thread-safe.
 */
final class ContentionAvro {

  /** Records of one file, at which the sink begins the next one. */
  static final int FLUSH_SIZE = 50_000;

  private static final String TOPIC = "contention-events";

  /** Offsets of a day begin here times the day: as many as no day has. */
  private static final long OFFSETS_PER_DAY = 100_000_000L;

  private static final Schema SCHEMA = schema();

  private final OutputFiles files;
  private final long seed;
  private final LocalDate day;
  private long offset;

  ContentionAvro(OutputFiles files, long seed, LocalDate day) {
    this.files = files;
    this.seed = seed;
    this.day = day;
    this.offset = (day.toEpochDay() - LocalDate.of(2020, 1, 1).toEpochDay()) * OFFSETS_PER_DAY;
  }

  /** Writes the next file of the day; its name. */
  String write(List<ContentionEvent> events) throws IOException {
    String name =
        "topics/%s/year=%04d/month=%02d/day=%02d/%s+0+%012d.avro"
            .formatted(
                TOPIC, day.getYear(), day.getMonthValue(), day.getDayOfMonth(), TOPIC, offset);
    SampleRandom random = SampleRandom.of(seed, SampleRandom.Stream.ARRIVAL, -1 - offset);
    // A mark of our own between blocks: the library's is another one each time.
    byte[] sync =
        ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(random.nextLong()).array();
    files.write(
        name,
        out -> {
          try (DataFileWriter<GenericRecord> writer =
              new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(SCHEMA))) {
            writer.setCodec(CodecFactory.deflateCodec(1));
            writer.create(SCHEMA, out, sync);
            for (ContentionEvent event : events) {
              writer.append(record(event));
            }
          }
        });
    offset += events.size();
    return name;
  }

  private static GenericRecord record(ContentionEvent event) {
    Claim claim = event.claim();
    GenericData.Record record = new GenericData.Record(SCHEMA);
    record.put("EventId", event.eventId());
    record.put("ActionName", event.action().text());
    record.put("ActionResultName", "Success");
    record.put("ActorApplicationId", event.application());
    record.put("ActorStation", claim.station().number());
    record.put("ActorUserId", event.user());
    record.put("AutomationIndicator", event.automated());
    record.put("BenefitClaimTypeCode", claim.benefitClaimTypeCode());
    record.put("ClaimId", claim.id());
    record.put("ContentionClassificationName", event.classification());
    record.put("ContentionId", event.contentionId());
    record.put("ContentionStatusTypeCode", event.status());
    record.put("ContentionTypeCode", event.type());
    record.put("CurrentLifecycleStatus", event.lifecycleStatus());
    record.put("DateAdded", millis(event.addedAt()));
    record.put("DateCompleted", millis(event.completedAt()));
    record.put("DateUpdated", millis(event.updatedAt()));
    record.put("Details", event.details());
    record.put("DiagnosticTypeCode", event.diagnosticCode());
    record.put("Description", event.description());
    record.put("EventTime", millis(event.eventTime()));
    record.put("JournalStatusTypeCode", event.action().journal());
    record.put("VeteranParticipantId", claim.veteran().participantId());
    record.put("BieTs", millis(event.bieTs()));
    record.put("SourceTs", millis(event.sourceTs()));
    record.put("ConnectorTs", millis(event.connectorTs()));
    return record;
  }

  private static @Nullable Long millis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }

  private static Schema schema() {
    Schema millis = LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
    FieldAssembler<Schema> fields =
        SchemaBuilder.record("ContentionEvent").namespace("gov.example.bie").fields();
    fields = fields.requiredString("EventId").requiredString("ActionName");
    fields = fields.optionalString("ActionResultName").optionalString("ActorApplicationId");
    fields = fields.optionalString("ActorStation").optionalString("ActorUserId");
    fields = fields.optionalBoolean("AutomationIndicator").optionalString("BenefitClaimTypeCode");
    fields = fields.requiredLong("ClaimId").optionalString("ContentionClassificationName");
    fields = fields.requiredLong("ContentionId").optionalString("ContentionStatusTypeCode");
    fields = fields.optionalString("ContentionTypeCode").optionalString("CurrentLifecycleStatus");
    fields = optional(fields, "DateAdded", millis);
    fields = optional(fields, "DateCompleted", millis);
    fields = optional(fields, "DateUpdated", millis);
    fields = fields.optionalString("Details").optionalString("DiagnosticTypeCode");
    fields = fields.optionalString("Description");
    fields = fields.name("EventTime").type(millis).noDefault();
    fields = fields.optionalString("JournalStatusTypeCode").optionalLong("VeteranParticipantId");
    fields = optional(fields, "BieTs", millis);
    fields = optional(fields, "SourceTs", millis);
    return optional(fields, "ConnectorTs", millis).endRecord();
  }

  private static FieldAssembler<Schema> optional(
      FieldAssembler<Schema> fields, String name, Schema type) {
    return fields.name(name).type().unionOf().nullType().and().type(type).endUnion().nullDefault();
  }
}
