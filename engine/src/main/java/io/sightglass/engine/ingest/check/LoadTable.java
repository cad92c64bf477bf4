package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.staging.StagedSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one load in the load instance, typed and judged. Used by one thread; the caller
 * closes it, which forgets them.
 */
public final class LoadTable implements AutoCloseable {

  private static final Set<ErrorCode> OF_VALUES =
      Set.of(ErrorCode.CAST_FAILED, ErrorCode.DIVISION_BY_ZERO, ErrorCode.OUT_OF_RANGE);

  private final DuckDbSession session;
  private final Dataset dataset;
  private final StagedSource staged;
  private final SourceCheck check;
  private final String catalog;
  private final Set<String> asciiColumns = new HashSet<>();
  private long records;
  private long filtered;
  private long faulty;
  private long duplicates;
  private long outdated;

  /** What holds of rows that are older than is kept. */
  private String isOutdated = "false";

  /** What holds of rejects that are not to be written. */
  private String erasedRejects = "false";

  private LoadTable(
      DuckDbSession session,
      Dataset dataset,
      StagedSource staged,
      SourceCheck check,
      String catalog) {
    this.session = session;
    this.dataset = dataset;
    this.staged = staged;
    this.check = check;
    this.catalog = catalog;
  }

  /**
   * Reads a staged source.
   *
   * @param session on the load instance; stays open
   * @param loadId names the table, so that several may stand side by side
   * @param where canonical text of the contract's filter; null: all rows are wanted
   */
  public static LoadTable read(
      DuckDbSession session,
      String loadId,
      Dataset dataset,
      Source source,
      StagedSource staged,
      @Nullable String where) {
    SourceCheck check =
        switch (staged.format()) {
          case CSV, NDJSON -> new RowCheck(dataset, source, staged, where);
          case AVRO, PARQUET -> new TypedCheck(session, dataset, source, staged, where);
        };
    LoadTable table = new LoadTable(session, dataset, staged, check, name("load_" + loadId));
    // In memory, and spilled beyond the engine's: compression would cost as much as the casts.
    session.execute("ATTACH ':memory:' AS " + table.catalog);
    try {
      check.createTable(session, table.catalog + ".rows");
      session.execute("CREATE TABLE %s.lost (_line BIGINT)".formatted(table.catalog));
      table.count();
      return table;
    } catch (RuntimeException failure) {
      table.close();
      throw where == null ? failure : ofWhere(failure);
    }
  }

  /** The contract's columns make NULL of what does not convert; only its filter fails so. */
  private static RuntimeException ofWhere(RuntimeException failure) {
    return failure instanceof EngineException known && OF_VALUES.contains(known.code())
        ? new EngineException(
            known.code(), "The contract's where fails for a row: " + known.detail(), known)
        : failure;
  }

  private void count() {
    List<Column> masked =
        dataset.directColumns().stream()
            .filter(column -> column.type() == ColumnType.Scalar.VARCHAR)
            .toList();
    String ascii =
        masked.stream()
            .map(column ->
                ", coalesce(bool_and(strlen(%1$s) = length(%1$s)) FILTER (_fault IS NULL), true)"
                    .formatted(name(column.name())))
            .collect(Collectors.joining());
    session.query(
        "SELECT count(_fault), count(*) FILTER (_fault IS NULL AND NOT _wanted), count(*)%s FROM (%s)"
            .formatted(
                ascii,
                inParts(part -> "FROM %s.rows WHERE %s".formatted(catalog, part.apply("_line")))),
        List.of(),
        row -> {
          faulty = row.getLong(1);
          filtered = row.getLong(2);
          records = row.getLong(3);
          for (int index = 0; index < masked.size(); index++) {
            if (row.getBoolean(index + 4)) {
              asciiColumns.add(masked.get(index).name());
            }
          }
          return row;
        });
  }

