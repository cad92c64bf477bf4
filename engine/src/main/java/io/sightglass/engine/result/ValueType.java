package io.sightglass.engine.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The type of a result's column, read from DuckDB's name of it. Immutable. */
sealed interface ValueType {

  /** The type in DuckDB's spelling, as a cast takes it. */
  String sql();

  /** A type without parts; parameters stay in its name. */
  record Plain(String name, String parameters) implements ValueType {
    @Override
    public String sql() {
      return parameters.isEmpty() ? name : name + "(" + parameters + ")";
    }
  }

  /** {@code T[]}, or {@code T[n]} where {@code size} is not 0. */
  record ListOf(ValueType element, int size) implements ValueType {
    @Override
    public String sql() {
      return element.sql() + (size == 0 ? "[]" : "[" + size + "]");
    }
  }

  /** {@code STRUCT(…)}, or {@code TUPLE(…)} whose fields have no names. */
  record Struct(List<Field> fields, boolean named) implements ValueType {
    public Struct {
      fields = List.copyOf(fields);
    }

    @Override
    public String sql() {
      return fields.stream()
          .map(field -> named ? quoted(field.name) + " " + field.type.sql() : field.type.sql())
          .collect(Collectors.joining(", ", named ? "STRUCT(" : "TUPLE(", ")"));
    }
  }

  /** One field of a {@link Struct}. */
  record Field(String name, ValueType type) {}

  record MapOf(ValueType key, ValueType value) implements ValueType {
    @Override
    public String sql() {
      return "MAP(%s, %s)".formatted(key.sql(), value.sql());
    }
  }

  /** Reads a name such as {@code STRUCT(a INTEGER, "b c" VARCHAR[])[]}. */
  static ValueType of(String name) {
    Reader reader = new Reader(name);
    return reader.readType();
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** Walks over one type's name. */
  final class Reader {

    private final String text;
    private int at;

    private Reader(String text) {
      this.text = text;
    }

    private ValueType readType() {
      ValueType type = readElement();
      while (at < text.length() && text.charAt(at) == '[') {
        int end = text.indexOf(']', at);
        String size = text.substring(at + 1, end);
        type = new ListOf(type, size.isEmpty() ? 0 : Integer.parseInt(size));
        at = end + 1;
      }
      return type;
    }

    private ValueType readElement() {
      if (peek() == '"') {
        return new Plain(readQuoted(), "");
      }
      int start = at;
      while (at < text.length() && ",()[".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String name = text.substring(start, at).strip().toUpperCase(Locale.ROOT);
      if (peek() != '(') {
        return new Plain(name, "");
      }
      return switch (name) {
        case "STRUCT" -> readStruct();
        case "TUPLE" -> readTuple();
        case "MAP" -> readMap();
        default -> new Plain(name, readParameters());
      };
    }

    private Struct readStruct() {
      List<Field> fields = new ArrayList<>();
      do {
        at++;
        skipBlanks();
        fields.add(readField());
      } while (peek() == ',');
      at++;
      return new Struct(fields, true);
    }

    private Field readField() {
      if (peek() == '"') {
        String name = readQuoted();
        skipBlanks();
        return new Field(name, readType());
      }
      int blank = text.indexOf(' ', at);
      String name = text.substring(at, blank);
      at = blank + 1;
      return new Field(name, readType());
    }

    private Struct readTuple() {
      List<Field> fields = new ArrayList<>();
      do {
        at++;
        skipBlanks();
        fields.add(new Field("", readType()));
      } while (peek() == ',');
      at++;
      return new Struct(fields, false);
    }

    private MapOf readMap() {
      at++;
      ValueType key = readType();
      at++;
      skipBlanks();
      ValueType value = readType();
      at++;
      return new MapOf(key, value);
    }

    /** What stands between brackets, in which only quotes count. */
    private String readParameters() {
      int start = at + 1;
      int depth = 0;
      do {
        char c = text.charAt(at);
        if (c == '(') {
          depth++;
        } else if (c == ')') {
          depth--;
        } else if (c == '\'' || c == '"') {
          at = endOfQuoted(c);
        }
        at++;
      } while (depth > 0);
      return text.substring(start, at - 1);
    }

    private String readQuoted() {
      int start = at + 1;
      at = endOfQuoted('"') + 1;
      return text.substring(start, at - 1).replace("\"\"", "\"");
    }

    private int endOfQuoted(char quote) {
      int end = at + 1;
      while (text.charAt(end) != quote
          || (end + 1 < text.length() && text.charAt(end + 1) == quote)) {
        end += text.charAt(end) == quote ? 2 : 1;
      }
      return end;
    }

    private char peek() {
      return at < text.length() ? text.charAt(at) : ' ';
    }

    private void skipBlanks() {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
    }
  }
}
