package io.sightglass.engine.ingest.infer;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Column.Constraints;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Decimal;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.CellCast;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the narrowest type that the cells of a column convert to, by the same conversions as a
 * load. Used by one thread.
 */
final class TypeGuesser {

  /** Texts that are NULL in the dumps of most systems. */
  private static final List<String> NULLS =
      List.of("", "NULL", "null", "N/A", "n/a", "#N/A", "NA", "\\N", "None", "nil", "-", "(null)");

  /** Those that are no word of any column. */
  private static final Set<String> SURE_NULLS = Set.of("", "NULL", "null", "\\N", "(null)", "#N/A");

  private static final List<List<String>> TRUE_AND_FALSE =
      List.of(
          List.of("true", "false"),
          List.of("Y", "N"),
          List.of("y", "n"),
          List.of("yes", "no"),
          List.of("Yes", "No"),
          List.of("YES", "NO"),
          List.of("T", "F"),
          List.of("TRUE", "FALSE"),
          List.of("True", "False"),
          List.of("J", "N"),
          List.of("ja", "nein"),
          List.of("oui", "non"));

  private static final List<String> DATES =
      List.of(
          "%Y-%m-%d",
          "%m/%d/%Y",
          "%d/%m/%Y",
          "%d.%m.%Y",
          "%d-%m-%Y",
          "%Y/%m/%d",
          "%Y%m%d",
          "%d-%b-%Y",
          "%d %b %Y",
          "%b %d, %Y",
          "%d %B %Y",
          "%B %d, %Y");

