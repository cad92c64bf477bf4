package io.sightglass.engine.ingest.infer;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The beginning of a file as UTF-8 without compression, for the guess to read. Immutable.
 *
 * @param path the sample; of Parquet the file itself
 * @param format by the ending of the file's name
 * @param encoding UTF-16 by its mark, UTF-8 if it is valid, else windows-1252
 * @param whole whether the sample is all of the file
 */
record SampleFile(Path path, Format format, String encoding, boolean whole) {

  private static final int SAMPLE_BYTES = 16 << 20;

  /**
   * Takes the sample.
   *
   * @param folder gets the sample; the caller deletes it
   * @throws EngineException when the file cannot be read or has no format that can be guessed from
   */
  static SampleFile take(Path file, Path folder) {
    Format format = formatOf(file);
    if (format == Format.PARQUET) {
      return new SampleFile(file, format, "utf-8", true);
    }
    byte[] bytes = new byte[SAMPLE_BYTES];
    int length = read(file, bytes);
    boolean whole = length < SAMPLE_BYTES;
    Charset charset = charsetOf(bytes, length, whole);
    String text = new String(bytes, 0, length, charset);
    if (!whole) {
      text = text.substring(0, text.lastIndexOf('\n') + 1);
    }
    try {
      Path sample = Files.writeString(folder.resolve("sample"), text);
      return new SampleFile(sample, format, charset.name().toLowerCase(Locale.ROOT), whole);
    } catch (IOException failure) {
      throw new EngineException(ErrorCode.INTERNAL, "The sample cannot be written", failure);
    }
  }

  /** The first unpacked bytes; how many. */
  private static int read(Path file, byte[] target) {
    try (SourceBytes source =
        SourceBytes.open(Files.newInputStream(file), file.toString(), "utf-8")) {
      int length = 0;
      int count = 0;
      while (count >= 0 && length < target.length) {
        length += count;
        count = source.read(target, length, target.length - length);
      }
      return length;
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.NOT_FOUND,
          "The file \"%s\" cannot be read".formatted(file.getFileName()),
          failure);
    } catch (BrokenFileException broken) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "The file \"%s\" cannot be read: %s".formatted(file.getFileName(), broken.reason()),
          broken);
    }
  }

  private static Charset charsetOf(byte[] bytes, int length, boolean whole) {
    if (length >= 2 && (bytes[0] == (byte) 0xfe || bytes[0] == (byte) 0xff)) {
      return StandardCharsets.UTF_16;
    }
    // A sample that is cut may end within a character.
    CharBuffer scratch = CharBuffer.allocate(length + 1);
    boolean utf8 =
        !StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes, 0, length), scratch, whole)
            .isError();
    return utf8 ? StandardCharsets.UTF_8 : Charset.forName("windows-1252");
  }

  private static Format formatOf(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    String plain = name.replaceFirst("\\.(gz|zst)$", "");
    if (plain.endsWith(".csv") || plain.endsWith(".tsv") || plain.endsWith(".txt")) {
      return Format.CSV;
    }
    if (plain.endsWith(".ndjson") || plain.endsWith(".jsonl") || plain.endsWith(".json")) {
      return Format.NDJSON;
    }
    if (plain.equals(name) && plain.endsWith(".parquet")) {
      return Format.PARQUET;
    }
    throw new EngineException(
        ErrorCode.INVALID_REQUEST,
        "File: \"%s\"; allowed endings: .csv, .tsv, .txt, .ndjson, .jsonl, .json (also with .gz or .zst), .parquet"
            .formatted(name));
  }
}
