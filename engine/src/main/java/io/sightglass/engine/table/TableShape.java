package io.sightglass.engine.table;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/**
 * What a contract wants one of its two tables to look like. Immutable.
 *
 * @param partition of files written from now on
 */
record TableShape(List<WantedColumn> columns, List<PartitionField> partition) {

  /**
   * One column.
   *
   * @param protection how its values are hidden at rest; one that changes makes it another column,
   *     for what was written under the old one must not be read as if under the new
   */
  record WantedColumn(
      String name, ColumnType type, String protection, boolean exposed, String description) {}

  /** Values are kept as they came. */
  static final String PLAIN = "plain";

  TableShape {
    columns = List.copyOf(columns);
    partition = List.copyOf(partition);
  }

  static TableShape of(Dataset dataset, Side side) {
    return switch (side) {
      case ORDINARY -> ordinary(dataset);
      case VAULT -> vault(dataset);
    };
  }

  /** What a table is. */
  static TableShape of(Table table) {
    return new TableShape(
        table.schema().columns().stream()
            .map(field ->
                new WantedColumn(
                    field.name(),
                    IcebergTypes.of(field.type()),
                    table.properties().getOrDefault(TableEvolution.protection(field), PLAIN),
                    true,
                    Objects.requireNonNullElse(field.doc(), "")))
            .toList(),
        table.spec().fields().stream()
            .map(field -> PartitionFields.of(field, table.schema()))
            .toList());
  }

  /**
   * The table of a view's result: the columns and nothing else. One whose type changes is another
   * column, for the result is made anew rather than followed.
   */
  static TableShape ofResult(Dataset result) {
    return new TableShape(
        result.columns().stream()
            .map(column ->
                new WantedColumn(
                    column.name(),
                    column.type(),
                    "result " + column.type().sql(),
                    true,
                    column.description()))
            .toList(),
        result.partition());
  }

  private static TableShape ordinary(Dataset dataset) {
    List<WantedColumn> columns = new ArrayList<>();
    for (Column column : dataset.columns()) {
      columns.add(
          new WantedColumn(
              column.name(), column.storedType(), protection(column), true, column.description()));
    }
    columns.add(internal(Dataset.FILE_DATE, Scalar.DATE, true));
    columns.add(internal(Dataset.LOAD_ID, Scalar.VARCHAR, true));
    columns.add(internal(Dataset.ROW_KEY, Scalar.VARCHAR, true));
    return new TableShape(columns, partition(dataset));
  }

  private static TableShape vault(Dataset dataset) {
    List<WantedColumn> columns = new ArrayList<>();
    for (Column column : dataset.directColumns()) {
      columns.add(
          new WantedColumn(column.name(), column.type(), PLAIN, true, column.description()));
    }
    columns.add(internal(Dataset.ROW_KEY, Scalar.VARCHAR, true));
    columns.add(internal(Dataset.FILE_DATE, Scalar.DATE, false));
    columns.add(internal(Dataset.LOAD_ID, Scalar.VARCHAR, false));
    return new TableShape(columns, List.of());
  }

  private static WantedColumn internal(String name, ColumnType type, boolean exposed) {
    return new WantedColumn(name, type, PLAIN, exposed, "");
  }

  private static String protection(Column column) {
    if (column.mask() == null) {
      return PLAIN;
    }
    return column.domain() == null ? column.mask().name() : column.mask() + ":" + column.domain();
  }

  /** The mask of a recorded protection; null: values are as they came, or those of a view. */
  static @Nullable Mask mask(String protection) {
    String name = protection.split(":", 2)[0];
    return Arrays.stream(Mask.values())
        .filter(mask -> mask.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** The domain of a recorded protection; null: it has none. */
  static @Nullable String domain(String protection) {
    String[] parts = protection.split(":", 2);
    return parts.length == 1 ? null : parts[1];
  }

  /**
   * The contract's, else by month for a table whose days are replaced, else none. Not by day: years
   * of days would be thousands of files that nothing may merge, while a day's bounds find its file
   * within the month.
   */
  private static List<PartitionField> partition(Dataset dataset) {
    if (dataset.partition().isEmpty() && dataset.load() == LoadMode.REPLACE_DATE) {
      return List.of(new PartitionField(Transform.MONTH, Dataset.FILE_DATE, 0));
    }
    return dataset.partition();
  }
}