  private static final List<String> TIMES =
      List.of(" %H:%M:%S", " %H:%M", "T%H:%M:%S", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f");

  /** This share of the values must convert; what remains would be rejected. */
  private static final double ENOUGH = 0.98;

  private static final int MOST_FORMATS = 4;
  private static final int MOST_DECIMALS = 6;
  private static final long PLAIN_INTEGER = 100_000_000;

  private final DuckDbSession session;

  TypeGuesser(DuckDbSession session) {
    this.session = session;
  }

  /** The guess for a column of texts of {@link SampleRows#TABLE}. */
  TypeGuess guess(String column) {
    String cells =
        "(SELECT CASE WHEN trim(%1$s) NOT IN (SELECT unnest(%2$s)) THEN %1$s END AS v, %1$s AS cell FROM %3$s)"
            .formatted(name(column), texts(NULLS), name(SampleRows.TABLE));
    List<Long> counts = counts(cells, List.of("v", "DISTINCT v"));
    long values = counts.get(0);
    Set<String> nulls = nulls(cells);
    Conversion found = values == 0 ? null : conversion(cells, values);
    if (found == null) {
      nulls.retainAll(SURE_NULLS);
      found = new Conversion(Scalar.VARCHAR, TextFormat.DEFAULT, values, null);
    }
    return new TypeGuess(
        found.type(),
        found.format(),
        nulls,
        values,
        counts.get(1),
        values - found.converted(),
        found.note());
  }

  private record Conversion(
      ColumnType type, TextFormat format, long converted, @Nullable String note) {}

  private @Nullable Conversion conversion(String cells, long values) {
    Conversion bool = bool(cells, values);
    if (bool != null) {
      return bool;
    }
    List<Conversion> plain = new ArrayList<>(List.of(candidate(Scalar.UUID, TextFormat.DEFAULT)));
    plain.addAll(numbers(cells));
    Conversion best = firstEnough(cells, plain, values);
    return best != null ? best : time(cells, values);
  }

  /** Two words that are opposites; of true and false one is enough. */
  private @Nullable Conversion bool(String cells, long values) {
    Map<String, Long> words = new HashMap<>();
    session.query(
        "SELECT v, count(*) FROM %s WHERE v IS NOT NULL GROUP BY v ORDER BY 2 DESC, 1 LIMIT 2"
            .formatted(cells),
        List.of(),
        row -> words.put(row.getString(1), row.getLong(2)));
    for (List<String> pair : TRUE_AND_FALSE) {
      long converted =
          words.entrySet().stream()
              .filter(word -> pair.contains(word.getKey()))
              .mapToLong(Map.Entry::getValue)
              .sum();
      boolean usual = pair.equals(TRUE_AND_FALSE.getFirst());
      if (converted >= values * ENOUGH && (usual || words.keySet().containsAll(pair))) {
        TextFormat format =
            usual
                ? TextFormat.DEFAULT
                : new TextFormat(
                    List.of(),
                    ZoneOffset.UTC,
                    '.',
                    null,
                    List.of(pair.get(0)),
                    List.of(pair.get(1)));
        return new Conversion(Scalar.BOOLEAN, format, converted, null);
      }
    }
    return null;
  }

  /** Numbers, unless leading zeros say that they are codes. */
  private List<Conversion> numbers(String cells) {
    long codes =
        counts(cells, List.of("CASE WHEN regexp_full_match(v, ' *0[0-9]+ *') THEN 1 END"))
            .getFirst();
    if (codes > 0) {
      return List.of();
    }
    List<Conversion> candidates = new ArrayList<>();
    for (TextFormat format :
        List.of(numbers('.', null), numbers('.', ','), numbers(',', null), numbers(',', '.'))) {
      if (format.decimal() == '.') {
        candidates.add(candidate(whole(cells, format), format));
      }
      candidates.add(candidate(fraction(cells, format), format));
    }
    return candidates;
  }

  private static TextFormat numbers(char decimal, @Nullable Character thousands) {
    return new TextFormat(List.of(), ZoneOffset.UTC, decimal, thousands, List.of(), List.of());
  }

  private ColumnType whole(String cells, TextFormat format) {
    String value = CellCast.value(column(Scalar.BIGINT, format), "v");
    Long largest =
        session
            .query(
                "SELECT coalesce(max(abs(%s)), 0) FROM %s".formatted(value, cells),
                List.of(),
                row -> row.getLong(1))
            .getFirst();
    return largest < PLAIN_INTEGER ? Scalar.INTEGER : Scalar.BIGINT;
  }

  private ColumnType fraction(String cells, TextFormat format) {
    List<Integer> digits =
        session
            .query(
                """
                SELECT coalesce(max(length(regexp_replace(split_part(v, %1$s, 1), '[^0-9]', '', 'g'))), 0),
                  coalesce(max(length(split_part(trim(v), %1$s, 2))), 0),
                  count(CASE WHEN v ILIKE '%%e%%' THEN 1 END)
                FROM %2$s WHERE regexp_full_match(v, ' *[+-]?[0-9.,]+([eE][+-]?[0-9]+)? *')
                """
                    .formatted(text(String.valueOf(format.decimal())), cells),
                List.of(),
                row -> List.of(row.getInt(1), row.getInt(2), row.getInt(3)))
            .getFirst();
    int scale = digits.get(1);
    boolean exact = scale <= MOST_DECIMALS && digits.get(0) + scale <= 30 && digits.get(2) == 0;
    return exact
        ? new Decimal(Math.max(12, digits.get(0) + scale + 2), Math.max(1, scale))
        : Scalar.DOUBLE;
  }

  private @Nullable Conversion firstEnough(String cells, List<Conversion> candidates, long values) {
    List<Long> converted = counts(cells, candidates.stream().map(TypeGuesser::sql).toList());
    for (int index = 0; index < candidates.size(); index++) {
      if (converted.get(index) >= values * ENOUGH) {
        Conversion best = candidates.get(index);
        return new Conversion(best.type(), best.format(), converted.get(index), null);
      }
    }
    return null;
  }

  /** Dates or times: ISO, else the fewest formats that together read enough. */
  private @Nullable Conversion time(String cells, long values) {
    List<Conversion> iso = new ArrayList<>();
    iso.add(candidate(Scalar.DATE, TextFormat.DEFAULT));
    boolean zoned =
        counts(
                    cells,
                    List.of(
                        "CASE WHEN regexp_matches(v, '(Z|[+-][0-9]{2}:?[0-9]{2}) *$') THEN 1 END"))
                .getFirst()
            > values / 2;
    Scalar instant = zoned ? Scalar.TIMESTAMPTZ : Scalar.TIMESTAMP;
    iso.add(candidate(instant, TextFormat.DEFAULT));
    Conversion best = firstEnough(cells, iso, values);
    if (best == null) {
      best = parsed(cells, values, Scalar.DATE, DATES);
    }
    if (best == null) {
      best = parsed(cells, values, instant, timePatterns());
    }
    return best == null || best.type() != Scalar.TIMESTAMP
        ? best
        : new Conversion(
            best.type(),
            best.format(),
            best.converted(),
            join("without a zone: TIMESTAMPTZ with zone: says where it was written", best.note()));
  }

  private static List<String> timePatterns() {
    List<String> patterns = new ArrayList<>();
    for (String date : DATES) {
      for (String time : TIMES) {
        patterns.add(date + time);
        patterns.add(date + time + "%z");
        patterns.add(date + time + " %z");
      }
    }
    return patterns;
  }

  private @Nullable Conversion parsed(
      String cells, long values, Scalar type, List<String> patterns) {
    List<String> chosen = new ArrayList<>();
    String note = null;
    String rest = cells;
    long converted = 0;
    while (converted < values * ENOUGH && chosen.size() < MOST_FORMATS) {
      List<Conversion> candidates =
          patterns.stream().map(pattern -> candidate(type, times(List.of(pattern)))).toList();
      List<Long> counts = counts(rest, candidates.stream().map(TypeGuesser::sql).toList());
      long most = counts.stream().max(Comparator.naturalOrder()).orElse(0L);
      // A format for a few stray cells would hide that they are strays.
      if (most <= values * (1 - ENOUGH) / 2) {
        return null;
      }
      int best = counts.indexOf(most);
      int second = counts.lastIndexOf(most);
      if (second != best) {
        note = join("%s fits as well".formatted(patterns.get(second)), note);
      }
      chosen.add(patterns.get(best));
      converted += most;
      rest =
          "(SELECT v FROM %s WHERE %s IS NULL)"
              .formatted(cells, sql(candidate(type, times(chosen))));
    }
    return converted < values * ENOUGH
        ? null
        : new Conversion(type, times(chosen), converted, note);
  }

  private static TextFormat times(List<String> patterns) {
    return new TextFormat(patterns, ZoneOffset.UTC, '.', null, List.of(), List.of());
  }

  private Set<String> nulls(String cells) {
    return session
        .query(
            "SELECT DISTINCT trim(cell) FROM %s WHERE cell IS NOT NULL AND v IS NULL"
                .formatted(cells),
            List.of(),
            row -> row.getString(1))
        .stream()
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private List<Long> counts(String cells, List<String> expressions) {
    if (expressions.isEmpty()) {
      return List.of();
    }
    String counted =
        expressions.stream().map("count(%s)"::formatted).collect(Collectors.joining(", "));
    return session
        .query(
            "SELECT %s FROM %s".formatted(counted, cells),
            List.of(),
            row -> {
              List<Long> counts = new ArrayList<>();
              for (int index = 1; index <= expressions.size(); index++) {
                counts.add(row.getLong(index));
              }
              return counts;
            })
        .getFirst();
  }

  private static Conversion candidate(ColumnType type, TextFormat format) {
    return new Conversion(type, format, 0, null);
  }

  /** The conversion as a load does it; NULL for what it would reject. */
  private static String sql(Conversion candidate) {
    Column column = column(candidate.type(), candidate.format());
    String value = CellCast.value(column, "v");
    return CellCast.needsPlausibility(column)
        ? "CASE WHEN %s THEN 1 END".formatted(CellCast.isPlausible(column, value))
        : value;
  }

  private static Column column(ColumnType type, TextFormat format) {
    return new Column(
        "v", type, Sensitivity.NONE, null, null, List.of(), format, Constraints.NONE, "");
  }

  private static String join(String first, @Nullable String second) {
    return second == null ? first : first + "; " + second;
  }
}
