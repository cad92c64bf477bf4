package io.sightglass.engine.database;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What people have written into the database, such as statements and notes: takes values out of it.
 * Thread-safe.
 */
public final class WrittenTexts {

  /** What stands in the place of a value. */
  public static final String ERASED = "[erased]";

  /** A shorter one is in texts that do not mean it. */
  private static final int SHORTEST = 3;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

  /** Every column of texts that are not ours. */
  private static final List<Place> PLACES =
      List.of(
          new Place("statement", "text"),
          new Place("statement", "error_detail"),
          new Place("load_notes", "note"),
          new Place("load_notes", "link"),
          new Place("notification", "detail"),
          new Place("alert", "resolution"),
          new Place("alert", "resolution_link"),
          new Place("alert", "mute_reason"),
          new Place("alert", "mute_link"));

  /** Answers kept for a day, which may repeat a note: they go as a whole. */
  private static final Place ANSWERS = new Place("request", "answer");

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
    Map<String, Set<String>> byFirstWord = byFirstWord(values);
    int touched = 0;
    for (Place place : PLACES) {
      for (Map.Entry<String, String> change : changes(place, byFirstWord).entrySet()) {
        touched +=
            database.inTransaction(transaction ->
                transaction.update(
                    "UPDATE %1$s SET %2$s = ? WHERE %2$s = ?".formatted(place.table, place.column),
                    change.getValue(),
                    change.getKey()));
      }
    }
    for (String answer : changes(ANSWERS, byFirstWord).keySet()) {
      touched +=
          database.inTransaction(
              transaction -> transaction.update("DELETE FROM request WHERE answer = ?", answer));
    }
    return touched;
  }

  /** The spellings of values, also as SQL quotes them. */
  private static Map<String, Set<String>> byFirstWord(Collection<String> values) {
    Map<String, Set<String>> byFirstWord = new HashMap<>();
    values.stream()
        .map(String::strip) // as people write what a file has between blanks
        .filter(value -> value.length() >= SHORTEST)
        .flatMap(value -> Stream.of(value, value.replace("'", "''")))
        .forEach(value -> {
          Matcher first = WORD.matcher(value);
          if (first.find()) {
            byFirstWord.computeIfAbsent(first.group(), word -> new HashSet<>()).add(value);
          }
        });
    return byFirstWord;
  }

  /** The texts of a place that hold a value, each with what it is without. */
  private Map<String, String> changes(Place place, Map<String, Set<String>> byFirstWord) {
    Map<String, String> changes = new LinkedHashMap<>();
    if (byFirstWord.isEmpty()) {
      return changes;
    }
    return database.read(transaction -> {
      changes.clear(); // it may run again
      transaction.forEach(
          "SELECT %1$s AS found FROM %2$s WHERE %1$s IS NOT NULL"
              .formatted(place.column, place.table),
          row -> {
            String text = row.text("found");
            without(text, byFirstWord).ifPresent(left -> changes.put(text, left));
          });
      return changes;
    });
  }

  private static Optional<String> without(String text, Map<String, Set<String>> byFirstWord) {
    Set<String> possible =
        WORD.matcher(text)
            .results()
            .flatMap(word -> byFirstWord.getOrDefault(word.group(), Set.of()).stream())
            .collect(Collectors.toSet());
    if (possible.isEmpty()) {
      return Optional.empty();
    }
    String left =
        Pattern.compile(
                possible.stream()
                    // The longer one first: it may hold another.
                    .sorted((one, other) -> other.length() - one.length())
                    .map(Pattern::quote)
                    .collect(
                        Collectors.joining("|", "(?<![\\p{L}\\p{N}])(?:", ")(?![\\p{L}\\p{N}])")))
            .matcher(text)
            .replaceAll(ERASED);
    return left.equals(text) ? Optional.empty() : Optional.of(left);
  }
}
