package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.table.TableShape.WantedColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the two tables of a dataset, seen through a contract. Thread-safe: what it knows of the
 * table's shape is as old as the contract, what it tells of its state is read anew each time.
 *
 * <p>A data file is called after the digest of its content, so that the digest is known wherever
 * the file is: in manifests of any age, after compaction, in a backup, without a second place that
 * could be lost or be out of step.
 */
final class LakeSide {

  private static final Logger LOG = LoggerFactory.getLogger(LakeSide.class);

  private static final Pattern DIGEST_IN_NAME = Pattern.compile(".*-([0-9a-f]{64})\\.parquet");

  /** Safe with every store; values are ASCII here. */
  private static final int FOLDER_LENGTH = 120;

  private final LakeCatalog catalog;
  private final QualifiedName dataset;
  private final boolean absent;
  private final List<LakeColumn> columns;
  private final List<PartitionColumn> partition;
  private final PartitionSpec spec;
  private final ScanPlanner planner;

  /** The side of a contract that has no columns for it; older contracts may have had some. */
  LakeSide(LakeCatalog catalog, QualifiedName dataset) {
    this(catalog, dataset, false);
  }

  private LakeSide(LakeCatalog catalog, QualifiedName dataset, boolean absent) {
    this.catalog = catalog;
    this.dataset = dataset;
    this.absent = absent;
    this.columns = List.of();
    this.partition = List.of();
    this.spec = PartitionSpec.unpartitioned();
    this.planner = new ScanPlanner(this, catalog.manifests(), Map.of());
  }

  /** The side of a table that has only one: whatever table is called like it has no part in it. */
  static LakeSide none(LakeCatalog catalog, QualifiedName name) {
    return new LakeSide(catalog, name, true);
  }

  /** The side whose table is {@code table}, which has the shape already. */
  LakeSide(LakeCatalog catalog, QualifiedName dataset, TableShape shape, Table table) {
    this.catalog = catalog;
    this.dataset = dataset;
    this.absent = false;
    this.columns = shape.columns().stream().map(wanted -> column(wanted, table)).toList();
    this.spec = table.spec();
    this.partition = shape.partition().stream().map(field -> column(field, shape, table)).toList();
    this.planner =
        new ScanPlanner(
            this,
            catalog.manifests(),
            columns.stream().collect(Collectors.toMap(LakeColumn::name, LakeColumn::fieldId)));
  }

  private static LakeColumn column(WantedColumn wanted, Table table) {
    Types.NestedField field = Objects.requireNonNull(table.schema().findField(wanted.name()));
    return new LakeColumn(
        wanted.name(),
        wanted.type(),
        field.fieldId(),
        IcebergTypes.fieldIds(wanted.type(), field),
        IcebergTypes.sql(field.type()),
        wanted.exposed());
  }

  private static PartitionColumn column(PartitionField field, TableShape shape, Table table) {
    String name =
        table.spec().fields().stream()
            .filter(has -> TableEvolution.isSame(field, has, table.schema()))
            .map(org.apache.iceberg.PartitionField::name)
            .findFirst()
            .orElseThrow();
    return new PartitionColumn(name, field.column(), PartitionFields.sql(field, shape));
  }

  List<LakeColumn> columns() {
    return columns;
  }

  List<PartitionColumn> partition() {
    return partition;
  }

  QualifiedName dataset() {
    return dataset;
  }

  /**
   * Whether the table still has the columns under the ids that are known here. Of a result nobody
   * asks: it is made anew as a whole.
   */
  boolean isAsSeen() {
    return catalog.isOfResults() || has(writtenLayout().ids());
  }

  /** Whether the table has each column of a file under the id that the file has it. */
  boolean isWrittenAs(WrittenFile file) {
    return has(file.fieldIds());
  }

  private boolean has(Map<String, Integer> ids) {
    return storedLayout().ids().entrySet().containsAll(ids.entrySet());
  }

  /** The table as it is now, for one thread; empty when there has never been one. */
  Optional<Table> find() {
    return absent ? Optional.empty() : catalog.find(dataset);
  }

  /** The table as it is now, for one thread. */
  Table load() {
    return find()
        .orElseThrow(
            () -> new EngineException(ErrorCode.NOT_FOUND, "Dataset " + dataset + " has no table"));
  }

  /** Stores a file below its partition's folder. */
  WrittenFile upload(StagedFile file) {
    String digest;
    long size;
    try {
      digest = Digests.sha256(file.path());
      size = Files.size(file.path());
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A file to store cannot be read back", e);
    }
    String key =
        "%sdata/%s%s-%s.parquet"
            .formatted(catalog.folder(dataset), folder(file), UUID.randomUUID(), digest);
    catalog.store().put(key, file.path());
    return new WrittenFile(
        key, size, file.rowCount(), file.fieldIds(), file.columnStatistics(), file.partition());
  }

