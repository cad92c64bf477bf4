package io.sightglass.engine.ingest.maintenance;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.LoadStores;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.ingest.check.ParquetCopy;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.FileRewrite;
import io.sightglass.engine.table.FormerColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.StoredLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Makes the values of columns anew whose protection has changed with the contract: from the vault,
 * which has them as they came, or from the ordinary files of a time at which nobody knew that they
 * identify; those move to the vault. Used once, by one thread.
 *
 * <p>Until then such a column reads as NULL: the table dropped it when the contract changed.
 */
final class Rebuild {

  private static final int FILES_AT_ONCE = 64;
  private static final int ATTEMPTS = 5;

  /** Before the names of columns as they were. */
  private static final String FORMER = "former ";

  private static final Set<String> OF_EVERY_ROW =
      Set.of(Dataset.ROW_KEY, Dataset.FILE_DATE, Dataset.LOAD_ID);

  private final LoadStores stores;
  private final LakeTable table;
  private final PseudonymKeys keys;
  private final DuckDbSession session;
  private final StagingFolder folder;
  private final Map<String, FormerColumn> plain = new TreeMap<>();
  private final Set<String> remade = new TreeSet<>();

  Rebuild(
      LoadStores stores,
      LakeTable table,
      PseudonymKeys keys,
      DuckDbSession session,
      StagingFolder folder) {
    this.stores = stores;
    this.table = table;
    this.keys = keys;
    this.session = session;
    this.folder = folder;
    for (FormerColumn former : table.formerColumns(Side.ORDINARY)) {
      if (table.dataset().findColumn(former.name()).isPresent()) {
        remade.add(former.name());
        if (former.plain()) {
          plain.put(former.name(), former);
        }
      }
    }
  }

