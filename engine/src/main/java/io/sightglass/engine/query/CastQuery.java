package io.sightglass.engine.query;

import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.PreparedQuery;
import io.sightglass.engine.duckdb.Quoted;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A query whose columns have been cast where a format asks for it, bound and not yet run.
 *
 * @param columns as the query gives them before the casts
 * @param sql what runs
 * @param before how many characters of {@code sql} stand before the query itself
 */
public record CastQuery(PreparedQuery query, List<OutputColumn> columns, String sql, int before) {

  /**
   * Binds {@code sql}; the caller closes {@link #query}.
   *
   * @param values of its parameters, which may decide the types of its columns
   */
  public static CastQuery prepare(
      DuckDbSession session,
      String sql,
      List<? extends @Nullable Object> values,
      ColumnCasts casts) {
    PreparedQuery plain = session.prepare(sql);
    try {
      Optional<List<OutputColumn>> known = plain.findColumns();
      List<OutputColumn> columns =
          known.isPresent() ? known.get() : columnsByRunning(session, sql, values);
      List<Optional<String>> cast = cast(columns, casts);
      if (cast.stream().allMatch(Optional::isEmpty)) {
        return new CastQuery(plain, columns, sql, 0);
      }
      plain.close();
      String head = head(columns, cast);
      String wrapped = head + sql + tail(columns.size());
      return new CastQuery(session.prepare(wrapped), columns, wrapped, head.length());
    } catch (RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  /** A parameter's type may be that of its value: only running the query tells. */
  private static List<OutputColumn> columnsByRunning(
      DuckDbSession session, String sql, List<? extends @Nullable Object> values) {
    try (PreparedQuery empty = session.prepare("SELECT * FROM (" + sql + "\n) LIMIT 0");
        ArrowCursor cursor = empty.start(values, 1)) {
      return cursor.columns();
    }
  }

  private static List<Optional<String>> cast(List<OutputColumn> columns, ColumnCasts casts) {
    List<Optional<String>> cast = new ArrayList<>();
    for (OutputColumn column : columns) {
      cast.add(casts.cast("c" + cast.size(), column.type()));
    }
    return cast;
  }

  private static String head(List<OutputColumn> columns, List<Optional<String>> cast) {
    List<String> items = new ArrayList<>();
    for (int index = 0; index < columns.size(); index++) {
      String item = cast.get(index).orElse("c" + index);
      items.add(item + " AS " + Quoted.name(columns.get(index).name()));
    }
    return "SELECT " + String.join(", ", items) + " FROM (";
  }

  private static String tail(int columns) {
    List<String> names = new ArrayList<>();
    for (int index = 0; index < columns; index++) {
      names.add("c" + index);
    }
    return "\n) AS result(" + String.join(", ", names) + ")";
  }
}
