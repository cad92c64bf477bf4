package io.sightglass.engine.sql.lineage;

import io.sightglass.engine.sql.Refusal;
import io.sightglass.engine.sql.lineage.Flows.TableUse;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import io.sightglass.engine.sql.lineage.Lineage.Crossing;
import io.sightglass.engine.sql.lineage.Lineage.Equality;
import io.sightglass.engine.sql.lineage.Lineage.Pairing;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What has been found of one query on the way. Used by one thread, once. */
final class Lineages {

  /** Uses that are told apart; a query of more is taken to mix everything with everything. */
  private static final int MAX_USES = 2_000;

  final Lineage.TableColumns tables;
  final Set<Crossing> crossings = new LinkedHashSet<>();
  final Set<Pairing> pairings = new LinkedHashSet<>();

  private int uses;

  Lineages(Lineage.TableColumns tables) {
    this.tables = tables;
  }

  TableUse use(List<String> path) {
    uses++;
    if (uses > MAX_USES) {
      throw Refusal.of("Lineage of more than %d tables".formatted(MAX_USES))
          .instead("split the view into several")
          .at(null);
    }
    return new TableUse(uses, path);
  }

  /** Rows of these tables meet, all of which agree in the columns given. */
  void cross(String construct, Set<TableUse> over, Set<UseColumn> within) {
    if (over.isEmpty()) {
      return;
    }
    Set<List<String>> paths = new LinkedHashSet<>();
    over.forEach(use -> paths.add(use.path()));
    Set<SourceColumn> agreed = new LinkedHashSet<>();
    for (UseColumn column : within) {
      boolean everywhere =
          over.stream()
              .filter(use -> use.path().equals(column.use().path()))
              .allMatch(use -> within.contains(new UseColumn(use, column.column())));
      if (everywhere && over.contains(column.use())) {
        agreed.add(source(column));
      }
    }
    crossings.add(new Crossing(construct, paths, agreed));
  }

  /** A row of each meets in one row. */
  void pair(TableUse left, TableUse right, Equalities equalities) {
    Set<Equality> equal = new LinkedHashSet<>();
    for (Set<UseColumn> one : equalities.classes()) {
      for (UseColumn ofLeft : one) {
        for (UseColumn ofRight : one) {
          if (ofLeft.use().equals(left) && ofRight.use().equals(right)) {
            equal.add(new Equality(ofLeft.column(), ofRight.column()));
          }
        }
      }
    }
    pairings.add(new Pairing(left.path(), right.path(), equal));
  }

  static SourceColumn source(UseColumn column) {
    return new SourceColumn(column.use().path(), column.column());
  }

  static Set<SourceColumn> sources(Set<UseColumn> columns) {
    Set<SourceColumn> sources = new LinkedHashSet<>();
    columns.forEach(column -> sources.add(source(column)));
    return sources;
  }

  List<Crossing> crossings() {
    return new ArrayList<>(crossings);
  }
}
