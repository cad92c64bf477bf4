package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.table.FormerColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.StoredLayout;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Rows of data files that are written anew as they are: with every column that the table keeps, and
 * with those of an earlier protection that the files still have, for they may be the only place of
 * these values until they are made anew. Immutable.
 */
public final class StoredRows {

  private final DuckDbSession session;
  private final LakeTable table;
  private final Side side;
  private final StoredLayout layout;
  private final String relation;

  private StoredRows(
      DuckDbSession session, LakeTable table, Side side, StoredLayout layout, String relation) {
    this.session = session;
    this.table = table;
    this.side = side;
    this.layout = layout;
    this.relation = relation;
  }

  /** All rows of some files. */
  public static StoredRows of(DuckDbSession session, LakeTable table, Side side, List<Path> files) {
    String paths = texts(files.stream().map(Path::toString).toList());
    StoredLayout layout = table.storedLayout(side).with(former(session, table, side, paths));
    return new StoredRows(
        session,
        table,
        side,
        layout,
        "read_parquet(%s, hive_partitioning = false, schema = %s)"
            .formatted(paths, layout.readSchema()));
  }

  /** What no column goes by any longer, as far as the files have it. */
  private static List<StoredLayout.StoredColumn> former(
      DuckDbSession session, LakeTable table, Side side, String paths) {
    List<FormerColumn> former = table.formerColumns(side);
    if (former.isEmpty()) {
      return List.of();
    }
    Set<Integer> held =
        new HashSet<>(
            session.query(
                "SELECT DISTINCT field_id FROM parquet_schema(%s) WHERE field_id IS NOT NULL"
                    .formatted(paths),
                List.of(),
                row -> row.getInt(1)));
    return former.stream()
        .map(FormerColumn::stored)
        .filter(column -> held.contains(column.fieldId()))
        .toList();
  }

  /** Those of which {@code condition}, over the stored columns of the side, holds; never NULL. */
  public StoredRows where(String condition) {
    return new StoredRows(
        session, table, side, layout, "(FROM %s WHERE %s)".formatted(relation, condition));
  }

  public long count() {
    return session
        .query("SELECT count(*) FROM " + relation, List.of(), row -> row.getLong(1))
        .getFirst();
  }

  /** Writes them as by {@link ParquetCopy#write}. */
  public List<StagedFile> write(Path folder) {
    return copy().write(query(), folder);
  }

  /** Writes them as by {@link ParquetCopy#writeEach}. */
  public List<StagedFile> writeEach(Path folder) {
    return copy().writeEach(columns -> query(), folder);
  }

  private ParquetCopy copy() {
    return new ParquetCopy(session, table, side, layout);
  }

  private String query() {
    return "SELECT %s FROM %s".formatted(layout.readColumns(), relation);
  }
}
