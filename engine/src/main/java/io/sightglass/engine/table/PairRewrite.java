package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;

/**
 * Files of both sides on their way to take the place of others, as a pair. Used once, by one
 * thread.
 *
 * <p>As a load does, it stages the vault's change, then commits the ordinary one, which names it.
 * Nothing may have been committed between: then it begins anew, with those of its files whose
 * originals are still there. So no row of a load that came meanwhile is lost or doubled, and a
 * crash at any point leaves the table as it was, or as it is to be.
 */
final class PairRewrite {

  private static final int ATTEMPTS = 60;

  private final LakeTable table;
  private final LakeSide ordinary;
  private final LakeSide vault;
  private final FileRewrite.Purpose purpose;
  private final List<FileRewrite> rewrites;
  private final Set<FileRewrite> staged = new HashSet<>();
  private final String id = UUID.randomUUID().toString();

  PairRewrite(LakeTable table, FileRewrite.Purpose purpose, List<FileRewrite> rewrites) {
    this.table = table;
    this.ordinary = table.side(Side.ORDINARY);
    this.vault = table.side(Side.VAULT);
    this.purpose = purpose;
    this.rewrites = List.copyOf(rewrites);
  }

  /** The files of both sides of one attempt, by key. */
  private record Live(Map<Side, Map<String, org.apache.iceberg.DataFile>> files) {

    boolean holds(FileRewrite rewrite) {
      Map<String, org.apache.iceberg.DataFile> there = files.getOrDefault(rewrite.side(), Map.of());
      return rewrite.removed().stream().allMatch(file -> there.containsKey(file.key()));
    }

    org.apache.iceberg.DataFile file(Side side, String key) {
      return Objects.requireNonNull(files.getOrDefault(side, Map.of()).get(key), key);
    }
  }

