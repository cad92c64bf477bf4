package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The cell of a column in a source whose values have types, and the SQL that makes the column's
 * value of it: NULL where it cannot be. Immutable.
 *
 * <p>What the types say counts: a text is read as a cell of CSV would be, a number stays exact, an
 * instant becomes local time by the contract's zone and the other way round.
 *
 * @param sql the cell, over the source's fields
 * @param type its type as the engine calls it
 */
record TypedCell(Column column, String sql, String type) {

  private static final Set<String> WHOLE =
      Set.of(
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "HUGEINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "UHUGEINT");
  private static final Set<String> FLOATING = Set.of("FLOAT", "DOUBLE");
  private static final Set<String> LOCAL =
      Set.of("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS");

  /** Numbers of which JSON would keep a double; and names in quotes, which may look like them. */
  private static final Pattern INEXACT_OR_NAME =
      Pattern.compile("\\b(?:DECIMAL\\([0-9, ]+\\)|U?HUGEINT)|\"(?:[^\"]|\"\")*\"");

  private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"]|\"\")*\"");

  private static final Pattern FIELD =
      Pattern.compile("(" + QUOTED + "|[^ ]+) (.*)", Pattern.DOTALL);

  /** In JSON; a backslash before it would be one of the text's own. */
  private static final String ESCAPED_NUL = "(^|[^\\\\])(\\\\\\\\)*\\\\u0000";

  /** Like an alternative of an Avro union, as parquet-avro names it. */
  private static final String UNION_MEMBER = "STRUCT(member0 ";

  /** A union in JSON, and the alternative that it is: no quote follows a brace inside a text. */
  private static final String UNION =
      "\\{(?:\"member[0-9]+\":null,)*\"member[0-9]+\":(\"(?:[^\"\\\\]|\\\\.)*\"|[^\"{}\\[\\],]+|[{\\[][^{}\\[\\]]*[}\\]])(?:,\"member[0-9]+\":null)*\\}";

  /** One field of the source. */
  record Field(String name, String type) {}

  /**
   * The cell of a column.
   *
   * @param fields all of the source
   */
  static TypedCell of(Column column, Source source, List<Field> fields) {
    List<Field> present =
        column.from().stream()
            .flatMap(from -> fields.stream().filter(field -> field.name().equals(from)))
            .toList();
    if (present.isEmpty()) {
      return new TypedCell(column, "CAST(NULL AS VARCHAR)", "VARCHAR");
    }
    List<TypedCell> cells = present.stream().map(field -> ofField(column, source, field)).toList();
    boolean same = cells.stream().map(TypedCell::type).distinct().count() == 1;
    // A pattern is about the text.
    boolean isText = !same || column.constraints().pattern() != null;
    String type = isText ? "VARCHAR" : cells.getFirst().type();
    String sql =
        cells.stream()
            .map(cell -> isText ? cell.textOf(cell.sql()) : cell.sql())
            .map(cell -> type.equals("VARCHAR") ? nullable(cell, source) : cell)
            .collect(Collectors.joining(", ", "coalesce(", ")"));
    return new TypedCell(column, sql, type);
  }