  /** What was made anew, or nothing had to be. */
  Maintenance.Rebuilt run() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<FileRewrite> rewrites =
          remade.isEmpty() ? List.of() : table.findCurrent().map(this::rewrites).orElse(List.of());
      if (rewrites.isEmpty()) {
        return new Maintenance.Rebuilt(table.dataset().name(), Set.of(), 0);
      }
      if (!table.rewrite(FileRewrite.Purpose.REBUILD, rewrites).isEmpty()) {
        int files = rewrites.stream().mapToInt(one -> one.removed().size()).sum();
        return new Maintenance.Rebuilt(table.dataset().name(), remade, files);
      }
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "Columns of %s were not made anew: loads changed its files each time; run it again"
            .formatted(table.dataset().name()));
  }

  private List<FileRewrite> rewrites(PairSnapshot now) {
    Map<String, Integer> ids = ids(Side.ORDINARY);
    Map<DataFile, Set<Integer>> fields = table.fields(now, Side.ORDINARY);
    List<DataFile> lacking =
        fields.entrySet().stream()
            .filter(
                file -> remade.stream().anyMatch(one -> !file.getValue().contains(ids.get(one))))
            .map(Map.Entry::getKey)
            .toList();
    if (lacking.isEmpty()) {
      return List.of();
    }
    keys();
    List<DataFile> vault = List.copyOf(table.fields(now, Side.VAULT).keySet());
    List<FileRewrite> rewrites = new ArrayList<>();
    try (FileCache.Lease vaultFiles = stores.files(Side.VAULT).lease(Compactor.wanted(vault))) {
      for (int from = 0; from < lacking.size(); from += FILES_AT_ONCE) {
        List<DataFile> some = lacking.subList(from, Math.min(lacking.size(), from + FILES_AT_ONCE));
        rewrites.add(ordinary(some, vaultFiles.paths()));
      }
      List<String> found =
          plain.keySet().stream()
              .filter(one -> table.dataset().findColumn(one).orElseThrow().isDirect())
              .toList();
      boolean isInOrdinary =
          found.stream()
              .map(one -> Objects.requireNonNull(plain.get(one)).fieldId())
              .anyMatch(id ->
                  lacking.stream()
                      .anyMatch(file -> fields.getOrDefault(file, Set.of()).contains(id)));
      if (isInOrdinary) {
        rewrites.addAll(vault(lacking, now, vaultFiles.paths(), vault, found));
      }
    }
    return rewrites;
  }

  private FileRewrite ordinary(List<DataFile> files, List<Path> vault) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String one : remade) {
      Column column = table.dataset().findColumn(one).orElseThrow();
      // A file of later loads has the column, under today's protection; the others have NULL.
      String raw = raw(one, !vault.isEmpty());
      values.put(one, "coalesce(f.%s, %s)".formatted(name(one), atRest(column, raw)));
    }
    StoredLayout layout = table.storedLayout(Side.ORDINARY);
    try (FileCache.Lease lease = stores.files(Side.ORDINARY).lease(Compactor.wanted(files))) {
      String query =
          "SELECT %s FROM %s f%s"
              .formatted(
                  qualified(layout, "f", values),
                  former(lease.paths()),
                  vault.isEmpty()
                      ? ""
                      : " LEFT JOIN %s v ON v._row_key = f._row_key".formatted(vaultRows(vault)));
      return rewrite(Side.ORDINARY, files, layout, query);
    }
  }

  /** Puts values that ordinary files have as they came into the vault. */
  private List<FileRewrite> vault(
      List<DataFile> ordinary,
      PairSnapshot now,
      List<Path> vaultFiles,
      List<DataFile> vault,
      List<String> found) {
    StoredLayout layout = table.storedLayout(Side.VAULT);
    Map<String, String> completed = new LinkedHashMap<>();
    Map<String, String> created = new LinkedHashMap<>();
    for (StoredLayout.StoredColumn column : layout.columns()) {
      String one = name(column.name());
      if (found.contains(column.name())) {
        completed.put(
            column.name(), "coalesce(v.%s, f.%s)".formatted(one, name(FORMER + column.name())));
        created.put(column.name(), "f." + name(FORMER + column.name()));
      } else if (!OF_EVERY_ROW.contains(column.name())) {
        created.put(column.name(), "NULL"); // it was not direct when the row came
      }
    }
    List<FileRewrite> rewrites = new ArrayList<>();
    try (FileCache.Lease lease = stores.files(Side.ORDINARY).lease(Compactor.wanted(ordinary))) {
      String former = former(lease.paths());
      boolean isIncomplete =
          table.fields(now, Side.VAULT).values().stream()
              .anyMatch(known -> !known.containsAll(ids(Side.VAULT, found)));
      if (isIncomplete) {
        rewrites.add(
            rewrite(
                Side.VAULT,
                vault,
                layout,
                "SELECT %s FROM %s v LEFT JOIN %s f ON f._row_key = v._row_key"
                    .formatted(qualified(layout, "v", completed), vaultRows(vaultFiles), former)));
      }
      String without =
          vault.isEmpty()
              ? ""
              : " WHERE f._row_key NOT IN (SELECT _row_key FROM %s)"
                  .formatted(vaultRows(vaultFiles));
      rewrites.add(
          rewrite(
              Side.VAULT,
              List.of(),
              layout,
              "SELECT %s FROM %s f%s".formatted(qualified(layout, "f", created), former, without)));
    }
    return rewrites;
  }

  private Set<Integer> ids(Side side, List<String> columns) {
    Map<String, Integer> ids = ids(side);
    return columns.stream().map(ids::get).collect(Collectors.toSet());
  }

  private FileRewrite rewrite(Side side, List<DataFile> files, StoredLayout layout, String query) {
    List<StagedFile> staged =
        new ParquetCopy(session, table, side, layout.copyFieldIds())
            .write(query, folder.fresh("rebuilt"));
    long before = files.stream().mapToLong(DataFile::rows).sum();
    long after = staged.stream().mapToLong(StagedFile::rowCount).sum();
    if (!files.isEmpty() && before != after) {
      throw new EngineException(
          ErrorCode.INTERNAL,
          "Columns of %s were not made anew: %d rows became %d; maintain --verify may say more"
              .formatted(table.dataset().name(), before, after));
    }
    return new FileRewrite(
        side,
        files,
        staged.stream()
            .filter(file -> file.rowCount() > 0)
            .map(file -> table.upload(side, file))
            .toList());
  }

  /** The value as it came, from wherever it is. */
  private String raw(String column, boolean hasVault) {
    List<String> places = new ArrayList<>();
    if (hasVault && ids(Side.VAULT).containsKey(column)) {
      places.add("v." + name(column));
    }
    if (plain.containsKey(column)) {
      places.add("f." + name(FORMER + column));
    }
    return places.isEmpty() ? "NULL" : "coalesce(%s)".formatted(String.join(", ", places));
  }

  private static String atRest(Column column, String value) {
    Mask mask = column.mask();
    String typed = "CAST(%s AS %s)".formatted(value, column.type().sql());
    if (mask == null) {
      return typed;
    }
    return switch (mask) {
      case PSEUDONYM ->
          PseudonymKeys.pseudonym(
              String.valueOf(column.domain()), "CAST(%s AS VARCHAR)".formatted(typed));
      case LAST4, PREFIX3, YEAR, REDACT, SCRUB, NULL ->
          MaskSql.masked(mask, typed, column.type(), false);
    };
  }

  private void keys() {
    for (Column column : table.dataset().columns()) {
      if (column.domain() != null) {
        keys.define(session, String.valueOf(column.domain()));
      }
    }
  }

  private Map<String, Integer> ids(Side side) {
    return table.storedLayout(side).columns().stream()
        .collect(
            Collectors.toMap(StoredLayout.StoredColumn::name, StoredLayout.StoredColumn::fieldId));
  }

  private static String qualified(
      StoredLayout layout, String relation, Map<String, String> values) {
    return layout.columns().stream()
        .map(column ->
            "CAST(%s AS %s) AS %s"
                .formatted(
                    values.getOrDefault(
                        column.name(),
                        column.nested()
                            ? "coalesce(%s.%s, NULL)".formatted(relation, name(column.name()))
                            : relation + "." + name(column.name())),
                    column.sqlType(),
                    name(column.name())))
        .collect(Collectors.joining(", "));
  }

  /** Ordinary files with their columns as they are now, and as they were in the clear. */
  private String former(List<Path> files) {
    String now = table.storedLayout(Side.ORDINARY).readSchema();
    String were =
        plain.values().stream()
            .map(one ->
                ", %d: {name: %s, type: %s, default_value: NULL}"
                    .formatted(one.fieldId(), text(FORMER + one.name()), text(one.sqlType())))
            .collect(Collectors.joining());
    return relation(files, now.substring(0, now.length() - 1) + were + "}");
  }

  private String vaultRows(List<Path> files) {
    return relation(files, table.storedLayout(Side.VAULT).readSchema());
  }

  private static String relation(List<Path> files, String schema) {
    return "read_parquet(%s, hive_partitioning = false, schema = %s)"
        .formatted(texts(files.stream().map(Path::toString).toList()), schema);
  }
}
