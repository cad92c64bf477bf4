package io.sightglass.engine.table;

import java.util.List;

/**
 * Files of one side of a table, and those that take their place. Immutable.
 *
 * @param removed files of a snapshot; empty where a vault gets its first rows
 * @param added uploaded, not yet part of the table
 */
public record FileRewrite(Side side, List<DataFile> removed, List<WrittenFile> added) {

  /** What the new files are to the old ones. */
  public enum Purpose {
    /** The same rows in other files. */
    COMPACTION,
    /** Fewer rows, on both sides: all of them or none. */
    REMOVAL,
    /** The same where others change files all the time: what can be, the vault's rows last. */
    REMOVAL_IN_PARTS,
    /** The same rows with other values, such as under another mask: all of them or none. */
    REBUILD,
    /**
     * The same files: what is kept of those that have gone goes, such as bounds of their values.
     */
    CLEANING
  }

  public FileRewrite {
    removed = List.copyOf(removed);
    added = List.copyOf(added);
  }

  /** How many rows fewer there are. */
  public long rowsRemoved() {
    return removed.stream().mapToLong(DataFile::rows).sum()
        - added.stream().mapToLong(WrittenFile::rowCount).sum();
  }
}
