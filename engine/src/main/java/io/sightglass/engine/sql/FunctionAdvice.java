package io.sightglass.engine.sql;

import io.sightglass.engine.sql.FunctionList.FunctionType;
import io.sightglass.engine.sql.FunctionList.Reviewed;
import java.util.List;
import java.util.Map;

/** What to use instead of a function that is refused. */
final class FunctionAdvice {

  static final String UNKNOWN = "it is not among the functions that have been reviewed";

  private static final String FILES =
      "files are not readable by name; query a view, listed in catalog.tables";

  private static final String CATALOG =
      "the engine's own catalogue is not readable; query catalog.tables and catalog.columns";

  private static final String JSON = "JSON is not available; use struct and list columns";

  /** Words of a review's reason, and what they mean to a caller; the first that fit count. */
  private static final List<Map.Entry<String, String>> ADVICE =
      List.of(
          Map.entry("reads files", FILES),
          Map.entry("reads Parquet", FILES),
          Map.entry("path helpers", FILES),
          Map.entry("runs SQL text", "SQL is not run from text; write the query itself"),
          Map.entry("opens a table by", "tables are not opened by text; write FROM view"),
          Map.entry(
              "binds/plans", "SQL is not parsed from text; POST /v1/sql/check checks a query"),
          Map.entry("JSON", JSON),
          Map.entry("VARIANT", JSON),
          Map.entry("statistics of hidden rows", "use epoch_us or epoch_ms"),
          Map.entry("column statistics", "use min, max and count over the view"),
          Map.entry("sequence", "use row_number() OVER ()"),
          Map.entry("index of a table", CATALOG),
          Map.entry("metadata", CATALOG),
          Map.entry("catalog", CATALOG),
          Map.entry("configuration", CATALOG),
          Map.entry("version disclosure", CATALOG),
          Map.entry("geometry", "geometry is not available"),
          Map.entry("worker thread", "nothing here waits"),
          Map.entry("width", "it builds texts of any width; use left, right, || and lpad"),
          Map.entry("O(n*m)", "its cost is not bounded; compare with = or LIKE, or use hamming"),
          Map.entry("encoders", "encoded texts grow without bound; use md5 or sha256 for a digest"),
          Map.entry("collation key", "write value COLLATE name"),
          Map.entry("dynamic types", "cast with ::TYPE or TRY_CAST"),
          Map.entry("enum type", "use VARCHAR"),
          Map.entry("log", "logs are the operators'"),
          Map.entry("user-controlled", "errors cannot be raised; return a value instead"),
          Map.entry("reservoir_quantile", "use approx_quantile or quantile_cont"),
          Map.entry("per group", "use list or count(DISTINCT …)"),
          Map.entry("session", "it reads or changes the session; pass values as parameters"),
          Map.entry("row generator", "use range(…)"));

  private FunctionAdvice() {}

  static Refusal asValue(String name, Map<FunctionType, Reviewed> reviewed) {
    Refusal refusal = Refusal.of("The function " + Names.echo(name));
    if (reviewed.isEmpty()) {
      return refusal.instead(
          "getvariable".equals(Names.fold(name)) ? "pass values as parameters" : UNKNOWN);
    }
    if (reviewed.containsKey(FunctionType.WINDOW)) {
      return refusal.instead("it is a window function; write %s(…) OVER (…)".formatted(name));
    }
    return refusal.instead(advice(reviewed));
  }

  static Refusal inFrom(String name, Map<FunctionType, Reviewed> reviewed) {
    Refusal refusal = Refusal.of("The function " + Names.echo(name) + " in FROM");
    boolean only =
        reviewed.containsKey(FunctionType.TABLE) || reviewed.containsKey(FunctionType.TABLE_MACRO);
    return refusal.instead(
        only ? advice(reviewed) : "range, generate_series and unnest may stand there");
  }

  private static String advice(Map<FunctionType, Reviewed> reviewed) {
    for (Reviewed entry : reviewed.values()) {
      for (Map.Entry<String, String> advice : ADVICE) {
        if (entry.reason().contains(advice.getKey())) {
          return advice.getValue();
        }
      }
    }
    return UNKNOWN;
  }
}
