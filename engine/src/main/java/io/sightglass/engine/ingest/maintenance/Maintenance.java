package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.table.Side;
import java.time.LocalDate;
import java.util.Set;

/** What one step of maintenance did to one table, in numbers. Immutable. */
public sealed interface Maintenance {

  /**
   * Small files were merged.
   *
   * @param side of the files
   * @param filesBefore that were merged
   * @param filesAfter that took their place
   */
  record Compacted(QualifiedName table, Side side, int filesBefore, int filesAfter, long bytesAfter)
      implements Maintenance {}

  /**
   * Columns were made anew whose protection had changed.
   *
   * @param columns of the dataset
   * @param files of both sides that were written anew
   */
  record Rebuilt(QualifiedName table, Set<String> columns, int files) implements Maintenance {}

  /**
   * Old states were forgotten.
   *
   * @param states of the dataset, or of the view's result
   * @param files that nothing refers to any longer; they are removed when no statement can read
   *     them
   */
  record Expired(QualifiedName table, int states, int files) implements Maintenance {}

  /**
   * Rows were removed that are older than the contract keeps.
   *
   * @param before rows of an earlier day went
   * @param vaultRows that belonged to them
   * @param rejects loads of which the rejected rows went
   */
  record RowsRemoved(QualifiedName table, LocalDate before, long rows, long vaultRows, int rejects)
      implements Maintenance {}

  /**
   * Files that nothing refers to were removed.
   *
   * @param removed files
   * @param bytes that they took
   * @param waiting files that are too young to be removed
   */
  record OrphansRemoved(Side side, int removed, long bytes, int waiting) implements Maintenance {}

  /** Leftovers of interrupted work were removed from this machine and from unfinished uploads. */
  record LeftoversRemoved(int removed) implements Maintenance {}

  /**
   * Every data file of a table was read and compared.
   *
   * @param isResult whether it is a view's result, which may be called like a dataset
   * @param unknown files of other engines, whose digest nobody has recorded
   * @param different files that are not what the commit recorded, or are missing
   */
  record Verified(
      QualifiedName table,
      boolean isResult,
      Side side,
      int files,
      long bytes,
      int unknown,
      int different)
      implements Maintenance {}

  /**
   * Something is not what was committed.
   *
   * @param isResult whether it is of a view's result
   * @param file the name of the file, without its folders; or the table's
   * @param what in words
   */
  record Different(QualifiedName table, boolean isResult, Side side, String file, String what)
      implements Maintenance {}
}
