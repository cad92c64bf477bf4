package io.sightglass.engine.table;

import java.util.ArrayList;
import java.util.Collection;
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

  /** The groups, each at least two files. */
  List<List<DataFile>> of(long snapshotId) {
    Table table = side.load();
    int files = 0;
    Map<String, List<org.apache.iceberg.DataFile>> partitions = new TreeMap<>();
    for (FileScanTask task : side.tasks(table.newScan().useSnapshot(snapshotId))) {
      org.apache.iceberg.DataFile file = task.file();
      files++;
      boolean isToday = file.specId() == table.spec().specId();
      if (!isToday || file.fileSizeInBytes() < limits.targetBytes() / 4 * 3) {
        String partition = isToday ? " " + table.spec().partitionToPath(file.partition()) : "";
        partitions.computeIfAbsent(partition, key -> new ArrayList<>()).add(file);
      }
    }
    List<List<DataFile>> groups = groups(partitions.values(), limits.minFiles());
    int merged = groups.stream().mapToInt(List::size).sum();
    return files - merged + groups.size() <= limits.mostFiles()
        ? groups
        : groups(partitions.values(), 2);
  }

  private List<List<DataFile>> groups(
      Collection<List<org.apache.iceberg.DataFile>> partitions, int fewest) {
    return partitions.stream().flatMap(files -> groups(files, fewest).stream()).toList();
  }

  private List<List<DataFile>> groups(List<org.apache.iceberg.DataFile> files, int fewest) {
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
      if (isFull) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
        rows = 0;
      }
      group.add(side.dataFile(file));
      bytes += file.fileSizeInBytes();
      rows += file.recordCount();
    }
    groups.removeIf(full -> full.size() < 2);
    if (group.size() >= fewest) {
      groups.add(group);
    }
    return groups;
  }
}
