package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL that turns JSON into a value of a list or struct type: NULL where any part of it does not
 * convert. Stateless.
 *
 * <p>Every text or number inside is judged as a cell of its own would be. A field that is missing
 * is NULL, one that the type does not name is left out; an object that names a field twice does not
 * convert. A JSON object is also a list of structs of {@code key} and {@code value}, as maps are.
 */
final class NestedCast {

  /** Begins a text that was a number; no character, so that no text of a source begins with it. */
  private static final String MARK = "\uFFFF";

  /** Whatever stands before a number of JSON, texts as wholes, and the number. */
  private static final String NUMBER =
      "((?:\"(?:[^\"\\\\]|\\\\.)*\"|[^\"0-9-])*)(-?[0-9][0-9.eE+-]*)";

  private final Column column;

  private NestedCast(Column column) {
    this.column = column;
  }

  /** The value of {@code cell}, an expression of type VARCHAR that holds JSON. */
  static String value(Column column, String cell) {
    NestedCast cast = new NestedCast(column);
    String json = "v0";
    // One element, so that the text is parsed once.
    return """
    list_transform([CASE WHEN json_valid(%s) THEN CAST(%s AS JSON) END], lambda %s: CASE WHEN %s THEN CAST(%s AS %s) END)[1]\
    """
        .formatted(
            cell,
            numbersAsTexts(cell),
            json,
            cast.fits(column.type(), json, 0),
            cast.converted(column.type(), json, 0),
            column.type().sql());
  }

  /**
   * The same JSON with its numbers as marked texts, which keep every digit: the engine makes
   * doubles of them. One number is put behind, so that no match begins inside a text, and is cut
   * off again.
   */
  private static String numbersAsTexts(String cell) {
    return "left(regexp_replace(%s || ' 0', %s, %s, 'g'), -5)"
        .formatted(cell, text(NUMBER), text("\\1\"" + MARK + "\\2\""));
  }

  /**
   * True where {@code json}, which may be NULL, converts whole.
   *
   * @param depth of lambdas around, each with a variable of its own
   */
  private String fits(ColumnType type, String json, int depth) {
    return switch (type) {
      case Scalar scalar -> leafFits(scalar, json);
      case ColumnType.Decimal decimal -> leafFits(decimal, json);
      case ColumnType.ListOf(ColumnType element) -> {
        String inner = "v" + (depth + 1);
        yield "(%s OR (%s IS NOT NULL AND len(list_filter(%s, lambda %s: NOT %s)) = 0))"
            .formatted(
                isNull(json),
                elements(element, json),
                elements(element, json),
                inner,
                fits(element, inner, depth + 1));
      }
      case ColumnType.Struct(List<ColumnType.Field> fields) ->
          "(%1$s OR (json_type(%2$s) = 'OBJECT' AND len(json_keys(%2$s)) = len(list_distinct(json_keys(%2$s))) AND %3$s))"
              .formatted(
                  isNull(json),
                  json,
                  fields.stream()
                      .map(field -> fits(field.type(), field(json, field), depth))
                      .collect(Collectors.joining(" AND ")));
    };
  }

  private String leafFits(ColumnType type, String json) {
    return "(%s OR %s IS NOT NULL)".formatted(isNull(json), leafValue(type, json));
  }

  /** The value of {@code json} where it {@link #fits}. */
  private String converted(ColumnType type, String json, int depth) {
    return switch (type) {
      case Scalar scalar -> leafValue(scalar, json);
      case ColumnType.Decimal decimal -> leafValue(decimal, json);
      case ColumnType.ListOf(ColumnType element) -> {
        String inner = "v" + (depth + 1);
        yield "CASE WHEN NOT %s THEN list_transform(%s, lambda %s: %s) END"
            .formatted(
                isNull(json), elements(element, json), inner, converted(element, inner, depth + 1));
      }
      case ColumnType.Struct(List<ColumnType.Field> fields) ->
          "CASE WHEN NOT %s THEN struct_pack(%s) END"
              .formatted(
                  isNull(json),
                  fields.stream()
                      .map(field ->
                          "%s := %s"
                              .formatted(
                                  name(field.name()),
                                  converted(field.type(), field(json, field), depth)))
                      .collect(Collectors.joining(", ")));
    };
  }

  private String leafValue(ColumnType type, String json) {
    Column scalar =
        new Column(
            column.name(),
            type,
            column.sensitivity(),
            column.mask(),
            column.domain(),
            column.from(),
            column.text(),
            column.constraints(),
            column.description());
    String marked = "(%s->>'$')".formatted(json);
    String text = "ltrim(%s, %s)".formatted(marked, text(MARK));
    if (type == Scalar.VARCHAR) {
      // Of JSON inside a text, numbers are numbers again.
      text =
          "CASE WHEN json_type(%s) IN ('OBJECT', 'ARRAY') THEN regexp_replace(%s, %s, '\\1', 'g') ELSE %s END"
              .formatted(json, marked, text("\"" + MARK + "([^\"]*)\""), text);
    } else if (column.text().decimal() != '.') {
      // The contract says how texts write a number; JSON has one way.
      text =
          "CASE WHEN starts_with(%1$s, %2$s) THEN replace(%3$s, '.', %4$s) ELSE %3$s END"
              .formatted(marked, text(MARK), text, text(String.valueOf(column.text().decimal())));
    }
    return "CAST(%s AS %s)".formatted(CellCast.value(scalar, text), type.sql());
  }

  private static String isNull(String json) {
    return "(%1$s IS NULL OR json_type(%1$s) = 'NULL')".formatted(json);
  }

  private static String field(String json, ColumnType.Field field) {
    String path = "$.\"" + field.name().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    return "json_extract(%s, %s)".formatted(json, text(path));
  }

  /** The elements as JSON; NULL where it is no list. */
  private static String elements(ColumnType element, String json) {
    String array = "TRY_CAST(%s AS JSON[])".formatted(json);
    boolean isEntry =
        element instanceof ColumnType.Struct(List<ColumnType.Field> fields)
            && fields.stream().map(ColumnType.Field::name).toList().equals(List.of("key", "value"));
    if (!isEntry) {
      return array;
    }
    return """
    CASE WHEN json_type(%1$s) = 'OBJECT' THEN list_transform(map_entries(TRY_CAST(%1$s AS MAP(VARCHAR, JSON))), lambda m: json_object('key', m.key, 'value', m.value)) ELSE %2$s END\
    """
        .formatted(json, array);
  }
}
