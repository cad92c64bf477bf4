package io.sightglass.engine.ingest.erasure;

import static io.sightglass.engine.duckdb.Quoted.name;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.table.Side;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a dataset says whose a row is: a column with a pseudonym, for then the same person is the
 * same in every dataset; without any, the key. Immutable.
 *
 * @param column its name; of a key the columns', with commas
 * @param scope what pseudonyms of it are comparable with
 * @param keyName of the key that digests are made with
 * @param text an SQL expression over the typed columns: what is digested
 * @param side where the typed columns are
 */
public record PersonColumn(String column, String scope, String keyName, String text, Side side) {

  /** Where a dataset tells persons apart; none when it does not. */
  public static List<PersonColumn> of(Dataset dataset) {
    List<PersonColumn> pseudonyms =
        dataset.columns().stream()
            .filter(column -> column.mask() == Mask.PSEUDONYM && column.domain() != null)
            .map(column ->
                new PersonColumn(
                    column.name(),
                    "domain:" + column.domain(),
                    String.valueOf(column.domain()),
                    "CAST(%s AS VARCHAR)".formatted(name(column.name())),
                    Side.VAULT))
            .toList();
    return pseudonyms.isEmpty() ? ofKey(dataset) : pseudonyms;
  }

  private static List<PersonColumn> ofKey(Dataset dataset) {
    List<Column> key =
        dataset.key().stream().map(one -> dataset.findColumn(one).orElseThrow()).toList();
    Set<Boolean> direct = key.stream().map(Column::isDirect).collect(Collectors.toSet());
    if (direct.size() != 1) {
      return List.of(); // no key, or one that lies on both sides
    }
    return List.of(
        new PersonColumn(
            String.join(",", dataset.key()),
            "key:" + dataset.name(),
            "key_%s_%s".formatted(dataset.name().schema(), dataset.name().name()),
            key.stream()
                .map(one -> "CAST(%s AS VARCHAR)".formatted(name(one.name())))
                .collect(Collectors.joining(", ", "concat_ws(chr(31), ", ")")),
            direct.contains(true) ? Side.VAULT : Side.ORDINARY));
  }

  /** The digest of {@link #text} in SQL, in a session that knows the key. */
  String pseudonym() {
    return PseudonymKeys.pseudonym(keyName, text);
  }
}
