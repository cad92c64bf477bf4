package io.sightglass.engine.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;

/**
 * Finds the small files of a snapshot that are to become one each: neighbours by age, of one
 * partition. Files of an earlier partitioning are merged across partitions, into today's.
 */
final class MergePlan {

  private final LakeSide side;
  private final MergeLimits limits;

  MergePlan(LakeSide side, MergeLimits limits) {
    this.side = side;
    this.limits = limits;
  }

  /** The groups, each at least {@code minFiles} files. */
  List<List<DataFile>> of(long snapshotId) {
    Table table = side.load();
    Map<String, List<org.apache.iceberg.DataFile>> partitions = new TreeMap<>();
    for (FileScanTask task : side.tasks(table.newScan().useSnapshot(snapshotId))) {
      org.apache.iceberg.DataFile file = task.file();
      boolean isToday = file.specId() == table.spec().specId();
      if (!isToday || file.fileSizeInBytes() < limits.targetBytes() / 4 * 3) {
        String partition = isToday ? " " + table.spec().partitionToPath(file.partition()) : "";
        partitions.computeIfAbsent(partition, key -> new ArrayList<>()).add(file);
      }
    }
    List<List<DataFile>> groups = new ArrayList<>();
    partitions.values().forEach(files -> groups.addAll(groups(files)));
    return groups;
  }

  private List<List<DataFile>> groups(List<org.apache.iceberg.DataFile> files) {
    files.sort(
        Comparator.comparing(
                org.apache.iceberg.DataFile::dataSequenceNumber,
                Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(org.apache.iceberg.DataFile::location));
    List<List<DataFile>> groups = new ArrayList<>();
    List<DataFile> group = new ArrayList<>();
    long bytes = 0;
    long rows = 0;
    for (org.apache.iceberg.DataFile file : files) {
      boolean isFull =
          bytes + file.fileSizeInBytes() > limits.targetBytes()
              || rows + file.recordCount() > limits.targetRows();
      if (isFull && !group.isEmpty()) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
        rows = 0;
      }
      group.add(side.dataFile(file));
      bytes += file.fileSizeInBytes();
      rows += file.recordCount();
    }
    groups.add(group);
    groups.removeIf(found -> found.size() < limits.minFiles());
    return groups;
  }
}
