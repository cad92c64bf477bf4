package io.sightglass.web.cli.sample;

import java.util.ArrayList;
import java.util.List;

/** A plain reader of CSV (RFC 4180, any line end), independent of what writes and loads it. */
final class CsvLines {

  private CsvLines() {}

  /** All records, the header included, without a byte order mark. */
  static List<List<String>> read(String text) {
    List<List<String>> lines = new ArrayList<>();
    List<String> line = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    int start = text.startsWith("\uFEFF") ? 1 : 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = false;
        }
      } else if (c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (c == ',') {
        line.add(field.toString());
        field.setLength(0);
      } else if (c == '\n') {
        line.add(field.toString());
        field.setLength(0);
        lines.add(List.copyOf(line));
        line.clear();
      } else if (c != '\r') {
        field.append(c);
      }
    }
    if (!line.isEmpty() || !field.isEmpty()) {
      line.add(field.toString());
      lines.add(List.copyOf(line));
    }
    return lines;
  }
}
