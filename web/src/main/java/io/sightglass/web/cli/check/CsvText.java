package io.sightglass.web.cli.check;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A CSV text as this service writes it (RFC 4180, a header line), read back. Immutable.
 *
 * @param header names of the columns; empty for an empty text
 */
record CsvText(List<String> header, List<Line> lines) {

  CsvText {
    header = List.copyOf(header);
    lines = List.copyOf(lines);
  }

  /**
   * One record.
   *
   * @param number of the line on which it begins, from 1
   * @param cells null is NULL, the empty text was quoted
   */
  record Line(int number, List<@Nullable String> cells) {

    /** The cell as it stands in a message. */
    String shown(int column) {
      String cell = column < cells.size() ? cells.get(column) : null;
      return cell == null ? "NULL" : "\"" + cell + "\"";
    }
  }

  /** Reads a text; every line end outside of quotes ends a record, the last one may lack it. */
  static CsvText parse(String text) {
    List<Line> lines = new Reader(text).read();
    return lines.isEmpty()
        ? new CsvText(List.of(), List.of())
        : new CsvText(
            lines.getFirst().cells().stream().map(String::valueOf).toList(),
            lines.subList(1, lines.size()));
  }

  private static final class Reader {
    private final String text;
    private final List<Line> lines = new ArrayList<>();
    private List<@Nullable String> cells = new ArrayList<>();
    private int at;
    private int line = 1;

    Reader(String text) {
      this.text = text;
    }

    List<Line> read() {
      while (at < text.length()) {
        int first = line;
        cells = new ArrayList<>();
        do {
          cells.add(text.startsWith("\"", at) ? quoted() : plain());
        } while (at < text.length() && text.charAt(at++) == ',');
        lines.add(new Line(first, cells));
        line++;
      }
      return lines;
    }

    private @Nullable String plain() {
      int from = at;
      while (at < text.length() && ",\n".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String cell = text.substring(from, at);
      boolean last = at == text.length() || text.charAt(at) == '\n';
      cell = last && cell.endsWith("\r") ? cell.substring(0, cell.length() - 1) : cell;
      return cell.isEmpty() ? null : cell;
    }

    private String quoted() {
      StringBuilder cell = new StringBuilder();
      at++;
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c != '"') {
          line += c == '\n' ? 1 : 0;
          cell.append(c);
        } else if (text.startsWith("\"", at)) {
          cell.append('"');
          at++;
        } else {
          break;
        }
      }
      // What follows the closing quote up to the next comma or line end belongs to no cell.
      plain();
      return cell.toString();
    }
  }
}
