package io.sightglass.engine.ingest.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import io.sightglass.engine.ingest.unpack.SourceWidth;
import io.sightglass.engine.ingest.unpack.Transcoding;
import io.sightglass.engine.ingest.unpack.Utf8;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Splits NDJSON into records with the contract's columns as cells, in its order. Used once, by one
 * thread.
 *
 * <p>Numbers keep the digits that they were written with, a nested value is a cell of JSON, null
 * and an absent name are an empty cell. A line that is no JSON object is rejected alone. A line
 * ends with LF, CRLF or CR: within an object none of them means anything.
 */
public final class NdjsonSplitter {

  private static final int MAX_RECORD_BYTES = 8 << 20;
  private static final int FIRST_BUFFER_BYTES = 1 << 20;
  private static final int MAX_UNKNOWN = 101;
  private static final int MARK_BYTES = 3;
  private static final int MAX_DEPTH = 200;
  private static final String NO_JSON = "Is no valid JSON";
  private static final String NO_OBJECT = "Is not one JSON object";

  private final Dataset dataset;
  private final SourceBytes source;
  private final RecordWriter out;
  private final RecordRejects rejects;
  private final SourceWidth width;
  private final Set<String> nulls;
  private final JsonFactory json =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_RECORD_BYTES)
                  .maxNumberLength(MAX_RECORD_BYTES)
                  .maxNestingDepth(MAX_DEPTH)
                  .build())
          .build();

  /** Where a name's value goes: the cell, and how early the name stands among its alternatives. */
  private record Slot(int cell, int rank) {}

  /** A name that columns come from. */
  private static final class Name {
    private final List<Slot> slots = new ArrayList<>();

    /** The last line that had it. */
    private long line;
  }

  private final Map<String, Name> names = new HashMap<>();
  private final Set<String> unknown = new LinkedHashSet<>();
  private final byte[] @Nullable [] cells;
  private final int[] ranks;

  private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
  private int start;
  private int limit;
  private boolean atEnd;
  private long line = 1;
  private long position;

  public NdjsonSplitter(
      Dataset dataset,
      CsvDialect dialect,
      SourceBytes source,
      RecordWriter out,
      RecordRejects rejects) {
    this.dataset = dataset;
    this.source = source;
    this.out = out;
    this.rejects = rejects;
    width = SourceWidth.of(dialect.encoding());
    nulls = Set.copyOf(dialect.nullText());
    List<Column> columns = dataset.columns();
    cells = new byte[columns.size()][];
    ranks = new int[columns.size()];
    for (int cell = 0; cell < columns.size(); cell++) {
      for (int rank = 0; rank < columns.get(cell).from().size(); rank++) {
        names
            .computeIfAbsent(columns.get(cell).from().get(rank), name -> new Name())
            .slots
            .add(new Slot(cell, rank));
      }
    }
  }

  /** Splits everything; the staged records' cells. */
  public SourceColumns split() {
    fill();
    while (start < limit || !atEnd) {
      int lineEnd = findLineEnd();
      take(skipMarks(lineEnd), lineEnd);
      boolean isCrlf =
          lineEnd + 1 < limit && buffer[lineEnd] == '\r' && buffer[lineEnd + 1] == '\n';
      int next = Math.min(lineEnd + (isCrlf ? 2 : 1), limit);
      position += width.of(buffer, start, next);
      line++;
      start = next;
    }
    if (out.records() == 0 && rejects.count() > 0) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "No line of the file is a JSON object; expected: one a line");
    }
    return SourceColumns.inOrder(dataset, List.copyOf(unknown));
  }

  /** The index of the line's end, or of the file's; what follows a CR is in the buffer. */
  private int findLineEnd() {
    int index = start;
    while (true) {
      while (index < limit && buffer[index] != '\n' && buffer[index] != '\r') {
        index++;
      }
      if (atEnd || index + 1 < limit || (index < limit && buffer[index] == '\n')) {
        return index;
      }
      int scanned = index - start;
      fill();
      index = start + scanned;
    }
  }

  /** The line's first byte behind its byte order marks: files may stand one behind the other. */
  private int skipMarks(int lineEnd) {
    int index = start;
    while (index + MARK_BYTES <= lineEnd
        && (buffer[index] & 0xff) == 0xef
        && (buffer[index + 1] & 0xff) == 0xbb
        && (buffer[index + 2] & 0xff) == 0xbf) {
      index += MARK_BYTES;
    }
    return index;
  }

  private void take(int first, int end) {
    int from = first;
    while (from < end && (buffer[from] == ' ' || buffer[from] == '\t')) {
      from++;
    }
    if (from == end) {
      return;
    }
    checkLength(end - from);
    if (!Utf8.isValid(buffer, from, end)) {
      throw isLast(end) ? cutOff() : Transcoding.wrongEncoding(line);
    }
    long at = position + width.of(buffer, start, first);
    String fault = buffer[from] == '{' ? parse(from, end) : "Is no JSON object";
    if (fault == null) {
      out.begin(line, at);
      for (byte[] cell : cells) {
        out.cell(cell);
      }
      out.end();
    } else if (isLast(end) && (isCut(fault) || buffer[from] == 0)) {
      // Zeros are what a writer leaves that has reserved more than it wrote.
      throw cutOff();
    } else {
      rejects.add(line, at, fault, buffer, first, end);
    }
  }

  /** Whether the file ends here, without a line end. */
  private boolean isLast(int lineEnd) {
    return atEnd && lineEnd == limit;
  }

  private static boolean isCut(String fault) {
    return fault.equals(NO_JSON) || fault.equals(NO_OBJECT);
  }

  private BrokenFileException cutOff() {
    return new BrokenFileException(
        FileFault.CUT_OFF, "The last line, %d, is no complete JSON object".formatted(line));
  }

  /** Fills the cells; null when the text is one JSON object, else what is wrong. */
  private @Nullable String parse(int from, int end) {
    Arrays.fill(cells, null);
    Arrays.fill(ranks, Integer.MAX_VALUE);
    String fault = null;
    try (JsonParser parser = json.createParser(buffer, from, end - from)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String text = parser.currentName();
        JsonToken value = parser.nextToken();
        Name name = names.get(text);
        if (name == null) {
          if (unknown.size() < MAX_UNKNOWN) {
            unknown.add(text);
          }
        } else {
          String found =
              name.line == line ? "Names \"%s\" twice".formatted(text) : take(parser, value, name);
          name.line = line;
          fault = fault == null ? found : fault;
        }
        parser.skipChildren();
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        return NO_OBJECT;
      }
    } catch (StreamConstraintsException tooDeep) {
      return "Is nested deeper than %d, or has a name that is too long".formatted(MAX_DEPTH);
    } catch (IOException notJson) {
      return NO_JSON;
    }
    return fault;
  }

  /** Keeps a value where it is the first choice for a cell; what is wrong with it, else null. */
  private @Nullable String take(JsonParser parser, JsonToken value, Name name) throws IOException {
    List<Slot> slots =
        value == JsonToken.VALUE_NULL
            ? List.of()
            : name.slots.stream().filter(slot -> slot.rank() <= ranks[slot.cell()]).toList();
    if (slots.isEmpty()) {
      return null;
    }
    String text = JsonText.of(json, parser);
    if (nulls.contains(text)) {
      return null;
    }
    String fault = JsonText.findFault(text, value.isStructStart());
    if (fault == null) {
      for (Slot slot : slots) {
        String written = written(dataset.columns().get(slot.cell()), value, text);
        cells[slot.cell()] = written.getBytes(StandardCharsets.UTF_8);
        ranks[slot.cell()] = slot.rank();
      }
    }
    return fault;
  }

  /** JSON has one way to write a number or truth; the contract says how texts do. */
  private static String written(Column column, JsonToken value, String text) {
    TextFormat format = column.text();
    if (value == JsonToken.VALUE_NUMBER_FLOAT && column.type() != Scalar.VARCHAR) {
      return text.replace('.', format.decimal());
    }
    List<String> truth =
        value == JsonToken.VALUE_TRUE
            ? format.trueText()
            : value == JsonToken.VALUE_FALSE ? format.falseText() : List.of();
    return truth.isEmpty() || column.type() != Scalar.BOOLEAN ? text : truth.getFirst();
  }

  private void checkLength(int bytes) {
    if (bytes > MAX_RECORD_BYTES) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "Line %d is longer than %d MB; expected: one JSON object a line"
              .formatted(line, MAX_RECORD_BYTES >> 20));
    }
  }

  private void fill() {
    int kept = limit - start;
    checkLength(kept);
    byte[] target = kept > buffer.length / 2 ? new byte[2 * buffer.length] : buffer;
    System.arraycopy(buffer, start, target, 0, kept);
    buffer = target;
    start = 0;
    limit = kept;
    while (limit < buffer.length) {
      int count = source.read(buffer, limit, buffer.length - limit);
      if (count < 0) {
        atEnd = true;
        return;
      }
      limit += count;
    }
  }
}