  private static TypedCell ofField(Column column, Source source, Field field) {
    String sql = name(field.name());
    if (field.type().startsWith(UNION_MEMBER)
        && !field.type().endsWith("]")
        && !namesMembers(column)) {
      String json = new TypedCell(column, sql, field.type()).json(sql);
      String members =
          IntStream.range(0, field.type().split("member[0-9]+ ", -1).length - 1)
              .mapToObj(member -> "(%s->>%s)".formatted(json, text("$.member" + member)))
              .collect(Collectors.joining(", "));
      return new TypedCell(column, "coalesce(%s, NULL)".formatted(members), "VARCHAR");
    }
    if (field.type().equals("BLOB") && source.format() == Source.Format.PARQUET) {
      // Old writers do not mark texts as such. Other bytes end the reading of the file.
      return new TypedCell(column, "decode(%s)".formatted(sql), "VARCHAR");
    }
    if (field.type().equals("JSON")) {
      // Parquet's mark of a text that holds JSON.
      return new TypedCell(column, "CAST(%s AS VARCHAR)".formatted(sql), "VARCHAR");
    }
    return field.type().equals("TIMESTAMPTZ_NS")
        ? new TypedCell(column, cut(sql, Scalar.TIMESTAMPTZ), "TIMESTAMPTZ")
        : new TypedCell(
            column, sql, field.type().replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"));
  }

  /** Whether a contract names the alternatives of a union itself. */
  private static boolean namesMembers(Column column) {
    return column.type().sql().contains("\"member0\"");
  }

  private static String nullable(String sql, Source source) {
    List<String> nulls = source.csv().nullText();
    return nulls.isEmpty()
        ? sql
        : "CASE WHEN %1$s NOT IN (%2$s) THEN %1$s END"
            .formatted(
                sql, nulls.stream().map(value -> text(value)).collect(Collectors.joining(", ")));
  }

  /** Where a cell of this type holds a NUL character, which texts of other formats cannot. */
  @Nullable String findNul(String cell) {
    if (type.equals("VARCHAR")) {
      return "contains(%s, chr(0))".formatted(cell);
    }
    return isNested() ? "regexp_matches(%s, %s)".formatted(textOf(cell), text(ESCAPED_NUL)) : null;
  }

  /** The text of a cell of this type, as it is shown. */
  String textOf(String cell) {
    if (type.equals("VARCHAR")) {
      return cell;
    }
    if (type.equals("BLOB")) {
      return "to_base64(%s)".formatted(cell);
    }
    if (type.equals("TIME WITH TIME ZONE")) {
      // Parquet's mark of a time of day whose zone is UTC.
      return "CAST(CAST(%s AS TIME) AS VARCHAR)".formatted(cell);
    }
    if (!isNested()) {
      return "CAST(%s AS VARCHAR)".formatted(cell);
    }
    return type.contains(UNION_MEMBER) && !namesMembers(column)
        ? "regexp_replace(%s, %s, '\\1', 'g')".formatted(json(cell), text(UNION))
        : json(cell);
  }

  /** Of a nested cell, with every digit. */
  private String json(String cell) {
    String exact =
        INEXACT_OR_NAME
            .matcher(type)
            .replaceAll(part ->
                part.group().startsWith("\"") ? Matcher.quoteReplacement(part.group()) : "VARCHAR");
    return "CAST(to_json(%s) AS VARCHAR)"
        .formatted(exact.equals(type) ? cell : "CAST(%s AS %s)".formatted(cell, exact));
  }

  /** The column's value, given the cell as a column of its own. */
  String valueOf(String cell) {
    if (type.equals("VARCHAR")) {
      return CellCast.value(column, cell);
    }
    return switch (column.type()) {
      case Scalar scalar ->
          switch (scalar) {
            case VARCHAR -> textOf(cell);
            case BOOLEAN -> same(cell, scalar);
            case INTEGER, BIGINT -> integer(cell, scalar);
            case DOUBLE -> isNumber() ? tryCast(cell, scalar) : none(scalar);
            case DATE -> date(cell);
            case TIMESTAMP -> timestamp(cell);
            case TIMESTAMPTZ -> instant(cell);
            case UUID -> same(cell, scalar);
          };
      case ColumnType.Decimal decimal -> isNumber() ? tryCast(cell, decimal) : none(decimal);
      case ColumnType.ListOf list -> nested(cell);
      case ColumnType.Struct struct -> nested(cell);
    };
  }

  private String same(String cell, Scalar wanted) {
    return type.equals(wanted.sql()) ? cell : none(wanted);
  }

  private String integer(String cell, Scalar wanted) {
    if (WHOLE.contains(type)) {
      return type.equals(wanted.sql()) ? cell : tryCast(cell, wanted);
    }
    return isNumber()
        ? "CASE WHEN %1$s = trunc(%1$s) THEN %2$s END".formatted(cell, tryCast(cell, wanted))
        : none(wanted);
  }

  private String date(String cell) {
    if (type.equals("DATE")) {
      return cell;
    }
    // Midnight is how those write a day who have no type for it.
    String local = LOCAL.contains(type) || type.equals("TIMESTAMPTZ") ? timestamp(cell) : "";
    return local.isEmpty()
        ? none(Scalar.DATE)
        : "CASE WHEN %1$s = date_trunc('day', %1$s) THEN CAST(%1$s AS DATE) END".formatted(local);
  }

  private String timestamp(String cell) {
    if (type.equals("TIMESTAMPTZ")) {
      return "(%s AT TIME ZONE %s)".formatted(cell, zone());
    }
    return LOCAL.contains(type) || type.equals("DATE") ? local(cell) : none(Scalar.TIMESTAMP);
  }

  private String local(String cell) {
    return type.equals("TIMESTAMP_NS")
        ? cut(cell, Scalar.TIMESTAMP)
        : "CAST(%s AS TIMESTAMP)".formatted(cell);
  }

  /**
   * A time of nanoseconds without what a microsecond does not hold, as from a text: the engine's
   * cast from the one type to the other rounds, and the last instant of a day would be the next.
   */
  private static String cut(String cell, Scalar to) {
    return "CAST(CAST(%s AS VARCHAR) AS %s)".formatted(cell, to.sql());
  }

  private String instant(String cell) {
    if (type.equals("TIMESTAMPTZ")) {
      return cell;
    }
    return LOCAL.contains(type) || type.equals("DATE")
        ? "(%s AT TIME ZONE %s)".formatted(local(cell), zone())
        : none(Scalar.TIMESTAMPTZ);
  }

  private String nested(String cell) {
    if (!isNested() || takesBytes(type, column.type())) {
      return none(column.type());
    }
    String is = bare(type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"));
    String wanted = bare(column.type().sql());
    if (is.equals(wanted)) {
      return cell;
    }
    // NaN and infinity, which JSON does not have, are values of both.
    return is.replace("FLOAT", "DOUBLE").equals(wanted)
        ? "CAST(%s AS %s)".formatted(cell, column.type().sql())
        : NestedCast.value(column, textOf(cell));
  }

  /**
   * Whether there are bytes in what a wanted type takes of a nested one; it takes what it names.
   */
  private static boolean takesBytes(String type, ColumnType wanted) {
    if (type.endsWith("]") && wanted instanceof ColumnType.ListOf(ColumnType element)) {
      return takesBytes(type.substring(0, type.lastIndexOf('[')), element);
    }
    if (type.startsWith("STRUCT(")
        && type.endsWith(")")
        && !type.startsWith(UNION_MEMBER)
        && wanted instanceof ColumnType.Struct(List<ColumnType.Field> named)) {
      return fields(type.substring("STRUCT(".length(), type.length() - 1)).stream()
          .anyMatch(field ->
              named.stream()
                  .anyMatch(name ->
                      name.name().equals(field.name()) && takesBytes(field.type(), name.type())));
    }
    return QUOTED.matcher(type).replaceAll("").contains("BLOB");
  }

  /** What stands between the parentheses of a struct, taken apart. */
  private static List<Field> fields(String list) {
    List<Field> fields = new ArrayList<>();
    int depth = 0;
    boolean quoted = false;
    int begin = 0;
    for (int index = 0; index <= list.length(); index++) {
      char sign = index == list.length() ? ',' : list.charAt(index);
      quoted ^= sign == '"';
      depth += quoted ? 0 : sign == '(' ? 1 : sign == ')' ? -1 : 0;
      if (sign == ',' && !quoted && depth == 0) {
        Matcher field = FIELD.matcher(list.substring(begin, index).strip());
        if (field.matches()) {
          String bare = field.group(1).replaceAll("^\"|\"$", "").replace("\"\"", "\"");
          fields.add(new Field(bare, field.group(2)));
        }
        begin = index + 1;
      }
    }
    return fields;
  }

  private static String bare(String type) {
    return type.replace("\"", "").replace(" ", "");
  }

  private String zone() {
    return CellCast.zone(column.text().zone());
  }

  private boolean isNested() {
    return type.endsWith("]") || type.startsWith("STRUCT(") || type.startsWith("MAP(");
  }

  private boolean isNumber() {
    return WHOLE.contains(type) || FLOATING.contains(type) || type.startsWith("DECIMAL(");
  }

  private static String tryCast(String cell, ColumnType wanted) {
    return "TRY_CAST(%s AS %s)".formatted(cell, wanted.sql());
  }

  private static String none(ColumnType wanted) {
    return "CAST(NULL AS %s)".formatted(wanted.sql());
  }
}
