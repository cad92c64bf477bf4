package io.sightglass.engine.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ScanFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.expressions.ManifestEvaluator;
import org.apache.iceberg.expressions.Projections;

/**
 * Which files of a side may hold the rows of a filter, as Iceberg's own scans find out, but from
 * memory: a snapshot never changes. Thread-safe.
 */
final class ScanPlanner {

  /** The most files that remembered plans name together. */
  private static final int PLANNED_FILES = 100_000;

  private static final int KNOWN_SNAPSHOTS = 100;

  /** What was planned. */
  private record Planned(long snapshotId, ScanFilter filter) {}

  /**
   * What a snapshot consists of.
   *
   * @param hasDeletes whether another engine has deleted rows apart from their files
   */
  private record State(
      Schema schema,
      Map<Integer, PartitionSpec> specs,
      List<ManifestFile> manifests,
      boolean hasDeletes) {}

  private final Cache<Planned, List<DataFile>> plans =
      Caffeine.newBuilder()
          .maximumWeight(PLANNED_FILES)
          .weigher((Planned planned, List<DataFile> files) -> files.size() + 1)
          .build();

  private final Cache<Long, State> states =
      Caffeine.newBuilder().maximumSize(KNOWN_SNAPSHOTS).build();

  private final LakeSide side;
  private final Manifests manifests;
  private final Map<String, Integer> fieldIds;

  /**
   * Plans of one side.
   *
   * @param manifests of its catalog
   * @param fieldIds of its columns, by the names that filters use
   */
  ScanPlanner(LakeSide side, Manifests manifests, Map<String, Integer> fieldIds) {
    this.side = side;
    this.manifests = manifests;
    this.fieldIds = Map.copyOf(fieldIds);
  }

  /**
   * The files that may hold rows of {@code filter} at a snapshot.
   *
   * @throws EngineException {@code NO_SNAPSHOT}
   */
  List<DataFile> plan(long snapshotId, ScanFilter filter) {
    return filter instanceof ScanFilter.None
        ? List.of()
        : plans.get(new Planned(snapshotId, filter), this::plan);
  }

  private List<DataFile> plan(Planned wanted) {
    State state = states.get(wanted.snapshotId(), this::read);
    Expression filter = new ScanExpressions(fieldIds, state.schema()).of(wanted.filter());
    return state.hasDeletes() ? scan(wanted.snapshotId(), filter) : select(state, filter);
  }

  private State read(long snapshotId) {
    Table table = side.load();
    Snapshot snapshot = table.snapshot(snapshotId);
    if (snapshot == null) {
      throw new EngineException(
          ErrorCode.NO_SNAPSHOT,
          "Snapshot %d of %s has expired or never was".formatted(snapshotId, side.dataset()));
    }
    return new State(
        table.newScan().useSnapshot(snapshotId).schema(),
        table.specs(),
        snapshot.dataManifests(table.io()),
        !snapshot.deleteManifests(table.io()).isEmpty());
  }

  /** By Iceberg's scan, which knows of deletes. */
  private List<DataFile> scan(long snapshotId, Expression filter) {
    TableScan scan = side.load().newScan().useSnapshot(snapshotId).filter(filter);
    return side.tasks(scan).stream().map(FileScanTask::file).map(side::dataFile).toList();
  }

  private List<DataFile> select(State state, Expression filter) {
    InclusiveMetricsEvaluator statistics = new InclusiveMetricsEvaluator(state.schema(), filter);
    Map<Integer, ManifestEvaluator> bySummary = new HashMap<>();
    Map<Integer, Evaluator> byPartition = new HashMap<>();
    state
        .specs()
        .forEach((id, spec) -> {
          bySummary.put(id, ManifestEvaluator.forRowFilter(filter, spec, true));
          byPartition.put(
              id, new Evaluator(spec.partitionType(), Projections.inclusive(spec).project(filter)));
        });
    List<DataFile> selected = new ArrayList<>();
    for (ManifestFile manifest : state.manifests()) {
      int spec = manifest.partitionSpecId();
      if (Objects.requireNonNull(bySummary.get(spec)).eval(manifest)) {
        Evaluator partition = Objects.requireNonNull(byPartition.get(spec));
        for (org.apache.iceberg.DataFile file : manifests.files(manifest, state.specs())) {
          if (partition.eval(file.partition()) && statistics.eval(file)) {
            selected.add(side.dataFile(file));
          }
        }
      }
    }
    return List.copyOf(selected);
  }
}
