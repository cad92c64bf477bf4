package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.View.Origin;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Under which protection the values were read that a stored result was made of: that of each
 * dataset column on which one of its columns depends. Immutable.
 *
 * <p>A column whose protection changes is blocked at once in its dataset. A result that was made
 * before shows the values as they were, so each commit of a result notes this, and one is read only
 * while the protection of all of them is the same.
 *
 * @param digests by {@code schema.dataset.column}
 */
public record ResultProtection(Map<String, String> digests) {

  /** The note's key in the summary of a result's commit, after the prefix of our notes. */
  public static final String NOTE = "protection";

  private static final String KEY = "sightglass." + NOTE;

  public ResultProtection {
    digests = Map.copyOf(digests);
  }

  /** That of today. */
  public static ResultProtection of(ViewPack pack, View view) {
    return new ResultProtection(
        view.columns().stream()
            .flatMap(column -> column.origins().stream())
            .map(ResultProtection::key)
            .distinct()
            .collect(Collectors.toMap(key -> key, key -> digest(pack, key))));
  }

  private static String key(Origin origin) {
    return origin.dataset() + "." + origin.column();
  }

  private static String digest(ViewPack pack, String key) {
    int dot = key.lastIndexOf('.');
    return ResultOrigins.digest(
        ResultOrigins.protection(
            pack, QualifiedName.parse(key.substring(0, dot)), key.substring(dot + 1)));
  }

  /** As one text, the same for the same protection. */
  public String text() {
    return new TreeMap<>(digests)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(" "));
  }

  /**
   * Whether everything that a result was made of is protected today as it was then; not when a
   * column has gone, for it may have come back under another name.
   *
   * @param view of the result; of one without the note, its columns must come from the same too
   * @param summary of the result's commit
   */
  public static boolean isOfToday(ViewPack pack, View view, Map<String, String> summary) {
    String noted = summary.get(KEY);
    if (noted == null) {
      return ResultOrigins.of(pack, view).fit(summary);
    }
    return Arrays.stream(noted.split(" ", -1))
        .filter(part -> !part.isEmpty())
        .map(part -> part.split("=", 2))
        .allMatch(part -> digest(pack, part[0]).equals(part[1]));
  }
}
