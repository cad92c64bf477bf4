package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import io.sightglass.engine.ingest.unpack.UnpackedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;

/**
 * What the end of a Parquet file says about it, read before the engine opens the file.
 *
 * @see <a href="https://parquet.apache.org/docs/file-format/">format</a>
 */
public final class ParquetFooter {

  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] ENCRYPTED = "PARE".getBytes(StandardCharsets.US_ASCII);

  /** A small file may hold billions of equal rows; beyond so many, a file must be as large. */
  static final long MAX_ROWS = 10_000_000;

  static final long MAX_ROWS_A_BYTE = 100;

  /** The mark, the footer's length and the mark again. */
  private static final int LEAST_BYTES = 12;

  private static final int MAX_FOOTER_BYTES = 64 << 20;

  /** Of a DECIMAL. */
  private static final int MAX_DIGITS = 38;

  private ParquetFooter() {}

  /**
   * Which fields the file has.
   *
   * @throws BrokenFileException {@code CUT_OFF}, {@code MALFORMED}
   */
  public static SourceColumns read(Path file, Dataset dataset) {
    FileMetaData footer;
    long size;
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      footer = footer(bytes);
      size = bytes.length();
    } catch (IOException failure) {
      throw UnpackedFile.failed(failure);
    }
    if (footer.getNum_rows() > MAX_ROWS && footer.getNum_rows() / MAX_ROWS_A_BYTE > size) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The Parquet file says that it has %d rows; allowed beyond %d: %d a byte of the file"
              .formatted(footer.getNum_rows(), MAX_ROWS, MAX_ROWS_A_BYTE));
    }
    checkPlaces(footer, size);
    // A value that recurs takes no room in pages, packed or not: honest files unpack to little.
    long unpacked = chunks(footer).mapToLong(ColumnMetaData::getTotal_uncompressed_size).sum();
    SourceBytes.checkExpansion("Parquet file", unpacked, size);
    List<String> fields = fields(schema(footer));
    SourceColumns.checkNames(dataset, fields);
    checkDecimals(dataset, schema(footer));
    return SourceColumns.ofFields(dataset, fields);
  }

  private static FileMetaData footer(RandomAccessFile file) throws IOException {
    byte[] start = new byte[MAGIC.length];
    int read = Math.max(0, file.read(start));
    if (Arrays.equals(start, ENCRYPTED)) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "The Parquet file is encrypted; allowed: one that is not");
    }
    if (read == 0 || !Arrays.equals(Arrays.copyOf(start, read), Arrays.copyOf(MAGIC, read))) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "The file is no Parquet: it does not begin with its mark");
    }
    byte[] end = new byte[8];
    if (file.length() < LEAST_BYTES) {
      throw cutOff();
    }
    file.seek(file.length() - end.length);
    file.readFully(end);
    if (!Arrays.equals(Arrays.copyOfRange(end, 4, 8), MAGIC)) {
      throw cutOff();
    }
    long length =
        (end[0] & 0xffL) | (end[1] & 0xffL) << 8 | (end[2] & 0xffL) << 16 | (end[3] & 0xffL) << 24;
    if (length > Math.min(file.length() - LEAST_BYTES, MAX_FOOTER_BYTES)) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "The Parquet footer's length of %d is wrong".formatted(length));
    }
    byte[] footer = new byte[(int) length];
    file.seek(file.length() - end.length - length);
    file.readFully(footer);
    try {
      return Util.readFileMetaData(new ByteArrayInputStream(footer));
    } catch (IOException | RuntimeException damaged) {
      throw new BrokenFileException(FileFault.MALFORMED, "The Parquet footer is damaged");
    }
  }

  /** A place outside of the file, or a negative length, ends the engine and all other loads. */
  private static void checkPlaces(FileMetaData footer, long size) {
    chunks(footer)
        .flatMapToLong(column ->
            LongStream.of(
                column.getDictionary_page_offset(),
                column.getData_page_offset(),
                column.getTotal_compressed_size()))
        .filter(place -> place < 0 || place > size)
        .findFirst()
        .ifPresent(place -> {
          throw new BrokenFileException(
              FileFault.MALFORMED,
              "The Parquet footer is damaged: the place or length of a column is %d; the file has %d bytes"
                  .formatted(place, size));
        });
  }

  private static Stream<ColumnMetaData> chunks(FileMetaData footer) {
    List<RowGroup> groups = footer.getRow_groups();
    return (groups == null ? List.<RowGroup>of() : groups)
        .stream()
            .map(RowGroup::getColumns)
            .filter(Objects::nonNull)
            .flatMap(List::stream)
            .map(ColumnChunk::getMeta_data)
            .filter(Objects::nonNull);
  }

  private static List<SchemaElement> schema(FileMetaData footer) {
    List<SchemaElement> schema = footer.getSchema();
    if (schema == null) {
      throw new BrokenFileException(FileFault.MALFORMED, "The Parquet footer has no schema");
    }
    return schema;
  }

  /** The fields of the first level; the schema lists each before what is in it. */
  private static List<String> fields(List<SchemaElement> schema) {
    List<String> names = new ArrayList<>();
    int index = 1;
    while (index < schema.size()) {
      names.add(schema.get(index).getName());
      index = behind(schema, index);
    }
    return names;
  }

  /** The engine reads a decimal of more digits than it has as a double. */
  private static void checkDecimals(Dataset dataset, List<SchemaElement> schema) {
    int end = 1;
    for (int index = 1; index < schema.size(); index = end) {
      end = behind(schema, index);
      String name = schema.get(index).getName();
      boolean isUsed = dataset.columns().stream().anyMatch(column -> column.from().contains(name));
      for (SchemaElement element : schema.subList(index, end)) {
        if (isUsed && element.getPrecision() > MAX_DIGITS) {
          throw new BrokenFileException(
              FileFault.MALFORMED,
              "The field \"%s\" holds decimals of %d digits; allowed: %d"
                  .formatted(name, element.getPrecision(), MAX_DIGITS));
        }
      }
    }
  }

  private static int behind(List<SchemaElement> schema, int index) {
    int open = 1;
    int next = index;
    while (open > 0 && next < schema.size()) {
      open += Math.max(0, schema.get(next).getNum_children()) - 1;
      next++;
    }
    return next;
  }

  private static BrokenFileException cutOff() {
    return new BrokenFileException(FileFault.CUT_OFF, "The Parquet file ends before its footer");
  }
}