  /** Removes files that were uploaded and that no commit names, nor ever will. */
  void discard(List<WrittenFile> files) {
    for (WrittenFile file : files) {
      try {
        catalog.store().delete(file.key());
      } catch (EngineException e) {
        LOG.warn("A file of {} that nobody needs is left to orphan removal", dataset, e);
      }
    }
  }

  /** The Hive-style folder of a partition. It is for people: manifests hold the true values. */
  private String folder(StagedFile file) {
    if (spec.isUnpartitioned()) {
      return "";
    }
    return Arrays.stream(spec.partitionToPath(partition(file.partition())).split("/", -1))
        .map(part -> part.length() <= FOLDER_LENGTH ? part : part.substring(0, FOLDER_LENGTH) + "~")
        .collect(Collectors.joining("/", "", "/"));
  }

  private PartitionData partition(Map<String, @Nullable String> texts) {
    PartitionData data = new PartitionData(spec.partitionType());
    List<org.apache.iceberg.PartitionField> fields = spec.fields();
    for (int index = 0; index < fields.size(); index++) {
      org.apache.iceberg.PartitionField field = fields.get(index);
      if (!texts.containsKey(field.name())) {
        throw new IllegalArgumentException("A file without a value of partition " + field.name());
      }
      Type type = spec.partitionType().fields().get(index).type();
      data.set(
          index,
          PartitionFields.value(type, field.transform().toString(), texts.get(field.name())));
    }
    return data;
  }

  /** What goes into a manifest. */
  org.apache.iceberg.DataFile dataFile(WrittenFile file, Table table) {
    DataFiles.Builder builder =
        DataFiles.builder(spec)
            .withPath(catalog.files().location(file.key()))
            .withFormat(FileFormat.PARQUET)
            .withFileSizeInBytes(file.size())
            .withMetrics(FileStatistics.of(file, table.schema()));
    if (spec.isPartitioned()) {
      builder.withPartition(partition(file.partition()));
    }
    return builder.build();
  }

  /** The files that may hold rows of {@code filter} at a snapshot. */
  List<DataFile> plan(long snapshotId, ScanFilter filter) {
    return planner.plan(snapshotId, filter);
  }

  /** Every column that the table keeps now; none when there is no table. */
  StoredLayout storedLayout() {
    return new StoredLayout(
        find().stream()
            .flatMap(table -> table.schema().columns().stream())
            .map(field -> StoredLayout.StoredColumn.of(field.name(), field))
            .toList());
  }

  /** The key of what lies at a location of the table. */
  String key(String location) {
    return catalog.files().key(location);
  }

  DataFile dataFile(org.apache.iceberg.DataFile file) {
    String key = catalog.files().key(file.location());
    Matcher name = DIGEST_IN_NAME.matcher(key);
    return new DataFile(
        key, file.fileSizeInBytes(), file.recordCount(), name.matches() ? name.group(1) : null);
  }

  /**
   * The files of a scan.
   *
   * @throws EngineException {@code EXECUTION_FAILED} when rows of them have been deleted apart
   */
  List<FileScanTask> tasks(TableScan scan) {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = scan.planFiles()) {
      planned.forEach(tasks::add);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A table's metadata cannot be read", e);
    }
    if (tasks.stream().anyMatch(task -> !task.deletes().isEmpty())) {
      throw new EngineException(
          ErrorCode.EXECUTION_FAILED,
          "Another engine has deleted single rows of %s, which are not applied here; let it rewrite the files (rewrite_data_files)"
              .formatted(dataset));
    }
    return tasks;
  }

  /** The {@link #columns} as they are written. */
  StoredLayout writtenLayout() {
    return new StoredLayout(columns.stream().map(LakeColumn::stored).toList());
  }

  /** The value of {@code schema} for a {@code read_parquet} of the exposed columns. */
  String readSchema() {
    return columns.stream()
        .filter(LakeColumn::exposed)
        .map(column ->
            "%d: {name: %s, type: %s, default_value: NULL}"
                .formatted(column.fieldId(), literal(column.name()), literal(column.readType())))
        .collect(Collectors.joining(", ", "map {", "}"));
  }

  /** The list of a SELECT over a {@code read_parquet} with {@link #readSchema}. */
  String readColumns() {
    return columns.stream()
        .filter(LakeColumn::exposed)
        .map(LakeColumn::readSql)
        .collect(Collectors.joining(", "));
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
