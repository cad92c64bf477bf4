package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.table.IcebergTypes.Numbers;
import io.sightglass.engine.table.TableShape.WantedColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdatePartitionSpec;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * Makes one table, or brings it to the shape that its contract wants, each as one commit.
 *
 * <p>A column that the contract no longer names stays, so that the contract may come back to it. A
 * column whose protection changes is dropped and made anew under another field id: what was written
 * under the old protection reads as NULL until it is rebuilt, rather than as something it is not.
 */
final class TableEvolution {

  /** How often to begin anew when others change the table at the same time. */
  private static final int ATTEMPTS = 20;

  private static final Map<String, String> PROPERTIES =
      Map.of(
          "format-version", "2",
          "commit.retry.num-retries", "30",
          "commit.retry.min-wait-ms", "10",
          "commit.retry.max-wait-ms", "1000",
          "write.metadata.delete-after-commit.enabled", "true",
          "write.metadata.previous-versions-max", "100",
          "write.metadata.compression-codec", "gzip",
          "write.parquet.compression-codec", "zstd",
          "write.object-storage.enabled", "false");

  private final LakeCatalog catalog;
  private final QualifiedName dataset;
  private final TableShape shape;
  private final boolean remakes;

  /**
   * The evolution of one table.
   *
   * @param remakes whether a column may be made anew whose protection is another than the table's;
   *     else the contract is taken for an earlier one, and refused
   */
  TableEvolution(LakeCatalog catalog, QualifiedName dataset, TableShape shape, boolean remakes) {
    this.catalog = catalog;
    this.dataset = dataset;
    this.shape = shape;
    this.remakes = remakes;
  }

  /** Refuses what {@link #run} would refuse, and changes nothing. */
  void check() {
    shape.partition().forEach(field -> PartitionFields.sql(field, shape));
    for (Table table : catalog.find(dataset).stream().toList()) {
      for (WantedColumn column : shape.columns()) {
        Types.NestedField field = table.schema().asStruct().field(column.name());
        if (field != null && !isRemade(column, table)) {
          typeEdits(column.name(), field.type(), column.type());
        }
      }
    }
  }

  /**
   * Refuses a type that cannot hold every value of a column whose protection changes, too: its
   * values are to be made anew from those that came.
   *
   * @param vault which has them, if it has the column
   */
  void checkRemade(Dataset contract, Optional<Table> vault) {
    for (Table table : catalog.find(dataset).stream().toList()) {
      for (WantedColumn column : shape.columns()) {
        Optional<Column> named = contract.findColumn(column.name());
        if (named.isPresent() && isRemade(column, table)) {
          ColumnType wanted = named.get().type();
          Types.NestedField came =
              vault
                  .map(one -> one.schema().asStruct().field(column.name()))
                  .orElseGet(() -> table.schema().findField(column.name()));
          boolean isText = wanted == ColumnType.Scalar.VARCHAR && came.type().isPrimitiveType();
          if (!isText) {
            typeEdits(column.name(), came.type(), wanted);
          }
        }
      }
    }
  }

