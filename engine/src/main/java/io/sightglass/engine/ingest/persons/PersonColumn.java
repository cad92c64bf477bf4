package io.sightglass.engine.ingest.persons;

import static io.sightglass.engine.duckdb.Quoted.name;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.ingest.check.CellCast;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.table.Side;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where a dataset says whose a row is: a column with a pseudonym, for then the same person is the
 * same in every dataset; without any, the key. Immutable.
 *
 * @param column its name; of a key the columns', with commas
 * @param scope what pseudonyms of it are comparable with
 * @param keyName of the key that digests are made with
 * @param text an SQL expression over the typed columns: what is digested
 * @param side where the typed columns are
 * @param parts the columns of a key; of another column itself
 */
public record PersonColumn(
    String column, String scope, String keyName, String text, Side side, List<Column> parts) {

  /** A rejected row in which so many keys may stand is not searched, but taken for a person's. */
  private static final int MOST_KEYS = 10_000;

  private static final String OF_DOMAIN = "domain:";

  /** Where a dataset tells persons apart; none when it does not. */
  public static List<PersonColumn> of(Dataset dataset) {
    List<PersonColumn> pseudonyms =
        dataset.columns().stream()
            .filter(column -> column.mask() == Mask.PSEUDONYM && column.domain() != null)
            .map(column -> of(column))
            .toList();
    return pseudonyms.isEmpty() ? ofKey(dataset, dataset.key()).stream().toList() : pseudonyms;
  }

  /**
   * Where a dataset told persons apart under an earlier contract; empty where the columns are no
   * longer there, or no longer on one side.
   *
   * @param columns as {@link #column}
   */
  static Optional<PersonColumn> former(Dataset dataset, String columns, String scope) {
    return scope.startsWith(OF_DOMAIN)
        ? dataset
            .findColumn(columns)
            .map(column -> ofDomain(column, scope.substring(OF_DOMAIN.length())))
        : ofKey(dataset, List.of(columns.split(",", -1)));
  }

  /** One with a pseudonym, of any contract. */
  static PersonColumn of(Column column) {
    return ofDomain(column, String.valueOf(column.domain()));
  }

  private static PersonColumn ofDomain(Column column, String domain) {
    return new PersonColumn(
        column.name(),
        OF_DOMAIN + domain,
        domain,
        "CAST(%s AS VARCHAR)".formatted(name(column.name())),
        column.isDirect() ? Side.VAULT : Side.ORDINARY,
        List.of(column));
  }

  private static Optional<PersonColumn> ofKey(Dataset dataset, List<String> names) {
    List<Column> key = names.stream().flatMap(one -> dataset.findColumn(one).stream()).toList();
    Set<Boolean> direct = key.stream().map(Column::isDirect).collect(Collectors.toSet());
    if (key.size() < names.size() || direct.size() != 1) {
      return Optional.empty(); // no key, or one that lies on both sides
    }
    return Optional.of(
        new PersonColumn(
            String.join(",", names),
            "key:" + dataset.name(),
            "key_%s_%s".formatted(dataset.name().schema(), dataset.name().name()),
            key.stream()
                .map(one -> "CAST(%s AS VARCHAR)".formatted(name(one.name())))
                .collect(Collectors.joining(", ", "concat_ws(chr(31), ", ")")),
            direct.contains(true) ? Side.VAULT : Side.ORDINARY,
            key));
  }

  /**
   * Whether {@code record} and {@code value}, the text of a rejected row, hold a person's value in
   * SQL; of a key of several columns a value for each, wherever they stand.
   *
   * @param erased a list of digests, in SQL
   * @param texts a list of the row's texts, in SQL
   */
  String isIn(String erased, String texts) {
    List<String> values = parts.stream().map(column -> values(column, texts)).toList();
    if (values.size() == 1) {
      return "list_has_any([%s FOR part IN %s], %s)"
          .formatted(PseudonymKeys.pseudonym(keyName, "part"), values.getFirst(), erased);
    }
    String keys =
        values.stream()
            .map("CAST(len(%s) AS DOUBLE)"::formatted)
            .collect(Collectors.joining(" * "));
    return "CASE WHEN %s > %d THEN true ELSE list_has_any(%s, %s) END"
        .formatted(keys, MOST_KEYS, digests(values), erased);
  }

  /** What texts mean as values of a column, as the contract spells them or anybody else does. */
  private static String values(Column column, String texts) {
    return "list_distinct(flatten([[CAST(TRY_CAST(part AS %s) AS VARCHAR), CAST(%s AS VARCHAR)] FOR part IN list_distinct(list_concat(%3$s, [trim(text) FOR text IN %3$s]))]))"
        .formatted(column.type().sql(), CellCast.value(column, "part"), texts);
  }

  /** Those of every key that is made of a value for each column. */
  private String digests(List<String> values) {
    int last = values.size() - 1;
    String key =
        IntStream.rangeClosed(0, last)
            .mapToObj("part%d"::formatted)
            .collect(Collectors.joining(", ", "concat_ws(chr(31), ", ")"));
    String digests = PseudonymKeys.pseudonym(keyName, key);
    for (int column = last; column >= 0; column--) {
      String each = "[%s FOR part%d IN %s]".formatted(digests, column, values.get(column));
      digests = column == last ? each : "flatten(" + each + ")";
    }
    return digests;
  }

  /** The digest of {@link #text} in SQL, in a session that knows the key. */
  String pseudonym() {
    return PseudonymKeys.pseudonym(keyName, text);
  }
}
