package io.sightglass.engine.ingest.refresh;

import static io.sightglass.engine.duckdb.Quoted.name;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.ingest.check.ParquetCopy;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.FileRewriter;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.LoadCommit;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.WrittenFile;
import io.sightglass.engine.views.View;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One making of one view's result: computed by its definition over one state of each input, stored,
 * and put in the place of the one before in one commit. Used once, by one thread; another may stop
 * it.
 */
final class Refresh {

  /** Two results of one view from the same one before: the second is too late. */
  private static final String SLOT = "result";

  private static final FileRewriter NOTHING_TO_REWRITE =
      (table, side, file, loadIds) -> {
        throw new IllegalStateException("A result is replaced whole");
      };

  private final RefreshTables tables;
  private final View view;
  private final Map<QualifiedName, PinnedTable> inputs;
  private final RefreshState state;
  private final @Nullable PairSnapshot before;
  private volatile @Nullable DuckDbSession computing;

  Refresh(
      RefreshTables tables,
      View view,
      Map<QualifiedName, PinnedTable> inputs,
      RefreshState state,
      @Nullable PairSnapshot before) {
    this.tables = tables;
    this.view = view;
    this.inputs = inputs;
    this.state = state;
    this.before = before;
  }

  /**
   * Makes the result.
   *
   * @param instance computes views by their definitions
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when somebody else has made one
   *     meanwhile; nothing has changed then, nor after any other failure
   */
  PairSnapshot run(DuckDbInstance instance, StagingFolder folder, Instant now) {
    LakeTable target = tables.resultOf(view);
    List<WrittenFile> files = new ArrayList<>();
    for (StagedFile staged : compute(instance, target, folder)) {
      if (staged.rowCount() > 0) {
        files.add(target.upload(Side.ORDINARY, staged));
      }
    }
    long rows = files.stream().mapToLong(WrittenFile::rowCount).sum();
    return target.commit(
        new LoadCommit(
            "result-" + UUID.randomUUID(),
            state.definition(),
            LocalDate.ofInstant(now, ZoneOffset.UTC),
            SLOT,
            before == null ? null : before.id(),
            Map.of("written", rows),
            state.notes(now),
            new Replacement.Everything(),
            files,
            List.of()),
        NOTHING_TO_REWRITE);
  }

  /** Stops what it computes, if it does; the engine may miss it, so ask until it has ended. */
  void stop() {
    DuckDbSession session = computing;
    if (session != null) {
      session.interrupt();
    }
  }

  private List<StagedFile> compute(
      DuckDbInstance instance, LakeTable target, StagingFolder folder) {
    List<FileCache.Lease> leases = new ArrayList<>();
    try (DuckDbSession session = instance.openSession()) {
      Map<String, Object> variables = new HashMap<>();
      for (RawTable table : tables.shapes()) {
        PinnedTable pinned = inputs.get(table.name());
        if (pinned != null) {
          FileCache.Lease lease = tables.files().lease(pinned, Side.ORDINARY, new ScanFilter.All());
          leases.add(lease);
          List<String> paths = lease.paths().stream().map(Path::toString).toList();
          variables.put(
              table.filesVariable(),
              paths.isEmpty() ? List.of(instance.noRowsFile().toString()) : paths);
        }
      }
      session.setVariables(variables);
      computing = session;
      return new ParquetCopy(session, target, Side.ORDINARY)
          .write(query(target), folder.fresh("result"));
    } finally {
      computing = null;
      leases.forEach(FileCache.Lease::close);
    }
  }

  /** The view's columns in the types in which they are stored. */
  private String query(LakeTable target) {
    String columns =
        target.columns(Side.ORDINARY).stream()
            .map(column ->
                "CAST(%1$s AS %2$s) AS %1$s".formatted(name(column.name()), column.sqlType()))
            .collect(Collectors.joining(", "));
    return "SELECT %s FROM defs.%s.%s"
        .formatted(columns, name(view.name().schema()), name(view.name().name()));
  }
}
