package io.sightglass.engine.ingest.staging;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
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
 * and an absent name are an empty cell. A line that is no JSON object is rejected alone.
 */
final class NdjsonSplitter {

  private static final int MAX_RECORD_BYTES = 8 << 20;
  private static final int FIRST_BUFFER_BYTES = 1 << 20;
  private static final int MAX_UNKNOWN = 100;

  private final Dataset dataset;
  private final SourceBytes source;
  private final RecordWriter out;
  private final RecordRejects rejects;
  private final Transcoding.SourceWidth width;
  private final JsonFactory json =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_RECORD_BYTES)
                  .maxNestingDepth(200)
                  .build())
          .build();

  /** Where a name's value goes: the cell, and how early the name stands among its alternatives. */
  private record Slot(int cell, int rank) {}

  private final Map<String, Slot> slots = new HashMap<>();
  private final Set<String> unknown = new LinkedHashSet<>();
  private final byte[] @Nullable [] cells;
  private final int[] ranks;

  private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
  private int start;
  private int limit;
  private boolean atEnd;
  private long line = 1;
  private long position;

  NdjsonSplitter(
      Dataset dataset,
      String encoding,
      SourceBytes source,
      RecordWriter out,
      RecordRejects rejects) {
    this.dataset = dataset;
    this.source = source;
    this.out = out;
    this.rejects = rejects;
    width = Transcoding.widthOf(encoding);
    List<Column> columns = dataset.columns();
    cells = new byte[columns.size()][];
    ranks = new int[columns.size()];
    for (int cell = 0; cell < columns.size(); cell++) {
      for (int rank = 0; rank < columns.get(cell).from().size(); rank++) {
        slots.put(columns.get(cell).from().get(rank), new Slot(cell, rank));
      }
    }
  }

  /** Splits everything; the staged records' cells. */
  SourceColumns split() {
    fill();
    if (limit >= 3
        && (buffer[0] & 0xff) == 0xef
        && (buffer[1] & 0xff) == 0xbb
        && (buffer[2] & 0xff) == 0xbf) {
      start = 3;
      position = width.of(buffer, 0, 3);
    }
    while (start < limit || !atEnd) {
      int lineEnd = start;
      while (true) {
        while (lineEnd < limit && buffer[lineEnd] != '\n') {
          lineEnd++;
        }
        if (lineEnd < limit || atEnd) {
          break;
        }
        int scanned = lineEnd - start;
        fill();
        lineEnd = start + scanned;
      }
      take(lineEnd);
      int next = Math.min(lineEnd + 1, limit);
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

  private void take(int lineEnd) {
    int end = lineEnd > start && buffer[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
    int from = start;
    while (from < end && (buffer[from] == ' ' || buffer[from] == '\t')) {
      from++;
    }
    if (from == end) {
      return;
    }
    if (!Utf8.isValid(buffer, from, end)) {
      throw isLast(lineEnd) ? cutOff() : Transcoding.wrongEncoding();
    }
    String fault = buffer[from] == '{' ? parse(from, end) : "Is no JSON object";
    if (fault == null) {
      out.begin(line, position);
      for (byte[] cell : cells) {
        out.cell(cell);
      }
      out.end();
    } else if (isLast(lineEnd) && buffer[from] == '{') {
      throw cutOff();
    } else {
      rejects.add(line, position, fault, buffer, start, end);
    }
  }

  /** Whether the file ends here, without a line end. */
  private boolean isLast(int lineEnd) {
    return atEnd && lineEnd == limit;
  }

  private BrokenFileException cutOff() {
    return new BrokenFileException(
        FileFault.CUT_OFF, "The last line, %d, is no complete JSON object".formatted(line));
  }

  /** Fills the cells; null when the text is one JSON object, else what is wrong. */
  private @Nullable String parse(int from, int end) {
    Arrays.fill(cells, null);
    Arrays.fill(ranks, Integer.MAX_VALUE);
    try (JsonParser parser = json.createParser(buffer, from, end - from)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        Slot slot = slots.get(name);
        if (slot == null) {
          if (unknown.size() < MAX_UNKNOWN) {
            unknown.add(name);
          }
          parser.skipChildren();
        } else if (value != JsonToken.VALUE_NULL && slot.rank() <= ranks[slot.cell()]) {
          cells[slot.cell()] = text(parser, value).getBytes(StandardCharsets.UTF_8);
          ranks[slot.cell()] = slot.rank();
        } else {
          parser.skipChildren();
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        return "Is not one JSON object";
      }
    } catch (IOException notJson) {
      return "Is no valid JSON";
    }
    for (byte[] cell : cells) {
      if (cell != null && hasNul(cell)) {
        return "Holds a NUL character";
      }
    }
    return null;
  }

  private String text(JsonParser parser, JsonToken value) throws IOException {
    if (!value.isStructStart()) {
      return parser.getText();
    }
    StringWriter nested = new StringWriter();
    try (JsonGenerator generator = json.createGenerator(nested)) {
      generator.copyCurrentStructure(parser);
    }
    return nested.toString();
  }

  private static boolean hasNul(byte[] cell) {
    for (byte value : cell) {
      if (value == 0) {
        return true;
      }
    }
    return false;
  }

  private void fill() {
    int kept = limit - start;
    if (kept > MAX_RECORD_BYTES) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "Line %d is longer than %d MB; expected: one JSON object a line"
              .formatted(line, MAX_RECORD_BYTES >> 20));
    }
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
