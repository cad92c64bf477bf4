package io.sightglass.engine.ingest;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds datasets for tests, one part after the other. */
public final class TestingDataset {

  private final String name;
  private final List<Column> columns = new ArrayList<>();
  private final List<Source> sources = new ArrayList<>();
  private LoadMode mode = LoadMode.APPEND;
  private List<String> key = List.of();
  private @Nullable String latestBy;
  private @Nullable String where;
  private List<PartitionField> partition = List.of();
  private Expectations expect = new Expectations(null, null, ZoneOffset.UTC, null, null);

  private Retention retention = Retention.FOREVER;
  private Dataset.@Nullable Parts parts;
  private Dataset.@Nullable Control control;
  private @Nullable ScanTimes scan;

  public TestingDataset(String name) {
    this.name = name;
  }

  public TestingDataset source(String path, Source.Format format, String... nullText) {
    return source(path, format, ',', nullText);
  }

  public TestingDataset source(
      String path, Source.Format format, char delimiter, String... nullText) {
    sources.add(
        new Source(
            path,
            format,
            new Source.CsvDialect(
                delimiter,
                '"',
                '"',
                "utf-8",
                true,
                nullText.length == 0 ? List.of("") : List.of(nullText))));
    return this;
  }

  public TestingDataset load(LoadMode load) {
    mode = load;
    return this;
  }

  public TestingDataset key(@Nullable String newestBy, String... columnsOfKey) {
    latestBy = newestBy;
    key = List.of(columnsOfKey);
    return this;
  }

  public TestingDataset where(String expression) {
    where = expression;
    return this;
  }

  public TestingDataset partition(PartitionField... fields) {
    partition = List.of(fields);
    return this;
  }

  public TestingDataset expect(Expectations.@Nullable Band rows, @Nullable Double rejects) {
    expect = new Expectations(null, null, ZoneOffset.UTC, rows, rejects);
    return this;
  }

  public TestingDataset expect(Expectations expected) {
    expect = expected;
    return this;
  }

  public TestingDataset retention(Period snapshots) {
    retention = new Retention(null, Dataset.FILE_DATE, snapshots);
    return this;
  }

  public TestingDataset retention(Period rows, String of, Period snapshots) {
    retention = new Retention(rows, of, snapshots);
    return this;
  }

  public TestingDataset parts(@Nullable Integer count, @Nullable String done) {
    parts = new Dataset.Parts(count, done);
    return this;
  }

  public TestingDataset control(String path, @Nullable String rows, @Nullable String sha256) {
    control = new Dataset.Control(path, rows, sha256);
    return this;
  }

  public TestingDataset scan(String cron, String zone) {
    scan = new ScanTimes(cron, ZoneId.of(zone));
    return this;
  }

  public TestingDataset column(String column, ColumnType type) {
    return column(column, type, TextFormat.DEFAULT, Column.Constraints.NONE);
  }

  public TestingDataset required(String column, ColumnType type) {
    return column(
        column,
        type,
        TextFormat.DEFAULT,
        new Column.Constraints(true, null, List.of(), null, null));
  }

  public TestingDataset column(
      String column, ColumnType type, TextFormat text, Column.Constraints constraints) {
    columns.add(
        new Column(
            column, type, Sensitivity.NONE, null, null, List.of(), text, constraints, column));
    return this;
  }

  /** A column with other names in its sources, which is perhaps required. */
  public TestingDataset from(String column, ColumnType type, boolean required, String... names) {
    columns.add(
        new Column(
            column,
            type,
            Sensitivity.NONE,
            null,
            null,
            List.of(names),
            TextFormat.DEFAULT,
            new Column.Constraints(required, null, List.of(), null, null),
            column));
    return this;
  }

  public TestingDataset direct(String column, ColumnType type, Mask mask) {
    return direct(column, type, mask, mask == Mask.PSEUDONYM ? "person" : null);
  }

  public TestingDataset direct(String column, ColumnType type, Mask mask, @Nullable String domain) {
    columns.add(
        new Column(
            column,
            type,
            Sensitivity.DIRECT,
            mask,
            domain,
            List.of(),
            TextFormat.DEFAULT,
            Column.Constraints.NONE,
            column));
    return this;
  }

  public static TextFormat formats(String zone, String... formats) {
    return new TextFormat(List.of(formats), ZoneId.of(zone), '.', null, List.of(), List.of());
  }

  public Dataset build() {
    return new Dataset(
        QualifiedName.parse(name),
        "For tests",
        "tests",
        "one row per row",
        Map.of(),
        sources.isEmpty()
            ? List.of(new Source("x", Source.Format.CSV, Source.CsvDialect.DEFAULT))
            : sources,
        mode,
        key,
        latestBy,
        where,
        partition,
        expect,
        retention,
        parts,
        control,
        scan,
        columns);
  }
}
