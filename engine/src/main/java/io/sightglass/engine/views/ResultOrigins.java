package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.views.View.Origin;
import io.sightglass.engine.views.View.ViewColumn;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the columns of a stored result come from: the dataset columns that each depends on, and how
 * those are protected. Immutable.
 *
 * <p>Grants, filters and masks are checked against what columns come from today. A result that an
 * earlier definition made may hold something else under the same name, so each commit of a result
 * notes this, and one that differs is not read again.
 *
 * @param digests by digest of the column's name, which may hold any character
 */
public record ResultOrigins(Map<String, String> digests) {

  /** The note's key in the summary of a result's commit, after the prefix of our notes. */
  public static final String NOTE = "origins";

  private static final String KEY = "sightglass." + NOTE;
  private static final int DIGEST_BYTES = 12;

  public ResultOrigins {
    digests = Map.copyOf(digests);
  }

  /** Those of the view as it is defined now. */
  public static ResultOrigins of(ViewPack pack, View view) {
    Map<String, String> digests = new TreeMap<>();
    for (ViewColumn column : view.columns()) {
      String text =
          column.origins().stream()
              .sorted(
                  Comparator.comparing(Origin::dataset)
                      .thenComparing(Origin::column)
                      .thenComparing(Origin::vault)
                      .thenComparing(Origin::unchanged))
              .map(origin -> origin + " " + protection(pack, origin))
              .collect(Collectors.joining("\n"));
      digests.put(digest(column.name()), digest(text));
    }
    return new ResultOrigins(digests);
  }

  private static String protection(ViewPack pack, Origin origin) {
    return protection(pack, origin.dataset(), origin.column());
  }

  /** How a column is protected today; as no column is when there is no such column. */
  static String protection(ViewPack pack, QualifiedName name, String named) {
    Dataset dataset = pack.datasets().get(name);
    if (dataset == null) {
      return "none";
    }
    return dataset.columns().stream()
        .filter(column -> column.name().equals(named))
        .map(ResultOrigins::protection)
        .findFirst()
        .orElse("none");
  }

  private static String protection(Column column) {
    return column.mask() + " " + column.domain();
  }

  static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** As one text, the same for the same origins. */
  public String text() {
    return new TreeMap<>(digests)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(" "));
  }

  /**
   * Whether a result may be read as if these had made it: every column that it shares with them
   * came from the same. Columns that only one of both has do no harm: they are NULL, or not shown.
   *
   * @param summary of the result's commit
   */
  public boolean fit(Map<String, String> summary) {
    String noted = summary.get(KEY);
    if (noted == null) {
      return false;
    }
    Map<String, String> then =
        Arrays.stream(noted.split(" ", -1))
            .filter(part -> !part.isEmpty())
            .map(part -> part.split("=", 2))
            .collect(Collectors.toMap(part -> part[0], part -> part[1], (a, b) -> b));
    return digests.entrySet().stream()
        .allMatch(entry ->
            Objects.equals(then.getOrDefault(entry.getKey(), entry.getValue()), entry.getValue()));
  }
}
