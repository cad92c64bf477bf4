package io.sightglass.engine.table;

import java.util.List;

/** Writes a data file anew without some of its rows. Implemented with DuckDB, elsewhere. */
public interface FileRewriter {

  /** What became of a file. */
  sealed interface Outcome {

    /** It holds no such row and stays. */
    record Unchanged() implements Outcome {}

    /** The rows that stay, uploaded; empty when none do. */
    record Rewritten(List<WrittenFile> files) implements Outcome {
      public Rewritten {
        files = List.copyOf(files);
      }
    }
  }

  /** Leaves out the rows that {@code gone} takes out. */
  Outcome rewriteWithout(LakeTable table, Side side, DataFile file, Replacement gone);
}
