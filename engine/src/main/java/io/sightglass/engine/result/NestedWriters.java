package io.sightglass.engine.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;

/** Writers of lists, structs and maps: JSON, also inside CSV. */
final class NestedWriters {

  private NestedWriters() {}

  /** Writes JSON; as a field of CSV it stands in quotes where it must. */
  abstract static class Nested extends ValueWriter {
    @Override
    void writeCsv(int row, TextBuffer out) {
      int from = out.size();
      writeJson(row, out);
      if (StringWriters.csvNeedsQuotes(out.bytes(), from, out.size() - from)) {
        StringWriters.quoteCsv(out, from);
      }
    }
  }

  static final class Lists extends Nested {
    private final ValueWriter element;
    private int[] offsets = new int[0];

    Lists(ValueWriter element) {
      this.element = element;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      offsets = offsets(vector, offsets);
      element.bind(((ListVector) vector).getDataVector());
    }

    @Override
    void writeJson(int row, TextBuffer out) {
      int start = offsets[row];
      int end = offsets[row + 1];
      out.put('[');
      for (int index = start; index < end; index++) {
        if (index > start) {
          out.put(',');
        }
        element.writeJsonOrNull(index, out);
      }
      out.put(']');
    }
  }

  /** Objects; arrays where the fields have no names. */
  static final class Structs extends Nested {
    private final List<byte[]> before = new ArrayList<>();
    private final List<ValueWriter> fields;
    private final boolean named;

    Structs(List<String> names, List<ValueWriter> fields, boolean named) {
      this.fields = List.copyOf(fields);
      this.named = named;
      for (int index = 0; index < names.size(); index++) {
        TextBuffer text = new TextBuffer(32);
        if (index > 0) {
          text.put(',');
        }
        if (named) {
          StringWriters.writeJson(names.get(index), text);
          text.put(':');
        }
        before.add(Arrays.copyOf(text.bytes(), text.size()));
      }
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      for (int index = 0; index < fields.size(); index++) {
        fields.get(index).bind(((StructVector) vector).getChildByOrdinal(index));
      }
    }

    @Override
    void writeJson(int row, TextBuffer out) {
      out.put(named ? '{' : '[');
      for (int index = 0; index < fields.size(); index++) {
        out.put(before.get(index));
        fields.get(index).writeJsonOrNull(row, out);
      }
      out.put(named ? '}' : ']');
    }
  }

  /** Arrays of {@code {key, value}}. */
  static final class Maps extends Nested {
    private static final byte[] KEY = {'{', '"', 'k', 'e', 'y', '"', ':'};
    private static final byte[] VALUE = {',', '"', 'v', 'a', 'l', 'u', 'e', '"', ':'};

    private final ValueWriter key;
    private final ValueWriter value;
    private int[] offsets = new int[0];

    Maps(ValueWriter key, ValueWriter value) {
      this.key = key;
      this.value = value;
    }

    @Override
    void bind(ValueVector vector) {
      super.bind(vector);
      offsets = offsets(vector, offsets);
      StructVector entries = (StructVector) ((MapVector) vector).getDataVector();
      key.bind(entries.getChildByOrdinal(0));
      value.bind(entries.getChildByOrdinal(1));
    }

    @Override
    void writeJson(int row, TextBuffer out) {
      int start = offsets[row];
      int end = offsets[row + 1];
      out.put('[');
      for (int index = start; index < end; index++) {
        if (index > start) {
          out.put(',');
        }
        out.put(KEY);
        key.writeJsonOrNull(index, out);
        out.put(VALUE);
        value.writeJsonOrNull(index, out);
        out.put('}');
      }
      out.put(']');
    }
  }
}
