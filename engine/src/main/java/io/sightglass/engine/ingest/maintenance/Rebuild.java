package io.sightglass.engine.ingest.maintenance;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.ParquetCopy;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

  private static final Set<String> OF_EVERY_ROW =
      Set.of(Dataset.ROW_KEY, Dataset.FILE_DATE, Dataset.LOAD_ID);

  private final LoadStores stores;
  private final LakeTable table;
  private final PseudonymKeys keys;
  private final DuckDbSession session;
  private final StagingFolder folder;
  private final List<FormerColumn> former;
  private final Map<String, Protected> remade = new TreeMap<>();

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
    this.former = table.formerColumns(Side.ORDINARY);
    for (FormerColumn one : former) {
      remade.computeIfAbsent(
          one.name(),
          name ->
              table
                  .dataset()
                  .findColumn(name)
                  .map(Protected::of)
                  .orElseGet(() -> withoutContract(one)));
    }
  }

  /**
   * How a column is kept.
   *
   * @param type as it comes
   * @param mask at rest; null: as it comes
   * @param domain of a pseudonym, else null
   * @param direct whether the vault has it as it comes
   */
  private record Protected(
      ColumnType type, @Nullable Mask mask, @Nullable String domain, boolean direct) {

    static Protected of(Column column) {
      return new Protected(column.type(), column.mask(), column.domain(), column.isDirect());
    }
  }

  /** By what the table says of a column that the contract no longer names: it has not gone. */
  private Protected withoutContract(FormerColumn column) {
    Optional<ColumnType> inVault =
        table.storedLayout(Side.VAULT).columns().stream()
            .filter(one -> one.name().equals(column.name()))
            .map(StoredLayout.StoredColumn::type)
            .findFirst();
    ColumnType type = inVault.orElse(column.stored().type());
    return column.mask() == null
        ? new Protected(type, null, null, false)
        : new Protected(type, column.mask(), column.domain(), inVault.isPresent());
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
        return new Maintenance.Rebuilt(table.dataset().name(), remade.keySet(), files);
      }
      if (!table.isAsSeen()) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "Columns of %s were not made anew: their protection has changed meanwhile; run it again"
                .formatted(table.dataset().name()));
      }
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "Columns of %s were not made anew: loads changed its files each time; run it again"
            .formatted(table.dataset().name()));
  }

  private List<FileRewrite> rewrites(PairSnapshot now) {
    Map<DataFile, Set<String>> waiting = table.waiting(now);
    List<DataFile> lacking = List.copyOf(waiting.keySet());
    if (lacking.isEmpty()) {
      return List.of();
    }
    for (Protected column : remade.values()) {
      if (column.domain() != null) {
        keys.define(session, column.domain());
      }
    }
    List<DataFile> vault = List.copyOf(table.fields(now, Side.VAULT).keySet());
    List<FileRewrite> rewrites = new ArrayList<>();
    try (FileCache.Lease vaultFiles = stores.files(Side.VAULT).lease(Compactor.wanted(vault))) {
      for (int from = 0; from < lacking.size(); from += FILES_AT_ONCE) {
        List<DataFile> some = lacking.subList(from, Math.min(lacking.size(), from + FILES_AT_ONCE));
        rewrites.add(ordinary(some, vaultFiles.paths()));
      }
      Set<String> moved =
          former.stream()
              .filter(FormerColumn::plain)
              .map(FormerColumn::name)
              .filter(one -> Objects.requireNonNull(remade.get(one)).direct())
              .filter(one -> waiting.values().stream().anyMatch(names -> names.contains(one)))
              .collect(Collectors.toSet());
      if (!moved.isEmpty()) {
        rewrites.addAll(vault(lacking, vaultFiles.paths(), vault, moved));
      }
    }
    return rewrites;
  }

  private FileRewrite ordinary(List<DataFile> files, List<Path> vault) {
    Map<String, String> values = new LinkedHashMap<>();
    remade.forEach((one, column) ->
        // A file of later loads has the column, under today's protection; the others have NULL.
        values.put(
            one,
            "coalesce(f.%s, %s)".formatted(name(one), atRest(column, raw(one, !vault.isEmpty())))));
    StoredLayout layout = table.storedLayout(Side.ORDINARY);
    try (FileCache.Lease lease = stores.files(Side.ORDINARY).lease(Compactor.wanted(files))) {
      String query =
          "SELECT %s FROM %s f%s"
              .formatted(
                  qualified(layout, "f", values),
                  ordinaryRows(lease.paths()),
                  vault.isEmpty()
                      ? ""
                      : " LEFT JOIN %s v ON v._row_key = f._row_key".formatted(vaultRows(vault)));
      return rewrite(Side.ORDINARY, files, layout, query);
    }
  }

  /** Puts values that ordinary files have as they came into the vault. */
  private List<FileRewrite> vault(
      List<DataFile> ordinary, List<Path> vaultFiles, List<DataFile> vault, Set<String> moved) {
    StoredLayout layout = table.storedLayout(Side.VAULT);
    Map<String, String> completed = new LinkedHashMap<>();
    Map<String, String> created = new LinkedHashMap<>();
    for (StoredLayout.StoredColumn column : layout.columns()) {
      if (moved.contains(column.name())) {
        String found = String.join(", ", plain(column.name()));
        completed.put(column.name(), "coalesce(v.%s, %s)".formatted(name(column.name()), found));
        created.put(column.name(), "coalesce(%s)".formatted(found));
      } else if (!OF_EVERY_ROW.contains(column.name())) {
        created.put(column.name(), "NULL"); // it was not direct when the row came
      }
    }
    List<FileRewrite> rewrites = new ArrayList<>();
    try (FileCache.Lease lease = stores.files(Side.ORDINARY).lease(Compactor.wanted(ordinary))) {
      String rows = ordinaryRows(lease.paths());
      String without = "";
      if (!vault.isEmpty()) {
        String known = vaultRows(vaultFiles);
        rewrites.add(
            rewrite(
                Side.VAULT,
                vault,
                layout,
                "SELECT %s FROM %s v LEFT JOIN %s f ON f._row_key = v._row_key"
                    .formatted(qualified(layout, "v", completed), known, rows)));
        without = " WHERE f._row_key NOT IN (SELECT _row_key FROM %s)".formatted(known);
      }
      rewrites.add(
          rewrite(
              Side.VAULT,
              List.of(),
              layout,
              "SELECT %s FROM %s f%s".formatted(qualified(layout, "f", created), rows, without)));
    }
    return rewrites;
  }

  private FileRewrite rewrite(Side side, List<DataFile> files, StoredLayout layout, String query) {
    List<StagedFile> staged =
        new ParquetCopy(session, table, side, layout).write(query, folder.fresh("rebuilt"));
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
    if (hasVault && table.storedLayout(Side.VAULT).ids().containsKey(column)) {
      places.add("v." + name(column));
    }
    places.addAll(plain(column));
    return places.isEmpty() ? "NULL" : "coalesce(%s)".formatted(String.join(", ", places));
  }

  /** Where ordinary files may have the value of a column as it came, the newest first. */
  private List<String> plain(String column) {
    return former.reversed().stream()
        .filter(one -> one.plain() && one.name().equals(column))
        .map(one -> "f." + name(one.stored().name()))
        .toList();
  }

  private static String atRest(Protected column, String value) {
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

  /** Ordinary files with their columns as they are now, and as they were. */
  private String ordinaryRows(List<Path> files) {
    List<StoredLayout.StoredColumn> were = former.stream().map(FormerColumn::stored).toList();
    return relation(files, table.storedLayout(Side.ORDINARY).with(were).readSchema());
  }

  private String vaultRows(List<Path> files) {
    return relation(files, table.storedLayout(Side.VAULT).readSchema());
  }

  private static String relation(List<Path> files, String schema) {
    return "read_parquet(%s, hive_partitioning = false, schema = %s)"
        .formatted(texts(files.stream().map(Path::toString).toList()), schema);
  }
}
