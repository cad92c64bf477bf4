package io.sightglass.engine.table;

import java.util.Set;

/** What a load takes out of the table in the commit that puts it in. */
public sealed interface Replacement {

  /** Rows are only added. */
  record Nothing() implements Replacement {}

  /** Every row of these earlier loads goes; ids that have no row left are no mistake. */
  record Loads(Set<String> loadIds) implements Replacement {
    public Loads {
      loadIds = Set.copyOf(loadIds);
    }
  }

  /** Some rows of these earlier loads go; the {@link FileRewriter} knows which. */
  record Rows(Set<String> loadIds) implements Replacement {
    public Rows {
      loadIds = Set.copyOf(loadIds);
    }
  }

  /** Every row goes. */
  record Everything() implements Replacement {}
}