  /** The table, as the contract wants it. */
  Table run() {
    shape.partition().forEach(field -> PartitionFields.sql(field, shape)); // refuses early
    RuntimeException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        Table table = catalog.find(dataset).orElse(null);
        if (table == null) {
          create();
        } else if (!evolve(table)) {
          return table;
        }
      } catch (AlreadyExistsException | CommitFailedException e) {
        last = e; // somebody else was first: look again
      }
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "Table " + dataset + " kept changing while its columns were compared",
        last);
  }

  private void create() {
    Numbers numbers = new Numbers();
    List<Types.NestedField> fields = new ArrayList<>();
    for (WantedColumn column : shape.columns()) {
      fields.add(
          Types.NestedField.optional(
              numbers.next(),
              column.name(),
              IcebergTypes.of(column.type(), numbers),
              column.description()));
    }
    Schema schema = new Schema(fields);
    PartitionSpec.Builder spec = PartitionSpec.builderFor(schema);
    for (PartitionField field : shape.partition()) {
      PartitionFields.add(spec, field, PartitionFields.name(field, shape));
    }
    Transaction transaction = catalog.newTable(dataset, schema, spec.build(), PROPERTIES);
    record(transaction, transaction.table().schema(), Map.of());
    transaction.commitTransaction();
  }

  /** Whether there was something to change. */
  private boolean evolve(Table table) {
    if (!remakes && shape.columns().stream().anyMatch(column -> isRemade(column, table))) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "The protection of columns of %s is another than the views folder says that this process knows; it may know an earlier one"
              .formatted(dataset));
    }
    Transaction transaction = table.newTransaction();
    boolean changed = dropPartitionsOfRemadeColumns(transaction, table);
    changed |= evolveColumns(transaction, table);
    changed |= evolvePartition(transaction);
    changed |= record(transaction, transaction.table().schema(), table.properties());
    if (changed) {
      transaction.commitTransaction();
    }
    return changed;
  }

  /** A column cannot be dropped while files are partitioned by it. */
  private boolean dropPartitionsOfRemadeColumns(Transaction transaction, Table table) {
    List<org.apache.iceberg.PartitionField> doomed = new ArrayList<>();
    for (org.apache.iceberg.PartitionField field : table.spec().fields()) {
      Types.NestedField source = table.schema().findField(field.sourceId());
      if (source != null
          && shape.columns().stream()
              .anyMatch(column -> column.name().equals(source.name()) && isRemade(column, table))) {
        doomed.add(field);
      }
    }
    if (!doomed.isEmpty()) {
      UpdatePartitionSpec update = transaction.updateSpec();
      doomed.forEach(field -> update.removeField(field.name()));
      update.commit();
    }
    return !doomed.isEmpty();
  }

  private static boolean isRemade(WantedColumn column, Table table) {
    Types.NestedField field = table.schema().findField(column.name());
    if (field == null) {
      return false;
    }
    String recorded = table.properties().get(protection(field));
    return recorded != null && !recorded.equals(column.protection());
  }

  private boolean evolveColumns(Transaction transaction, Table table) {
    List<Consumer<UpdateSchema>> edits = new ArrayList<>();
    for (WantedColumn column : shape.columns()) {
      Types.NestedField field = table.schema().asStruct().field(column.name());
      if (field == null) {
        edits.add(add(column));
      } else if (isRemade(column, table)) {
        edits.add(update -> update.deleteColumn(column.name()));
        edits.add(add(column));
      } else {
        edits.addAll(typeEdits(column.name(), field.type(), column.type()));
        if (!column.description().equals(Objects.requireNonNullElse(field.doc(), ""))) {
          edits.add(update -> update.updateColumnDoc(column.name(), column.description()));
        }
      }
    }
    if (edits.isEmpty()) {
      return false;
    }
    UpdateSchema update = transaction.updateSchema();
    edits.forEach(edit -> edit.accept(update));
    update.commit();
    return true;
  }

  private static Consumer<UpdateSchema> add(WantedColumn column) {
    return update ->
        update.addColumn(column.name(), wantedType(column.type()), column.description());
  }

  private static Type wantedType(ColumnType type) {
    return IcebergTypes.of(type, new Numbers());
  }

  private List<Consumer<UpdateSchema>> typeEdits(String path, Type is, ColumnType wanted) {
    return switch (wanted) {
      case ColumnType.Scalar scalar -> primitiveEdits(path, is, wanted);
      case ColumnType.Decimal decimal -> primitiveEdits(path, is, wanted);
      case ColumnType.ListOf(ColumnType element) -> {
        if (!is.isListType()) {
          throw incompatible(path, is, wanted);
        }
        yield typeEdits(path + ".element", is.asListType().elementType(), element);
      }
      case ColumnType.Struct(List<ColumnType.Field> fields) -> {
        if (!is.isStructType()) {
          throw incompatible(path, is, wanted);
        }
        List<Consumer<UpdateSchema>> edits = new ArrayList<>();
        for (ColumnType.Field field : fields) {
          Types.NestedField existing = is.asStructType().field(field.name());
          if (existing == null) {
            edits.add(update -> update.addColumn(path, field.name(), wantedType(field.type())));
          } else {
            edits.addAll(typeEdits(path + "." + field.name(), existing.type(), field.type()));
          }
        }
        yield edits;
      }
    };
  }

  private List<Consumer<UpdateSchema>> primitiveEdits(String path, Type is, ColumnType wanted) {
    Type target = wantedType(wanted);
    if (is.equals(target)) {
      return List.of();
    }
    if (!isWidening(is, target)) {
      throw incompatible(path, is, wanted);
    }
    return List.of(update -> update.updateColumn(path, target.asPrimitiveType()));
  }

  private static boolean isWidening(Type from, Type to) {
    if (from.typeId() == Type.TypeID.INTEGER && to.typeId() == Type.TypeID.LONG) {
      return true;
    }
    return from instanceof Types.DecimalType narrow
        && to instanceof Types.DecimalType wide
        && narrow.scale() == wide.scale()
        && narrow.precision() < wide.precision();
  }

  private EngineException incompatible(String path, Type is, ColumnType wanted) {
    return new EngineException(
        ErrorCode.CONFLICT,
        "Column %s of %s is kept as %s; the contract now says %s; allowed: the same, INTEGER to BIGINT, a DECIMAL of more digits before the point, new fields of a STRUCT; else a column of another name"
            .formatted(path, dataset, is, wanted.sql()));
  }

  private boolean evolvePartition(Transaction transaction) {
    PartitionSpec spec = transaction.table().spec();
    Schema schema = transaction.table().schema();
    List<Consumer<UpdatePartitionSpec>> edits = new ArrayList<>();
    for (org.apache.iceberg.PartitionField field : spec.fields()) {
      if (shape.partition().stream().noneMatch(wanted -> isSame(wanted, field, schema))) {
        edits.add(update -> update.removeField(field.name()));
      }
    }
    for (PartitionField wanted : shape.partition()) {
      if (spec.fields().stream().noneMatch(field -> isSame(wanted, field, schema))) {
        String name = PartitionFields.name(wanted, shape);
        edits.add(update -> update.addField(name, PartitionFields.term(wanted)));
      }
    }
    if (edits.isEmpty()) {
      return false;
    }
    UpdatePartitionSpec update = transaction.updateSpec();
    edits.forEach(edit -> edit.accept(update));
    update.commit();
    return true;
  }

  static boolean isSame(
      PartitionField wanted, org.apache.iceberg.PartitionField field, Schema schema) {
    Types.NestedField source = schema.findField(field.sourceId());
    return source != null
        && source.name().equals(wanted.column())
        && PartitionFields.isTransform(wanted, field.transform().toString());
  }

  /** The property that says under which protection the values of a column are written. */
  static String protection(Types.NestedField field) {
    return "sightglass.protection." + field.fieldId();
  }

  /** Notes under which protection the values of each column are written. */
  private boolean record(Transaction transaction, Schema schema, Map<String, String> recorded) {
    Map<String, String> missing = new TreeMap<>();
    for (WantedColumn column : shape.columns()) {
      String key = protection(schema.findField(column.name()));
      if (!recorded.containsKey(key)) {
        missing.put(key, column.protection());
      }
    }
    if (!missing.isEmpty()) {
      UpdateProperties update = transaction.updateProperties();
      missing.forEach(update::set);
      update.commit();
    }
    return !missing.isEmpty();
  }
}
