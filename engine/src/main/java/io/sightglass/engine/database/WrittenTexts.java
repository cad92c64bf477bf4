package io.sightglass.engine.database;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What people have written into the database, such as statements and notes: takes values out of it.
 * Thread-safe.
 */
public final class WrittenTexts {

  /** What stands in the place of a value. */
  public static final String ERASED = "[erased]";

  /** A shorter one is in texts that do not mean it. */
  private static final int SHORTEST = 3;

  /** Of one look; databases limit parameters. */
  private static final int VALUES_AT_ONCE = 100;

  /** Every column of texts that are not ours. */
  private static final List<Place> PLACES =
      List.of(
          new Place("statement", "text"),
          new Place("statement", "error_detail"),
          new Place("request", "answer"),
          new Place("load_notes", "note"),
          new Place("load_notes", "link"),
          new Place("notification", "detail"),
          new Place("alert", "resolution"),
          new Place("alert", "resolution_link"),
          new Place("alert", "mute_reason"),
          new Place("alert", "mute_link"));

  private record Place(String table, String column) {}

  private final MetadataDatabase database;

  public WrittenTexts(MetadataDatabase database) {
    this.database = database;
  }

  /**
   * Puts {@link #ERASED} where one of the values stands as a word of its own. Values of less than
   * three characters stay. May run again.
   *
   * @return how many texts held one
   */
  public int erase(Collection<String> values) {
    List<String> spellings =
        values.stream()
            .filter(value -> value.length() >= SHORTEST)
            .flatMap(value -> List.of(value, value.replace("'", "''")).stream())
            .distinct()
            .sorted((one, other) -> other.length() - one.length())
            .toList();
    int touched = 0;
    for (int from = 0; from < spellings.size(); from += VALUES_AT_ONCE) {
      List<String> some =
          spellings.subList(from, Math.min(spellings.size(), from + VALUES_AT_ONCE));
      for (Place place : PLACES) {
        touched += database.inTransaction(transaction -> erase(transaction, place, some));
      }
    }
    return touched;
  }

  private static int erase(Transaction transaction, Place place, List<String> values) {
    Pattern words =
        Pattern.compile(
            values.stream()
                .map(Pattern::quote)
                .collect(Collectors.joining("|", "(?<![\\p{L}\\p{N}])(?:", ")(?![\\p{L}\\p{N}])")));
    List<List<String>> changes = new ArrayList<>();
    for (String text : holding(transaction, place, values)) {
      String without = words.matcher(text).replaceAll(ERASED);
      if (!without.equals(text)) {
        changes.add(List.of(without, text));
      }
    }
    int touched = 0;
    for (List<String> change : changes) {
      touched +=
          transaction.update(
              "UPDATE %1$s SET %2$s = ? WHERE %2$s = ?".formatted(place.table, place.column),
              change.getFirst(),
              change.getLast());
    }
    return touched;
  }

  private static List<String> holding(Transaction transaction, Place place, List<String> values) {
    String like = "%s LIKE ? ESCAPE '!'".formatted(place.column);
    return transaction.list(
        "SELECT DISTINCT %s AS found FROM %s WHERE %s"
            .formatted(
                place.column,
                place.table,
                values.stream().map(value -> like).collect(Collectors.joining(" OR "))),
        row -> row.text("found"),
        values.stream()
            .map(value -> "%" + value.replaceAll("[!%_]", "!$0") + "%")
            .toArray(Object[]::new));
  }
}
