package io.sightglass.engine.table;

import java.util.List;
import java.util.Set;

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

  /** Leaves out the rows whose {@code _load_id} is one of {@code loadIds}. */
  Outcome rewriteWithout(LakeTable table, Side side, DataFile file, Set<String> loadIds);
}
