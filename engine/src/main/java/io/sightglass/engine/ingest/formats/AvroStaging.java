package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.UnpackedFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SystemLimitException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.avro.AvroWriteSupport;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.jspecify.annotations.Nullable;

/**
 * Turns an Avro object container into a staged Parquet file, record by record, with the fields that
 * the contract names: one record of it is in memory at a time, and one row group of the other.
 * Stateless.
 *
 * <p>Every file is read by its own schema, so that files of different ages may stand side by side.
 */
public final class AvroStaging {

  private static final long ROW_GROUP_BYTES = 32L << 20;

  private AvroStaging() {}

  /**
   * Converts a file.
   *
   * @param avro an object container
   * @param parquet made by this, in the order of the records
   * @return which fields the file has
   * @throws BrokenFileException when it is cut off, damaged, or holds no records of the contract
   */
  public static SourceColumns convert(Path avro, Path parquet, Dataset dataset) {
    long expected = AvroBlocks.check(avro);
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>();
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(avro), 1 << 16);
        DataFileStream<GenericRecord> records = open(bytes, reader)) {
      Schema schema = records.getSchema();
      if (schema.getType() != Schema.Type.RECORD) {
        throw new BrokenFileException(
            FileFault.MALFORMED,
            "The Avro schema is of type %s; expected: a record".formatted(schema.getType()));
      }
      SourceColumns columns =
          SourceColumns.ofFields(
              dataset, schema.getFields().stream().map(Schema.Field::name).toList());
      Schema wanted = projection(schema, dataset);
      SourceColumns.checkNames(
          dataset, wanted.getFields().stream().map(Schema.Field::name).toList());
      reader.setExpected(wanted);
      long written = write(records, wanted, parquet);
      if (written != expected) {
        throw new BrokenFileException(
            FileFault.MALFORMED,
            "The Avro file has %d records; its blocks say %d".formatted(written, expected));
      }
      return columns;
    } catch (AvroRuntimeException | StackOverflowError broken) {
      // A schema may be nested deeper than any stack.
      throw undecodable();
    } catch (IOException failure) {
      throw UnpackedFile.failed(failure);
    }
  }

  private static DataFileStream<GenericRecord> open(
      InputStream bytes, GenericDatumReader<GenericRecord> reader) {
    try {
      return new DataFileStream<>(bytes, reader);
    } catch (IOException damaged) {
      // The bytes have been read once already: it is what they say.
      throw undecodable();
    }
  }

  /** The record with the fields that a column may come from; the decoder skips the others. */
  private static Schema projection(Schema schema, Dataset dataset) {
    Set<String> named = new HashSet<>();
    for (Column column : dataset.columns()) {
      named.addAll(column.from());
    }
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      if (named.contains(field.name())) {
        fields.add(new Schema.Field(field, field.schema()));
      }
    }
    return Schema.createRecord(
        schema.getName(), null, schema.getNamespace(), schema.isError(), fields);
  }

  private static long write(DataFileStream<GenericRecord> records, Schema schema, Path parquet)
      throws IOException {
    PlainParquetConfiguration settings = new PlainParquetConfiguration();
    // The layout of lists that may hold NULL.
    settings.setBoolean(AvroWriteSupport.WRITE_OLD_LIST_STRUCTURE, false);
    long written = 0;
    try (ParquetWriter<GenericRecord> out = writer(schema, parquet, settings)) {
      for (GenericRecord record = next(records, null);
          record != null;
          record = next(records, record)) {
        out.write(record);
        written++;
      }
    } catch (ClassCastException | IllegalArgumentException | UnsupportedOperationException e) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The Avro schema holds a type that no column can be: a record without fields, or in"
              + " itself");
    }
    return written;
  }

  /** The next record, in {@code used} where that can be; null at the end. */
  private static @Nullable GenericRecord next(
      DataFileStream<GenericRecord> records, @Nullable GenericRecord used) {
    try {
      return records.hasNext() ? records.next(used) : null;
    } catch (SystemLimitException tooLarge) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "A block of the Avro file unpacks to more than %d MB"
              .formatted(SystemLimitException.MAX_DECOMPRESS_LENGTH >> 20));
    } catch (IOException | RuntimeException damaged) {
      throw undecodable();
    }
  }

  private static BrokenFileException undecodable() {
    return new BrokenFileException(
        FileFault.MALFORMED,
        "The Avro file cannot be decoded: its schema or a block is damaged, or its codec is unknown");
  }

  private static ParquetWriter<GenericRecord> writer(
      Schema schema, Path parquet, PlainParquetConfiguration settings) throws IOException {
    return AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(parquet))
        .withSchema(schema)
        .withDataModel(GenericData.get())
        .withConf(settings)
        .withRowGroupSize(ROW_GROUP_BYTES)
        // A few wide values would fill the memory: as bounds of pages, and where sizes are
        // looked at after many records only.
        .withStatisticsEnabled(false)
        .withMinRowCountForPageSizeCheck(1)
        .withMaxRowCountForPageSizeCheck(1)
        .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
        .build();
  }
}
