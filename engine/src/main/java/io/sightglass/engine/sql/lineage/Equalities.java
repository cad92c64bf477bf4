package io.sightglass.engine.sql.lineage;

import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which columns are equal in every row in which they meet. Used by one thread. */
final class Equalities {

  private final List<Set<UseColumn>> classes = new ArrayList<>();

  /** All of these are equal. */
  void add(Set<UseColumn> columns) {
    Set<UseColumn> merged = new LinkedHashSet<>(columns);
    classes.removeIf(one -> {
      boolean meets = one.stream().anyMatch(columns::contains);
      if (meets) {
        merged.addAll(one);
      }
      return meets;
    });
    classes.add(merged);
  }

  /** Every column that is equal to one of these, and these. */
  Set<UseColumn> with(Set<UseColumn> columns) {
    Set<UseColumn> all = new LinkedHashSet<>(columns);
    for (Set<UseColumn> one : classes) {
      if (one.stream().anyMatch(columns::contains)) {
        all.addAll(one);
      }
    }
    return all;
  }

  List<Set<UseColumn>> classes() {
    return classes;
  }
}
