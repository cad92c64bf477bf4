package io.sightglass.benchmarks.rowwise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.jspecify.annotations.Nullable;

/**
 * Parquet by parquet-avro, a file for every month. Uncompressed: its codecs need all of Hadoop, and
 * leaving them out is in its favour.
 */
final class ParquetSink implements ClaimSink {

  private final Path folder;
  private final Schema schema;
  private final int partition;
  private final Map<YearMonth, ParquetWriter<GenericRecord>> writers = new HashMap<>();
  private LocalDate date = LocalDate.EPOCH;

  ParquetSink(Path folder, List<ClaimColumn> columns) {
    this.folder = folder;
    schema = schema(columns);
    partition = columns.stream().map(ClaimColumn::name).toList().indexOf("submitted_at");
  }

  private static Schema schema(List<ClaimColumn> columns) {
    var fields = SchemaBuilder.record("claim").fields();
    for (ClaimColumn column : columns) {
      fields
          .name(column.name())
          .type(Schema.createUnion(Schema.create(Schema.Type.NULL), type(column)))
          .withDefault(null);
    }
    return fields.endRecord();
  }

  private static Schema type(ClaimColumn column) {
    return switch (column.kind()) {
      case TEXT -> Schema.create(Schema.Type.STRING);
      case LONG -> Schema.create(Schema.Type.LONG);
      case INTEGER -> Schema.create(Schema.Type.INT);
      case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
      case DATE -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
      case INSTANT -> LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
    };
  }

  @Override
  public void begin(LocalDate fileDate) {
    date = fileDate;
  }

  @Override
  public void add(@Nullable Object[] row) throws IOException {
    GenericRecord record = new GenericData.Record(schema);
    YearMonth month = YearMonth.of(1970, 1);
    for (int index = 0; index < row.length; index++) {
      Object value = row[index];
      if (value instanceof Instant instant) {
        if (index == partition) {
          month = YearMonth.from(instant.atOffset(ZoneOffset.UTC));
        }
        value = ChronoUnit.MICROS.between(Instant.EPOCH, instant);
      } else if (value instanceof LocalDate day) {
        value = Math.toIntExact(day.toEpochDay());
      }
      record.put(index, value);
    }
    ParquetWriter<GenericRecord> writer = writers.get(month);
    if (writer == null) {
      writer = open(month);
      writers.put(month, writer);
    }
    writer.write(record);
  }

  private ParquetWriter<GenericRecord> open(YearMonth month) throws IOException {
    Path of =
        Files.createDirectories(
            folder.resolve("file_date=" + date).resolve("submitted_at_month=" + month));
    return AvroParquetWriter.<GenericRecord>builder(
            new LocalOutputFile(of.resolve(UUID.randomUUID() + ".parquet")))
        .withConf(new PlainParquetConfiguration())
        .withDataModel(GenericData.get())
        .withSchema(schema)
        .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
        .build();
  }

  @Override
  public void commit() throws IOException {
    for (ParquetWriter<GenericRecord> writer : writers.values()) {
      writer.close();
    }
    writers.clear();
  }

  @Override
  public void close() throws IOException {
    commit();
  }
}
