package io.sightglass.engine.ingest.infer;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.ingest.infer.SampleRows.SampleColumn;
import io.sightglass.engine.ingest.infer.SensitivityGuess.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A contract to start from: columns, types, formats and dialect guessed from the beginning of one
 * file. It holds none of the file's values but spellings of NULL, true and false. Thread-safe.
 */
public final class ContractGuess {

  private static final Pattern NO_NAME = Pattern.compile("[^a-z0-9]+");
  private static final long MEMORY = 1L << 30;
  private static final double MOST = 0.8;
  private static final double NEARLY = 0.98;

  private ContractGuess() {}

  /**
   * Reads the file and writes the contract.
   *
   * @param dataset what it will be called
   * @param folder for temporary files; the caller deletes it
   * @return YAML in which every sensitivity is left to be stated, so that {@code check-views}
   *     refuses it until somebody has
   * @throws io.sightglass.engine.EngineException when the file cannot be read as what its name says
   */
  public static String of(Path file, QualifiedName dataset, Path folder) {
    SampleFile sample = SampleFile.take(file, folder);
    DuckDbInstance instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "infer",
                List.of(sample.path().toAbsolutePath().getParent()),
                folder.resolve("spill"),
                MEMORY,
                MEMORY,
                Runtime.getRuntime().availableProcessors(),
                Duration.ZERO),
            List.of());
    try (DuckDbSession session = instance.openSession()) {
      SampleRows rows = SampleRows.read(session, sample);
      List<ColumnGuess> columns = columns(session, rows);
      return new ContractText(file, dataset, sample, rows, columns).text();
    } finally {
      instance.retire();
    }
  }

  /**
   * One column of the contract.
   *
   * @param name in the contract
   * @param from in the file
   */
  record ColumnGuess(String name, String from, TypeGuess type, SensitivityGuess sensitivity) {

    /** Whether nearly every row has a value, and nearly every value one row. */
    boolean isNearlyUnique(long rows) {
      return type.distinct() >= rows * NEARLY;
    }
  }

  private static List<ColumnGuess> columns(DuckDbSession session, SampleRows rows) {
    TypeGuesser types = new TypeGuesser(session);
    Set<String> taken = new HashSet<>();
    List<ColumnGuess> guesses = new ArrayList<>();
    for (SampleColumn column : rows.columns()) {
      String name = columnName(column.name(), taken);
      TypeGuess type =
          column.text() ? types.guess(column.name()) : typed(session, column, rows.count());
      guesses.add(
          new ColumnGuess(name, column.name(), type, sensitivity(session, column, name, type)));
    }
    return guesses;
  }

  /** A name that contracts allow, and that no other column has. */
  private static String columnName(String from, Set<String> taken) {
    String words = from.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    String plain = NO_NAME.matcher(words).replaceAll("_").replaceAll("^_+|_+$", "");
    String name = plain.isEmpty() || !Character.isLetter(plain.charAt(0)) ? "c_" + plain : plain;
    String free = name;
    for (int number = 2; !taken.add(free); number++) {
      free = name + "_" + number;
    }
    return free;
  }

  /** A column that has a type of its own in the file. */
  private static TypeGuess typed(DuckDbSession session, SampleColumn column, long rows) {
    List<Long> counts =
        session
            .query(
                "SELECT count(%1$s), count(DISTINCT %1$s) FROM %2$s"
                    .formatted(name(column.name()), name(SampleRows.TABLE)),
                List.of(),
                row -> List.of(row.getLong(1), row.getLong(2)))
            .getFirst();
    ColumnType type = EngineTypes.contractType(column.type());
    String note =
        type == null ? "the file has " + column.type() + ", which contracts do not know" : null;
    return new TypeGuess(
        type == null ? ColumnType.Scalar.VARCHAR : type,
        TextFormat.DEFAULT,
        Set.of(),
        counts.get(0),
        rows == 0 ? 0 : counts.get(1),
        0,
        note);
  }

  private static SensitivityGuess sensitivity(
      DuckDbSession session, SampleColumn column, String name, TypeGuess type) {
    if (!"VARCHAR".equals(column.type()) || type.values() == 0) {
      return SensitivityGuess.of(name, null, 0);
    }
    StringBuilder counted = new StringBuilder("avg(length(v))");
    for (Shape shape : SensitivityGuess.SHAPES) {
      counted.append(
          ", count(CASE WHEN regexp_full_match(trim(v), %s) THEN 1 END)"
              .formatted(text(shape.pattern())));
    }
    return session
        .query(
            "SELECT %s FROM (SELECT %s AS v FROM %s)"
                .formatted(counted, name(column.name()), name(SampleRows.TABLE)),
            List.of(),
            row -> {
              Shape seen = null;
              for (int index = 0; index < SensitivityGuess.SHAPES.size() && seen == null; index++) {
                boolean most = row.getLong(index + 2) >= type.values() * MOST;
                seen = most ? SensitivityGuess.SHAPES.get(index) : null;
              }
              boolean text = type.type() == ColumnType.Scalar.VARCHAR;
              return SensitivityGuess.of(name, text ? seen : null, text ? row.getDouble(1) : 0);
            })
        .getFirst();
  }
}
