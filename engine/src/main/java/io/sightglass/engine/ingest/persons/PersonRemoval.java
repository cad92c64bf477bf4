package io.sightglass.engine.ingest.persons;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.maintenance.RowRemoval;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** How rows of erased persons are told in one dataset, and taken out of rejects. Stateless. */
public final class PersonRemoval {

  private PersonRemoval() {}

  /** Their rows in the table, each side by what it knows of persons. */
  static RowRemoval.Rows rows(
      DuckDbSession session, ErasedPersons persons, Dataset dataset, Set<PersonColumn> columns) {
    return side -> {
      List<PersonColumn> ofSide = columns.stream().filter(one -> one.side() == side).toList();
      return persons
          .conditions(session, dataset, ofSide)
          .map(erased -> new RowRemoval.Condition(erased.rows(), new ScanFilter.All()));
    };
  }

  /**
   * Takes rejected rows that hold a value of theirs out of a file.
   *
   * @param to is written when some stay
   * @return how many went
   */
  public static long removeRejects(
      DuckDbSession session, ErasedPersons.Conditions erased, Path from, Path to) {
    String relation = "read_parquet(%s)".formatted(text(from.toString()));
    List<Long> counts =
        session
            .query(
                "SELECT count(*) FILTER (%1$s), count(*) FILTER (NOT %1$s) FROM %2$s"
                    .formatted(erased.text(), relation),
                List.of(),
                row -> List.of(row.getLong(1), row.getLong(2)))
            .getFirst();
    if (counts.getFirst() > 0 && counts.getLast() > 0) {
      session.execute(
          "COPY (FROM %s WHERE NOT %s) TO %s (FORMAT parquet, COMPRESSION zstd)"
              .formatted(relation, erased.text(), text(to.toString())));
    }
    return counts.getFirst();
  }
}
