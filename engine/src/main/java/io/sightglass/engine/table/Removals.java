package io.sightglass.engine.table;

import io.sightglass.engine.dataset.Dataset;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * The files that a replacement takes out of a table. Those that hold nothing else go; one that
 * holds rows of others too (compaction has merged it) is written anew without the rows that go.
 */
final class Removals {

  /**
   * What a replacement does to one side.
   *
   * @param removed files that go
   * @param added files with the rows of them that stay
   */
  record Change(List<org.apache.iceberg.DataFile> removed, List<WrittenFile> added) {
    static final Change NONE = new Change(List.of(), List.of());
  }

  private final LakeTable table;
  private final Replacement replacement;
  private final FileRewriter rewriter;

  /** Rewritten files by key: another attempt finds them done. */
  private final Map<String, FileRewriter.Outcome> outcomes = new HashMap<>();

  Removals(LakeTable table, Replacement replacement, FileRewriter rewriter) {
    this.table = table;
    this.replacement = replacement;
    this.rewriter = rewriter;
  }

  /** Rows that the replacement takes out, as far as metadata tells. */
  Expression filter() {
    return switch (replacement) {
      case Replacement.Nothing() -> Expressions.alwaysFalse();
      case Replacement.Loads(Set<String> loadIds) -> ofLoads(loadIds);
      case Replacement.Rows(Set<String> loadIds) -> ofLoads(loadIds);
      case Replacement.Everything() -> Expressions.alwaysTrue();
    };
  }

  /** Iceberg does not look into long lists, but at bounds. */
  private static Expression ofLoads(Set<String> loadIds) {
    if (loadIds.isEmpty()) {
      return Expressions.alwaysFalse();
    }
    return Expressions.and(
        Expressions.in(Dataset.LOAD_ID, List.copyOf(loadIds)),
        Expressions.greaterThanOrEqual(Dataset.LOAD_ID, Collections.min(loadIds)),
        Expressions.lessThanOrEqual(Dataset.LOAD_ID, Collections.max(loadIds)));
  }

  /** The change to {@code base} at a snapshot; none where there is no snapshot. */
  Change of(Side side, Table base, @Nullable Long snapshotId) {
    if (snapshotId == null || replacement instanceof Replacement.Nothing) {
      return Change.NONE;
    }
    TableScan scan = base.newScan().useSnapshot(snapshotId).filter(filter()).includeColumnStats();
    List<org.apache.iceberg.DataFile> removed = new ArrayList<>();
    List<WrittenFile> added = new ArrayList<>();
    for (FileScanTask task : table.side(side).tasks(scan)) {
      switch (replacement) {
        case Replacement.Nothing() -> {}
        case Replacement.Everything() -> removed.add(task.file());
        case Replacement.Loads(Set<String> loadIds) -> {
          if (onlyLoad(task.file(), base).filter(loadIds::contains).isPresent()) {
            removed.add(task.file());
          } else {
            rewrite(side, task.file(), removed, added);
          }
        }
        case Replacement.Rows rows -> rewrite(side, task.file(), removed, added);
      }
    }
    return new Change(removed, added);
  }

  private void rewrite(
      Side side,
      org.apache.iceberg.DataFile file,
      List<org.apache.iceberg.DataFile> removed,
      List<WrittenFile> added) {
    FileRewriter.Outcome outcome =
        outcomes.computeIfAbsent(
            side + " " + file.location(),
            key ->
                rewriter.rewriteWithout(table, side, table.side(side).dataFile(file), replacement));
    switch (outcome) {
      case FileRewriter.Outcome.Unchanged() -> {}
      case FileRewriter.Outcome.Rewritten(List<WrittenFile> files) -> {
        removed.add(file);
        added.addAll(files);
      }
    }
  }

  /** The load whose rows alone a file holds, where its bounds prove it. */
  private static Optional<String> onlyLoad(org.apache.iceberg.DataFile file, Table base) {
    Types.NestedField field = base.schema().findField(Dataset.LOAD_ID);
    Long nulls = value(file.nullValueCounts(), field.fieldId());
    ByteBuffer lower = value(file.lowerBounds(), field.fieldId());
    ByteBuffer upper = value(file.upperBounds(), field.fieldId());
    if (nulls == null || nulls != 0 || lower == null || !lower.equals(upper)) {
      return Optional.empty();
    }
    CharSequence loadId = Conversions.fromByteBuffer(Types.StringType.get(), lower);
    return Optional.of(loadId.toString());
  }

  private static <T> @Nullable T value(@Nullable Map<Integer, T> values, int fieldId) {
    return values == null ? null : values.get(fieldId);
  }
}
