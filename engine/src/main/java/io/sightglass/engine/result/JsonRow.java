package io.sightglass.engine.result;

import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Writes rows as JSON objects, or as arrays where the names are said elsewhere. */
final class JsonRow {

  private final List<byte[]> before = new ArrayList<>();
  private final ValueWriter[] writers;
  private final boolean object;

  JsonRow(List<OutputColumn> columns, boolean object) {
    this.object = object;
    this.writers =
        columns.stream()
            .map(column -> ValueWriters.of(ValueType.of(column.type())))
            .toArray(ValueWriter[]::new);
    List<String> names = distinct(columns.stream().map(OutputColumn::name).toList());
    for (int index = 0; index < names.size(); index++) {
      TextBuffer text = new TextBuffer(32);
      if (index > 0) {
        text.put(',');
      }
      if (object) {
        StringWriters.writeJson(names.get(index), text);
        text.put(':');
      }
      before.add(Arrays.copyOf(text.bytes(), text.size()));
    }
  }

  /** Of equal names the second is followed by {@code _1}, and so on, as DuckDB does. */
  private static List<String> distinct(List<String> names) {
    Set<String> taken = new HashSet<>(names);
    Set<String> used = new HashSet<>();
    List<String> distinct = new ArrayList<>();
    for (String name : names) {
      String candidate = name;
      for (int number = 1; !used.add(candidate); number++) {
        candidate = name + "_" + number;
        if (taken.contains(candidate)) {
          candidate = name;
        }
      }
      distinct.add(candidate);
    }
    return distinct;
  }

  void bind(VectorSchemaRoot batch) {
    for (int index = 0; index < writers.length; index++) {
      writers[index].bind(batch.getVector(index));
    }
  }

  void write(int row, TextBuffer out) {
    out.put(object ? '{' : '[');
    for (int index = 0; index < writers.length; index++) {
      out.put(before.get(index));
      writers[index].writeJsonOrNull(row, out);
    }
    out.put(object ? '}' : ']');
  }
}