  /**
   * Forgets the rows of persons who were erased; they count as filtered.
   *
   * @param condition over the typed columns, never NULL
   * @param ofText the same over {@code record} and {@code value} of a reject: it is not written
   */
  public void dropErased(String condition, String ofText) {
    long dropped = session.execute("DELETE FROM %s.rows WHERE %s".formatted(catalog, condition));
    count();
    records += dropped;
    filtered += dropped;
    erasedRejects = ofText;
  }

  /** Whether every good row's value of a direct column is, as text, known to be ASCII. */
  boolean isAscii(Column column) {
    return switch (column.type()) {
      case ColumnType.Scalar scalar ->
          scalar != ColumnType.Scalar.VARCHAR || asciiColumns.contains(column.name());
      case ColumnType.Decimal decimal -> true;
      case ColumnType.ListOf list -> false;
      case ColumnType.Struct struct -> false;
    };
  }

  /** Rows of the source, good or not. */
  public long read() {
    return records + staged.rejectCount();
  }

  public long rejected() {
    return staged.rejectCount() + faulty;
  }

  public long filtered() {
    return filtered + outdated;
  }

  public long duplicates() {
    return duplicates;
  }

  /** What is left. */
  public long written() {
    return read() - rejected() - filtered() - duplicates;
  }

  /**
   * Lets one row of each key stay: the newest by the contract, else the last. A row whose key is
   * NULL, in part, is no duplicate of anything.
   */
  public void dropDuplicates() {
    if (dataset.key().isEmpty()) {
      return;
    }
    String key = keys("");
    String newest =
        dataset.latestBy() == null ? "" : name(dataset.latestBy()) + " DESC NULLS LAST, ";
    // Few loads have any: only the keys that occur twice are sorted.
    session.execute(
        """
        INSERT INTO %1$s.lost
        SELECT _line FROM (
          SELECT _line, row_number() OVER (PARTITION BY %2$s ORDER BY %3$s_line DESC) AS place
          FROM %4$s JOIN (SELECT %2$s FROM %4$s WHERE %5$s GROUP BY %2$s HAVING count(*) > 1) USING (%2$s))
        WHERE place > 1\
        """
            .formatted(catalog, key, newest, good(), present("")));
    countDuplicates();
  }

  /**
   * Drops the rows whose key is there already.
   *
   * @param existing a query of the table's keys, with the key's columns by name
   */
  public void dropExisting(String existing) {
    session.execute(
        "INSERT INTO %1$s.lost SELECT _line FROM %2$s SEMI JOIN (%3$s) USING (%4$s)"
            .formatted(catalog, wanted(), existing, keys("")));
    countDuplicates();
  }

  /** The smallest and largest value of a column among the rows left, as text; none without. */
  public List<String> range(String column) {
    return session
        .query(
            "SELECT CAST(min(%1$s) AS VARCHAR), CAST(max(%1$s) AS VARCHAR) FROM %2$s"
                .formatted(name(column), wanted()),
            List.of(),
            row ->
                row.getString(1) == null
                    ? List.<String>of()
                    : List.of(row.getString(1), row.getString(2)))
        .getFirst();
  }

  void countDuplicates() {
    duplicates =
        session
            .query(
                "SELECT count(*) FROM %s.lost".formatted(catalog), List.of(), row -> row.getLong(1))
            .getFirst();
  }

  String keys(String prefix) {
    return dataset.key().stream().map(key -> prefix + name(key)).collect(Collectors.joining(", "));
  }

  private String present(String prefix) {
    return dataset.key().stream()
        .map(key -> prefix + name(key) + " IS NOT NULL")
        .collect(Collectors.joining(" AND "));
  }

  /** The rows that may be written, with the key's columns among others, to be selected from. */
  public String keyRows() {
    return wanted();
  }

  /** Rows without a fault that the filter lets in. */
  private String good() {
    return "(SELECT * FROM %s.rows WHERE _fault IS NULL AND _wanted)".formatted(catalog);
  }