  /** The rewrites that were committed; those whose files had gone are not among them. */
  List<FileRewrite> run() {
    RuntimeException last = null;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      List<FileRewrite> applicable = List.of();
      try {
        Table base = ordinary.load();
        PairHistory history = PairHistory.of(base);
        Live live = live(base, history.vaultSnapshotId());
        applicable = rewrites.stream().filter(rewrite -> live.holds(rewrite)).toList();
        boolean isWhole = applicable.size() == rewrites.size();
        if (!isAsSeen()) {
          return List.of();
        }
        if (!isWhole) {
          applicable = inPart(applicable);
        }
        if (!applicable.isEmpty() || isToClean(base, history)) {
          attempt(base, history, live, applicable);
        }
        return applicable;
      } catch (CommitFailedException | ValidationException e) {
        last = e; // a load was first: look again which files are there
        PairCommit.pause(attempt);
      } catch (EngineException e) {
        throw e;
      } catch (RuntimeException e) {
        if (isCommitted()) {
          return applicable;
        }
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "It is unknown whether files of %s were rewritten; no row is lost either way, so run it again"
                .formatted(ordinary.dataset()),
            e);
      }
    }
    throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "Files of %s were not rewritten: loads came first each time, %d times in all"
                .formatted(ordinary.dataset(), ATTEMPTS),
            last)
        .retryAfter(Duration.ofSeconds(30));
  }

  /** What of it may be committed when others have changed files of the rest. */
  private List<FileRewrite> inPart(List<FileRewrite> applicable) {
    return switch (purpose) {
      case COMPACTION, CLEANING -> applicable;
      // Values move from side to side, rows go from both: all of it or nothing.
      case REMOVAL, REBUILD -> List.of();
      case REMOVAL_IN_PARTS ->
          applicable.stream().filter(one -> one.side() == Side.ORDINARY).toList();
    };
  }

  /** Values that are made anew must not be committed under another protection. */
  private boolean isAsSeen() {
    if (purpose != FileRewrite.Purpose.REBUILD) {
      return true;
    }
    return table.isAsSeen()
        && rewrites.stream()
            .allMatch(one ->
                one.added().stream().allMatch(file -> table.side(one.side()).isWrittenAs(file)));
  }

  private boolean isCommitted() {
    return StreamSupport.stream(ordinary.load().snapshots().spliterator(), false)
        .anyMatch(snapshot ->
            Summaries.find(snapshot, Summaries.MAINTENANCE_ID).filter(id::equals).isPresent());
  }

  private void attempt(Table base, PairHistory history, Live live, List<FileRewrite> applicable) {
    Long on = history.vaultSnapshotId();
    Long vaultSnapshot = stageVault(on, live, applicable);
    Snapshot head = base.currentSnapshot();
    SnapshotUpdate<?> update = update(base, Side.ORDINARY, live, applicable);
    update.set(Summaries.MAINTENANCE, purpose.name());
    history
        .findNewest()
        .ifPresent(newest -> {
          if (isCleaning()) {
            // It takes the place of the newest state in the history: what that notes counts on.
            Summaries.ours(newest).forEach(update::set);
          }
          update.set(LoadCommit.PREFIX + LoadCommit.DATA_AS_OF, newest.dataAsOf().toString());
          if (isCleaning() || purpose == FileRewrite.Purpose.COMPACTION) {
            update.set(Summaries.ROWS_OF, Long.toString(newest.rowsOf()));
          }
        });
    update.set(Summaries.MAINTENANCE_ID, id);
    if (vaultSnapshot != null) {
      update.set(Summaries.VAULT_SNAPSHOT_ID, Long.toString(vaultSnapshot));
    }
    update.validateWith(ancestors ->
        Objects.equals(VaultBranch.newest(ancestors), head.snapshotId()) && isAsSeen());
    update.commit();
    publish(vaultSnapshot);
  }

  private boolean isCleaning() {
    return purpose == FileRewrite.Purpose.CLEANING;
  }

  private boolean isToClean(Table base, PairHistory history) {
    return isCleaning()
        && (keepsRemoved(Optional.of(base), VaultBranch.currentId(base))
            || keepsRemoved(vault.find(), history.vaultSnapshotId()));
  }

  /** Whether the manifests of a snapshot still tell of files that have gone. */
  private static boolean keepsRemoved(Optional<Table> table, @Nullable Long snapshotId) {
    return snapshotId != null
        && table
            .filter(base -> base.snapshot(snapshotId) != null)
            .filter(base ->
                base.snapshot(snapshotId).allManifests(base.io()).stream()
                    .anyMatch(ManifestFile::hasDeletedFiles))
            .isPresent();
  }

  private void publish(@Nullable Long vaultSnapshot) {
    if (vaultSnapshot != null) {
      new VaultBranch(ordinary, vault).publish();
    }
  }

  private @Nullable Long stageVault(@Nullable Long on, Live live, List<FileRewrite> applicable) {
    boolean isToClean = isCleaning() && keepsRemoved(vault.find(), on);
    if (!isToClean && applicable.stream().noneMatch(rewrite -> rewrite.side() == Side.VAULT)) {
      return on;
    }
    Table base = vault.load();
    VaultBranch.moveMain(base, on);
    SnapshotUpdate<?> update = update(base, Side.VAULT, live, applicable);
    update.set(Summaries.MAINTENANCE, purpose.name());
    update.set(Summaries.MAINTENANCE_ID, id);
    Set<FileRewrite> first =
        applicable.stream()
            .filter(rewrite -> rewrite.side() == Side.VAULT && staged.add(rewrite))
            .collect(Collectors.toSet());
    try {
      return VaultBranch.stage(base, update, on);
    } catch (CommitFailedException | ValidationException e) {
      staged.removeAll(first); // no snapshot names them
      throw e;
    }
  }

  /** Whether a snapshot that was staged in vain may name its files, until it expires. */
  boolean mayBeStaged(FileRewrite rewrite) {
    return staged.contains(rewrite);
  }

  private SnapshotUpdate<?> update(Table base, Side side, Live live, List<FileRewrite> applicable) {
    if (isCleaning()) {
      return base.rewriteManifests().clusterBy(file -> "").rewriteIf(ManifestFile::hasDeletedFiles);
    }
    List<FileRewrite> ofSide =
        applicable.stream().filter(rewrite -> rewrite.side() == side).toList();
    LakeSide lakeSide = table.side(side);
    List<org.apache.iceberg.DataFile> removed = new ArrayList<>();
    List<org.apache.iceberg.DataFile> added = new ArrayList<>();
    for (FileRewrite rewrite : ofSide) {
      rewrite.removed().forEach(file -> removed.add(live.file(side, file.key())));
      rewrite.added().forEach(file -> added.add(lakeSide.dataFile(file, base)));
    }
    if (removed.isEmpty()) {
      // The other side changes, and the pair is told here; or a vault gets its first rows.
      AppendFiles append = base.newAppend();
      added.forEach(append::appendFile);
      return append;
    }
    return switch (purpose) {
      case COMPACTION -> {
        // From here on: before it, snapshots may have expired, and nothing is to be compared.
        RewriteFiles rewrite =
            base.newRewrite().validateFromSnapshot(base.currentSnapshot().snapshotId());
        removed.forEach(rewrite::deleteFile);
        added.forEach(rewrite::addFile);
        yield rewrite;
      }
      case REMOVAL, REMOVAL_IN_PARTS, REBUILD, CLEANING -> {
        OverwriteFiles overwrite = base.newOverwrite();
        removed.forEach(overwrite::deleteFile);
        added.forEach(overwrite::addFile);
        yield overwrite;
      }
    };
  }

  private Live live(Table base, @Nullable Long vaultSnapshotId) {
    Map<Side, Map<String, org.apache.iceberg.DataFile>> files = new HashMap<>();
    Snapshot head = base.currentSnapshot();
    if (head != null) {
      files.put(Side.ORDINARY, files(ordinary, base, head.snapshotId()));
    }
    Optional<Table> vaultTable = vault.find();
    if (vaultSnapshotId != null && vaultTable.isPresent()) {
      files.put(Side.VAULT, files(vault, vaultTable.get(), vaultSnapshotId));
    }
    return new Live(files);
  }

  private static Map<String, org.apache.iceberg.DataFile> files(
      LakeSide side, Table base, long snapshotId) {
    Map<String, org.apache.iceberg.DataFile> files = new HashMap<>();
    for (FileScanTask task : side.tasks(base.newScan().useSnapshot(snapshotId))) {
      files.put(side.key(task.file().location()), task.file());
    }
    return files;
  }
}
