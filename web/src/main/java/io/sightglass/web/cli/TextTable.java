package io.sightglass.web.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An answer in columns, for people. Immutable. */
final class TextTable {

  private static final int WIDEST = 60;
  private static final Pattern NUMBER =
      Pattern.compile("(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)");

  private final List<List<String>> lines = new ArrayList<>();
  private final int[] widths;
  private final boolean[] numbers;

  private TextTable(List<String> names, boolean[] numbers) {
    this.widths = new int[names.size()];
    this.numbers = numbers;
    add(names);
  }

  /** The table of an answer in JSON. */
  static TextTable of(JsonNode columns, JsonNode rows) {
    List<String> names = new ArrayList<>();
    boolean[] numbers = new boolean[columns.size()];
    for (JsonNode column : columns) {
      numbers[names.size()] = NUMBER.matcher(column.path("type").asText()).matches();
      names.add(column.path("name").asText());
    }
    TextTable table = new TextTable(names, numbers);
    for (JsonNode row : rows) {
      List<String> line = new ArrayList<>();
      row.forEach(value ->
          line.add(value.isNull() ? "" : value.isValueNode() ? value.asText() : value.toString()));
      table.add(line);
    }
    return table;
  }

  /** A table of texts; null is shown as nothing. */
  static TextTable of(List<String> names, List<? extends List<@Nullable String>> rows) {
    TextTable table = new TextTable(names, new boolean[names.size()]);
    for (List<@Nullable String> row : rows) {
      table.add(row.stream().map(text -> text == null ? "" : text).toList());
    }
    return table;
  }

  private void add(List<String> texts) {
    List<String> line = texts.stream().map(TextTable::cell).toList();
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Math.max(widths[column], length(line.get(column)));
    }
    lines.add(line);
  }

  /** One line, nothing that moves the cursor. */
  private static String cell(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", " ");
    return length(plain) <= WIDEST
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, WIDEST - 1)) + "…";
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  void print(PrintWriter out) {
    for (int line = 0; line < lines.size(); line++) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String value = lines.get(line).get(column);
        String room = " ".repeat(widths[column] - length(value));
        text.append(column == 0 ? "" : "  ").append(numbers[column] ? room + value : value + room);
      }
      out.println(text.toString().stripTrailing());
      if (line == 0) {
        StringBuilder rule = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
          rule.append(column == 0 ? "" : "  ").append("-".repeat(widths[column]));
        }
        out.println(rule);
      }
    }
  }
}
