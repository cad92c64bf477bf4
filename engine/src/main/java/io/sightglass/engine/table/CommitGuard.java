package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotAncestryValidator;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of an ordinary table's history at the moment at which a load is committed. Iceberg
 * asks again at each of its own attempts, with the history as it is then.
 */
final class CommitGuard implements SnapshotAncestryValidator {

  private final LoadCommit load;
  private final @Nullable Long vaultSnapshotId;
  private final BooleanSupplier isAsSeen;

  /**
   * A guard for one attempt.
   *
   * @param vaultSnapshotId on which the vault's change was staged
   * @param isAsSeen whether the tables' columns still are those of the files
   */
  CommitGuard(LoadCommit load, @Nullable Long vaultSnapshotId, BooleanSupplier isAsSeen) {
    this.load = load;
    this.vaultSnapshotId = vaultSnapshotId;
    this.isAsSeen = isAsSeen;
  }

  /**
   * Fails when no attempt can succeed.
   *
   * @throws EngineException {@code CONFLICT}
   */
  void check(Iterable<Snapshot> newestFirst, QualifiedName dataset) {
    if (isSlotTaken(newestFirst)) {
      throw new EngineException(
          ErrorCode.CONFLICT,
          "Load %s was not committed: another load took %s of %s since it was decided what to replace"
              .formatted(load.loadId(), load.slot(), dataset));
    }
  }

  @Override
  public boolean validate(Iterable<Snapshot> newestFirst) {
    for (Snapshot snapshot : newestFirst) {
      if (Summaries.isOfLoad(snapshot, load.loadId())) {
        return false;
      }
    }
    return Objects.equals(Summaries.vaultSnapshotId(newestFirst), vaultSnapshotId)
        && !isSlotTaken(newestFirst)
        && isAsSeen.getAsBoolean();
  }

  @Override
  public String errorMessage() {
    return "Load " + load.loadId() + " no longer fits the table's history";
  }

  private boolean isSlotTaken(Iterable<Snapshot> newestFirst) {
    String slot = load.slot();
    if (slot == null) {
      return false;
    }
    Set<String> replaced =
        load.replaces() instanceof Replacement.Loads(Set<String> loadIds) ? loadIds : Set.of();
    for (Snapshot snapshot : newestFirst) {
      if (Objects.equals(load.base(), snapshot.snapshotId())) {
        return false;
      }
      boolean rival = Summaries.find(snapshot, Summaries.SLOT).filter(slot::equals).isPresent();
      String loadId = Summaries.find(snapshot, Summaries.LOAD_ID).orElse("");
      if (rival && !replaced.contains(loadId)) {
        return true;
      }
    }
    return load.base() != null; // the base has expired: nobody knows what came since
  }
}
