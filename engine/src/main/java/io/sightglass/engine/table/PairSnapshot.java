package io.sightglass.engine.table;

import io.sightglass.engine.QualifiedName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A state of a dataset: a snapshot of the ordinary table and the one of the vault that belongs to
 * it. Immutable.
 *
 * @param id of the ordinary snapshot
 * @param vaultSnapshotId null when the vault was empty, or when there was none
 * @param loadId the load that committed it; null for maintenance
 * @param rowCount rows of the ordinary table at that state
 * @param bytes size of its data files
 * @param summary what the commit said: Iceberg's own entries and ours, which start with {@code
 *     sightglass.}
 */
public record PairSnapshot(
    long id,
    @Nullable Long vaultSnapshotId,
    Instant committedAt,
    @Nullable String loadId,
    long rowCount,
    long bytes,
    Map<String, String> summary) {

  public PairSnapshot {
    summary = Map.copyOf(summary);
  }

  /**
   * The state whose rows these are: this one, or before compaction, which changes files and no row,
   * the one that was compacted. It may have expired.
   */
  public long rowsOf() {
    String text = summary.get(Summaries.ROWS_OF);
    return text == null ? id : Long.parseLong(text);
  }

  /** Whether columns whose protection had changed were made anew by it. */
  public boolean isRebuild() {
    return FileRewrite.Purpose.REBUILD.name().equals(summary.get(Summaries.MAINTENANCE));
  }

  /**
   * Of a view's result: the state of a dataset whose rows it was made of, by {@link #rowsOf}; empty
   * when nothing had been loaded into it, or when it is no input.
   */
  public Optional<Long> input(QualifiedName dataset) {
    return Optional.ofNullable(summary.get(LoadCommit.PREFIX + LoadCommit.INPUT + dataset))
        .filter(id -> !id.equals(LoadCommit.NO_INPUT))
        .map(Long::valueOf);
  }

  /**
   * How old what it shows may be: of a view's result the oldest state of its inputs, else the
   * commit.
   */
  public Instant dataAsOf() {
    String text = summary.get(LoadCommit.PREFIX + LoadCommit.DATA_AS_OF);
    return text == null ? committedAt : Instant.parse(text);
  }
}
