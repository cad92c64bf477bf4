package io.sightglass.engine.ingest.persons;

import static io.sightglass.engine.duckdb.Quoted.texts;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.maintenance.ErasedRows;
import io.sightglass.engine.ingest.maintenance.RowRemoval;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who was erased, as keyed digests, and how rows of theirs are told in SQL. Thread-safe; asks the
 * database each time, so that an erasure counts at once in every process.
 */
public final class ErasedPersons implements ErasedRows {

  private final MetadataDatabase database;
  private final PseudonymKeys keys;

  /** By scope. */
  private final Function<String, Set<String>> pseudonyms;

  /** Everybody. */
  public ErasedPersons(MetadataDatabase database, PseudonymKeys keys) {
    this(database, keys, scope -> all(database, scope));
  }

  private ErasedPersons(
      MetadataDatabase database, PseudonymKeys keys, Function<String, Set<String>> pseudonyms) {
    this.database = database;
    this.keys = keys;
    this.pseudonyms = pseudonyms;
  }

  /** Some alone, as those of one erasure. */
  public ErasedPersons only(List<Remembered> some) {
    return new ErasedPersons(
        database,
        keys,
        scope ->
            some.stream()
                .filter(one -> one.scope().equals(scope))
                .map(Remembered::pseudonym)
                .collect(Collectors.toSet()));
  }

  @Override
  public RowRemoval.Rows rows(DuckDbSession session, Dataset dataset, Lake lake) {
    return PersonRemoval.rows(session, this, dataset, stored(dataset, lake));
  }

  /**
   * One person in one scope.
   *
   * @param scope as {@link PersonColumn#scope}
   */
  public record Remembered(
      @JsonProperty("scope") String scope, @JsonProperty("pseudonym") String pseudonym) {}

  /** Remembers persons; those who are remembered already stay with their erasure. */
  public static void add(
      Transaction transaction, String erasureId, Collection<Remembered> persons) {
    List<List<Object>> rows = new ArrayList<>();
    persons.forEach(one -> rows.add(List.of(one.scope(), one.pseudonym(), erasureId)));
    transaction.batch(
        """
        INSERT INTO erased_persons (scope, pseudonym, erasure_id) VALUES (?, ?, ?)
        ON CONFLICT DO NOTHING\
        """,
        rows);
  }

  private static Set<String> all(MetadataDatabase database, String scope) {
    List<String> pseudonyms =
        database.read(transaction ->
            transaction.list(
                "SELECT pseudonym FROM erased_persons WHERE scope = ?",
                row -> row.text("pseudonym"),
                scope));
    return new TreeSet<>(pseudonyms);
  }

  /**
   * Notes by which columns datasets tell persons of scopes of which somebody was erased: their rows
   * are looked at so also when a later contract tells persons otherwise.
   */
  public void noteColumns(Collection<Dataset> datasets) {
    database.inTransaction(transaction -> {
      Set<String> scopes =
          Set.copyOf(
              transaction.list(
                  "SELECT DISTINCT scope FROM erased_persons", row -> row.text("scope")));
      List<List<Object>> rows = new ArrayList<>();
      for (Dataset dataset : datasets) {
        for (PersonColumn column : PersonColumn.of(dataset)) {
          if (scopes.contains(column.scope())) {
            rows.add(List.of(dataset.name().toString(), column.column(), column.scope()));
          }
        }
      }
      transaction.batch(
          """
          INSERT INTO erased_columns (dataset, columns, scope) VALUES (?, ?, ?)
          ON CONFLICT DO NOTHING\
          """,
          rows);
      return null;
    });
  }

  /** Where a dataset tells persons apart, and where it did when one of them was erased. */
  public Set<PersonColumn> columns(Dataset dataset) {
    Set<PersonColumn> columns = new LinkedHashSet<>(PersonColumn.of(dataset));
    List<Optional<PersonColumn>> former =
        database.read(transaction ->
            transaction.list(
                "SELECT columns, scope FROM erased_columns WHERE dataset = ? ORDER BY columns, scope",
                row -> PersonColumn.former(dataset, row.text("columns"), row.text("scope")),
                dataset.name().toString()));
    former.forEach(one -> one.ifPresent(columns::add));
    return columns;
  }

  /**
   * Where the tables of a dataset tell persons apart: also by what its contract no longer names.
   */
  public Set<PersonColumn> stored(Dataset dataset, Lake lake) {
    Set<PersonColumn> columns = columns(dataset);
    lake.formerPseudonyms(dataset).forEach(column -> columns.add(PersonColumn.of(column)));
    return columns;
  }

  /**
   * The datasets that tell persons of one of these scopes apart, by name.
   *
   * @param where {@link #columns}, or {@link #stored}, which reads the tables' metadata
   */
  public static List<Dataset> concerned(
      Collection<Remembered> who, ViewPack pack, Function<Dataset, Set<PersonColumn>> where) {
    Set<String> scopes = who.stream().map(Remembered::scope).collect(Collectors.toSet());
    return pack.datasets().values().stream()
        .filter(one -> where.apply(one).stream().anyMatch(at -> scopes.contains(at.scope())))
        .sorted(Comparator.comparing(Dataset::name))
        .toList();
  }

  /**
   * What holds of the rows of erased persons.
   *
   * @param rows a condition over typed columns
   * @param text a condition over {@code record} and {@code value}, the text of a rejected row: one
   *     of its values is such a person's
   */
  public record Conditions(String rows, String text) {}

  /**
   * What holds of rows of erased persons in a dataset; empty when nobody of its scopes is erased.
   *
   * @param session learns the keys
   * @param columns of its {@link #columns}
   */
  public Optional<Conditions> conditions(
      DuckDbSession session, Dataset dataset, Collection<PersonColumn> columns) {
    String parts = RejectTexts.of(dataset);
    List<String> rows = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (PersonColumn column : columns) {
      List<String> erased = List.copyOf(pseudonyms.apply(column.scope()));
      if (!erased.isEmpty()) {
        keys.define(session, column.keyName());
        rows.add("list_contains(%s, %s)".formatted(texts(erased), column.pseudonym()));
        texts.add(column.isIn(texts(erased), parts));
      }
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Conditions(
                "coalesce(" + String.join(" OR ", rows) + ", false)",
                "coalesce(" + String.join(" OR ", texts) + ", false)"));
  }

  /** Drops what a load has of erased persons, its rejects too; the rows count as filtered. */
  public void dropFrom(LoadTable rows, Dataset dataset) {
    conditions(rows.session(), dataset, columns(dataset))
        .ifPresent(conditions -> rows.dropErased(conditions.rows(), conditions.text()));
  }
}
