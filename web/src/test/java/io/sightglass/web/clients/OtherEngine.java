package io.sightglass.web.clients;

import java.io.File;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Files;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.JdbcClientPool;

/**
 * Somebody else at the tables of a data folder, with Iceberg's own API and a DuckDB of his own: he
 * knows nothing of pairs, and of our names.
 */
final class OtherEngine implements AutoCloseable {

  private final JdbcCatalog catalog;

  /**
   * Opens one catalog of the folder.
   *
   * @param name {@code data} or {@code vault}
   */
  OtherEngine(Path data, String name) {
    catalog =
        new JdbcCatalog(
            properties -> new LocalFiles(),
            properties -> new JdbcClientPool(properties.get("uri"), properties),
            false);
    catalog.initialize(
        name,
        Map.of(
            "uri",
            "jdbc:sqlite:" + data.resolve("catalog.db"),
            "warehouse",
            "file:" + data.resolve("warehouse").resolve(name),
            "jdbc.schema-version",
            "V1",
            "jdbc.journal_mode",
            "WAL",
            "jdbc.busy_timeout",
            "20000"));
  }

  private Table table(String name) {
    return catalog.loadTable(TableIdentifier.of("shop", name));
  }

  /** Merges the files of a table, all of one partition, into one; how many there were. */
  int compact(String name) throws SQLException {
    Table table = table(name);
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(tasks::add);
    } catch (java.io.IOException e) {
      throw new UncheckedIOException(e);
    }
    String location = table.location() + "/data/merged-" + UUID.randomUUID() + ".parquet";
    long rows = merge(table, tasks, path(location));
    RewriteFiles rewrite = table.newRewrite();
    tasks.forEach(task -> rewrite.deleteFile(task.file()));
    rewrite.addFile(
        DataFiles.builder(table.spec())
            .withPath(location)
            .withFormat(FileFormat.PARQUET)
            .withPartition(tasks.getFirst().file().partition())
            .withFileSizeInBytes(new File(path(location)).length())
            .withRecordCount(rows)
            .build());
    rewrite.commit();
    return tasks.size();
  }

  private static long merge(Table table, List<FileScanTask> tasks, String target)
      throws SQLException {
    String files =
        tasks.stream()
            .map(task -> "'" + path(task.file().location()) + "'")
            .collect(Collectors.joining(", "));
    String columns =
        table.schema().columns().stream()
            .map(field -> '"' + field.name() + '"')
            .collect(Collectors.joining(", "));
    String ids =
        table.schema().columns().stream()
            .map(field -> '"' + field.name() + "\": " + field.fieldId())
            .collect(Collectors.joining(", "));
    try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckdb.createStatement()) {
      statement.execute(
          "COPY (SELECT %s FROM read_parquet([%s], union_by_name = true, hive_partitioning = false)) TO '%s' (FORMAT parquet, FIELD_IDS {%s})"
              .formatted(columns, files, target, ids));
      try (ResultSet counted =
          statement.executeQuery("SELECT count(*) FROM read_parquet('%s')".formatted(target))) {
        counted.next();
        return counted.getLong(1);
      }
    }
  }

  /** Removes one snapshot, and the files that only it has. */
  void expire(String name, long snapshotId) {
    table(name).expireSnapshots().expireSnapshotId(snapshotId).commit();
  }

  /** Removes every snapshot but the newest, and the files that it does not have. */
  void expireAllButNewest(String name) {
    Table table = table(name);
    ExpireSnapshots expire = table.expireSnapshots();
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.snapshotId() != table.currentSnapshot().snapshotId()) {
        expire.expireSnapshotId(snapshot.snapshotId());
      }
    }
    expire.commit();
  }

  /** Removes every row, every snapshot that has any, and all their files. */
  void empty(String name) {
    Table table = table(name);
    table.newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).commit();
    expireAllButNewest(name);
  }

  private static String path(String location) {
    return location.replaceFirst("^file:", "");
  }

  @Override
  public void close() {
    catalog.close();
  }

  /** Files by their locations. */
  private static final class LocalFiles implements FileIO {

    private static final long serialVersionUID = 1L;

    @Override
    public InputFile newInputFile(String location) {
      return new Input(location, Files.localInput(path(location)));
    }

    @Override
    public OutputFile newOutputFile(String location) {
      return new Output(location, Files.localOutput(path(location)));
    }

    @Override
    public void deleteFile(String location) {
      if (!new File(path(location)).delete()) {
        throw new IllegalStateException("Not deleted");
      }
    }
  }

  /** A file that is called as it was asked for. */
  private record Input(String location, InputFile file) implements InputFile {

    @Override
    public long getLength() {
      return file.getLength();
    }

    @Override
    public SeekableInputStream newStream() {
      return file.newStream();
    }

    @Override
    public boolean exists() {
      return file.exists();
    }
  }

  /** A file that is called as it was asked for. */
  private record Output(String location, OutputFile file) implements OutputFile {

    @Override
    public PositionOutputStream create() {
      return file.create();
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return file.createOrOverwrite();
    }

    @Override
    public InputFile toInputFile() {
      return new Input(location, file.toInputFile());
    }
  }
}