  /** The rows that neither a fault, nor the filter, nor another of their key keeps out. */
  String wanted() {
    return duplicates == 0
        ? good()
        : "(FROM %s ANTI JOIN %s.lost USING (_line))".formatted(good(), catalog);
  }

  /**
   * Leaves rows out that are older than is kept, of those that are left now; they count as
   * filtered. A stored row that such a row has superseded goes all the same.
   *
   * @param condition over the typed columns, never NULL
   */
  public void dropOutdated(String condition) {
    isOutdated = condition;
    outdated =
        session
            .query(
                "SELECT count(*) FROM %s WHERE %s".formatted(wanted(), condition),
                List.of(),
                row -> row.getLong(1))
            .getFirst();
  }

  /** The rows that are to be written. */
  String written(String columns) {
    return "SELECT %s FROM %s%s"
        .formatted(columns, wanted(), outdated == 0 ? "" : " WHERE NOT " + isOutdated);
  }

  /** The same, at no time more than some of them where they are wide; in their order. */
  String writtenInParts(String columns) {
    String condition = outdated == 0 ? "" : " AND NOT (" + isOutdated + ")";
    return inParts(part ->
        "SELECT %s FROM %s WHERE %s%s"
            .formatted(columns, wanted(), part.apply("_line"), condition));
  }

  /**
   * A query over the rows of each part of the staged records, one behind the other.
   *
   * @param query given what holds of a line of the part, by the name of the line's column
   */
  private String inParts(Function<UnaryOperator<String>, String> query) {
    List<String> queries = new ArrayList<>();
    Long begin = null;
    for (Long end : staged.parts()) {
      queries.add(query.apply(between(begin, end)));
      begin = end;
    }
    queries.add(query.apply(between(begin, null)));
    return queries.size() == 1
        ? queries.getFirst()
        : queries.stream().map("(%s)"::formatted).collect(Collectors.joining(" UNION ALL "));
  }

  /** Null: there is no bound. */
  private static UnaryOperator<String> between(@Nullable Long begin, @Nullable Long end) {
    return line ->
        (begin == null ? "true" : line + " >= " + begin)
            + (end == null ? "" : " AND " + line + " < " + end);
  }

  /** The session that it lives in. */
  public DuckDbSession session() {
    return session;
  }

  /**
   * Writes every reject, by line, with its values: line, position, column, reason, value, record.
   * The file counts as vault.
   */
  public void writeRejects(Path file) {
    session.execute(
        "COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, %s)"
            .formatted(
                inParts(part ->
                    "FROM (%s) WHERE NOT (%s) ORDER BY line, position"
                        .formatted(rejects(part), erasedRejects)),
                text(file.toString()),
                ParquetCopy.ROW_GROUP));
  }

  /** A query of every reject. */
  String rejects() {
    return rejects(line -> "true");
  }

  private String rejects(UnaryOperator<String> part) {
    return """
    %s
    UNION ALL
    SELECT line, position, NULL, reason, record, record
    FROM read_csv(%s, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
      new_line = '\\n', nullstr = '', allow_quoted_nulls = false, max_line_size = %d,
      columns = {'line': 'BIGINT', 'position': 'BIGINT', 'reason': 'VARCHAR', 'record': 'VARCHAR'})
    WHERE %s\
    """
        .formatted(
            check.rejects("(FROM %s.rows WHERE %s)".formatted(catalog, part.apply("_line"))),
            text(staged.rejects().toString()),
            Math.max(2 << 20, 2 * staged.longestRecord()),
            part.apply("line"));
  }

  @Override
  public void close() {
    session.execute("DETACH DATABASE IF EXISTS " + catalog);
  }

  /** The catalog of its tables: {@code rows}, and {@code lost} with the lines of duplicates. */
  String catalog() {
    return catalog;
  }

  Dataset dataset() {
    return dataset;
  }

  /** The columns that the key names. */
  public List<Column> keyColumns() {
    return dataset.key().stream().map(key -> dataset.findColumn(key).orElseThrow()).toList();
  }
}
