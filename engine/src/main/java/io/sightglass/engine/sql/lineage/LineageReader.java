package io.sightglass.engine.sql.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.sql.GuardedDefinition;
import io.sightglass.engine.sql.GuardedStatement;
import io.sightglass.engine.sql.SqlParser;
import io.sightglass.engine.sql.Trees;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.Flows.Rows;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import io.sightglass.engine.sql.lineage.Lineage.Output;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Follows the columns of verified SQL. Thread-safe. */
public final class LineageReader {

  private final SqlParser parser;

  public LineageReader(SqlParser parser) {
    this.parser = parser;
  }

  /**
   * The lineage of a query.
   *
   * @param canonical the text of a {@link GuardedStatement} or {@link GuardedDefinition}
   */
  public Lineage read(String canonical, Lineage.TableColumns tables) {
    JsonNode tree = Trees.flattenValues(parser.parse(canonical));
    Lineages found = new Lineages(tables);
    Rows rows =
        new LineageQuery(found).query(tree.at("/statements/0/node"), LineageScope.outermost());
    List<Output> outputs = new ArrayList<>();
    Set<UseColumn> unlisted = new LinkedHashSet<>(rows.complete() ? Set.of() : rows.everything());
    for (FlowColumn column : rows.columns()) {
      if (column.name().isEmpty()) {
        unlisted.addAll(column.sources());
      } else {
        outputs.add(
            new Output(
                column.name(),
                Lineages.sources(column.sources()),
                column.nullable() ? Set.of() : Lineages.sources(column.origin())));
      }
    }
    return new Lineage(
        outputs,
        Lineages.sources(unlisted),
        Lineages.sources(rows.conditions()),
        found.crossings(),
        List.copyOf(found.pairings));
  }
}
