package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Lets one row of each key stay among the parts of one delivery, as within one file. Stateless. */
public final class PartDuplicates {

  private PartDuplicates() {}

  /** Drops rows of {@code parts}, in their order, which are of one session and one dataset. */
  public static void drop(List<LoadTable> parts) {
    LoadTable first = parts.getFirst();
    if (first.dataset().key().isEmpty() || parts.size() == 1) {
      return;
    }
    String key = first.keys("");
    String latest = first.dataset().latestBy();
    String time = latest == null ? "" : ", " + name(latest) + " AS _latest";
    String rows =
        IntStream.range(0, parts.size())
            .mapToObj(part ->
                "SELECT %d AS _part, _line, %s%s FROM %s"
                    .formatted(part, key, time, parts.get(part).wanted()))
            .collect(Collectors.joining(" UNION ALL "));
    String present =
        first.dataset().key().stream()
            .map(column -> name(column) + " IS NOT NULL")
            .collect(Collectors.joining(" AND "));
    String losers = first.catalog() + ".part_losers";
    first
        .session()
        .execute(
            """
            CREATE OR REPLACE TABLE %s AS SELECT _part, _line FROM (
              SELECT _part, _line, row_number() OVER (PARTITION BY %s ORDER BY %s_part DESC) AS place
              FROM (%s) WHERE %s) WHERE place > 1\
            """
                .formatted(
                    losers, key, latest == null ? "" : "_latest DESC NULLS LAST, ", rows, present));
    for (int part = 0; part < parts.size(); part++) {
      first
          .session()
          .execute(
              "INSERT INTO %s.lost SELECT _line FROM %s WHERE _part = %d"
                  .formatted(parts.get(part).catalog(), losers, part));
      parts.get(part).countDuplicates();
    }
  }
}
