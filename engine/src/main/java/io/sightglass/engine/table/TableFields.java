package io.sightglass.engine.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;

/** Which fields a table has had, and which of its files have them. Stateless. */
final class TableFields {

  /**
   * Before the id of a column that goes by no name any longer; no contract's column has a space.
   */
  private static final String FORMER = "former ";

  private TableFields() {}

  static List<FormerColumn> former(LakeSide side) {
    List<FormerColumn> former = new ArrayList<>();
    for (Table table : side.find().stream().toList()) {
      Map<Integer, Types.NestedField> known = new TreeMap<>();
      for (Schema schema : table.schemas().values()) {
        schema.columns().forEach(field -> known.put(field.fieldId(), field));
      }
      for (Types.NestedField field : known.values()) {
        Types.NestedField now = table.schema().asStruct().field(field.name());
        if (now != null && now.fieldId() != field.fieldId()) {
          String protection = protection(table, now);
          former.add(
              new FormerColumn(
                  field.name(),
                  TableShape.mask(protection),
                  TableShape.domain(protection),
                  protection(table, field).equals(TableShape.PLAIN),
                  StoredLayout.StoredColumn.of(FORMER + field.fieldId(), field)));
        }
      }
    }
    return former;
  }

  private static String protection(Table table, Types.NestedField field) {
    return table.properties().getOrDefault(TableEvolution.protection(field), TableShape.PLAIN);
  }

  /**
   * The files of a state that wait for columns to be made anew, with their names: written before
   * the protection changed, or from such files.
   */
  static Map<DataFile, Set<String>> waiting(LakeSide side, long snapshotId) {
    List<FormerColumn> former = former(side);
    Map<DataFile, Set<String>> waiting = new HashMap<>();
    if (!former.isEmpty()) {
      Map<String, Integer> now = side.storedLayout().ids();
      of(side, snapshotId)
          .forEach((file, fields) -> {
            Set<String> names =
                former.stream()
                    .filter(one ->
                        !fields.contains(now.get(one.name()))
                            || fields.contains(one.stored().fieldId()))
                    .map(FormerColumn::name)
                    .collect(Collectors.toSet());
            if (!names.isEmpty()) {
              waiting.put(file, names);
            }
          });
    }
    return waiting;
  }

  static Map<DataFile, Set<Integer>> of(LakeSide side, long snapshotId) {
    Table table = side.load();
    Map<DataFile, Set<Integer>> files = new HashMap<>();
    for (FileScanTask task :
        side.tasks(table.newScan().useSnapshot(snapshotId).includeColumnStats())) {
      Map<Integer, Long> counts = task.file().valueCounts();
      if (counts != null && !counts.isEmpty()) {
        files.put(side.dataFile(task.file()), Set.copyOf(counts.keySet()));
      }
    }
    return files;
  }
}
