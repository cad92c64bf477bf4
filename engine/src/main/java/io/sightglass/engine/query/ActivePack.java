package io.sightglass.engine.query;

import io.sightglass.engine.access.Principal;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.InstanceContents;
import io.sightglass.engine.duckdb.InstanceContents.Rows;
import io.sightglass.engine.duckdb.InstanceSlot;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.duckdb.ShadowPlanner;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * One version of everything that a statement stands on: the pack, the policies under it, the
 * engines that know its names, the tables. Immutable but for its end; thread-safe.
 *
 * <p>A reload makes a new one and retires this; statements that hold it, waiting or running, keep
 * it until they end.
 */
public final class ActivePack {

  private final ViewPack pack;
  private final Function<Principal, CallerPolicy> policies;
  private final TableFiles files;
  private final InstanceSlot ordinary;
  private final InstanceSlot vault;
  private final ShadowPlanner shadow;
  private final List<RawTable> masked;
  private final List<RawTable> all;
  private int holders;
  private boolean retired;

  /**
   * A version whose engines open at first use.
   *
   * @param policies what a caller's grants come to, remembered by combination
   * @param tables shapes of the tables of the pack's datasets and of its stored results
   * @param ordinarySettings may open ordinary files alone
   * @param vaultSettings may open both
   */
  public ActivePack(
      ViewPack pack,
      Function<Principal, CallerPolicy> policies,
      Collection<RawTable> tables,
      TableFiles files,
      DuckDbSettings ordinarySettings,
      DuckDbSettings vaultSettings) {
    this.pack = pack;
    this.policies = policies;
    this.files = files;
    this.all = List.copyOf(tables);
    this.masked =
        tables.stream().filter(table -> table.catalog() != RawTable.Catalog.VAULT).toList();
    InstanceContents ordinaryContents = new InstanceContents(pack, masked, false, Rows.FILES);
    InstanceContents vaultContents = new InstanceContents(pack, all, true, Rows.FILES);
    this.ordinary = new InstanceSlot(() -> DuckDbInstance.open(ordinarySettings, ordinaryContents));
    this.shadow = new ShadowPlanner(vaultSettings.spillDirectory(), vaultContents);
    this.vault = new InstanceSlot(() -> DuckDbInstance.open(vaultSettings, vaultContents));
  }

  /** How the files of the lake's tables are read. */
  public static List<RawTable> shapes(Collection<LakeTable> tables) {
    List<RawTable> shapes = new ArrayList<>();
    for (LakeTable table : tables) {
      shapes.add(shape(table, Side.ORDINARY, RawTable.Catalog.RAW));
      if (table.hasVault()) {
        shapes.add(shape(table, Side.VAULT, RawTable.Catalog.VAULT));
      }
    }
    return shapes;
  }

  /** How the files of the stored results of views are read. */
  public static List<RawTable> resultShapes(Collection<LakeTable> results) {
    return results.stream()
        .map(table -> shape(table, Side.ORDINARY, RawTable.Catalog.STORED))
        .toList();
  }

  private static RawTable shape(LakeTable table, Side side, RawTable.Catalog catalog) {
    return new RawTable(
        catalog,
        table.dataset().name(),
        table.columns(side).stream()
            .filter(column -> column.exposed())
            .map(column -> new OutputColumn(column.name(), column.sqlType()))
            .toList(),
        table.readSchema(side),
        table.readColumns(side));
  }

  public ViewPack pack() {
    return pack;
  }

  public CallerPolicy policyOf(Principal principal) {
    return policies.apply(principal);
  }

  TableFiles files() {
    return files;
  }

  /** Says which rows of its tables a statement can need. */
  ShadowPlanner shadow() {
    return shadow;
  }

  /** The engine for a statement: the vault's only when an identified view is named. */
  InstanceSlot engine(boolean identified) {
    return identified ? vault : ordinary;
  }

  /** The tables that hold the rows of those on that engine. */
  List<RawTable> tablesOf(Collection<PinnedTable> pinned, boolean identified) {
    return (identified ? all : masked)
        .stream().filter(table -> pinned.stream().anyMatch(of -> isOf(table, of))).toList();
  }

  /** Whether the table holds rows of what is pinned. */
  static boolean isOf(RawTable table, PinnedTable pinned) {
    return table.name().equals(pinned.dataset())
        && pinned.result() == (table.catalog() == RawTable.Catalog.STORED);
  }

  /** How often an engine that an error had broken was replaced. */
  public int replacements() {
    return ordinary.replacements() + vault.replacements();
  }

  /** Sessions that are open now on the engine of ordinary statements. */
  public int ordinarySessions() {
    return ordinary.openSessions();
  }

  /** Sessions that are open now on the engine that may read the vault. */
  public int vaultSessions() {
    return vault.openSessions();
  }

  /** Statements that are being planned now. */
  public int planningSessions() {
    return shadow.openSessions();
  }

  /** Opens the ordinary engine now, so that the first statement does not wait for it. */
  public void warm() {
    ordinary.current();
  }

  /**
   * Keeps the engines open until {@link #letGo}, which each holder calls once.
   *
   * @return false where this is retired: another version counts
   */
  synchronized boolean hold() {
    if (retired) {
      return false;
    }
    holders++;
    return true;
  }

  /** Ends one {@link #hold}. */
  void letGo() {
    boolean last;
    synchronized (this) {
      holders--;
      last = retired && holders == 0;
    }
    if (last) {
      close();
    }
  }

  /** Lets the engines close once the statements that hold this have ended. Idempotent. */
  public void retire() {
    boolean unused;
    synchronized (this) {
      retired = true;
      unused = holders == 0;
    }
    if (unused) {
      close();
    }
  }

  private void close() {
    ordinary.retire();
    vault.retire();
    shadow.retire();
  }
}
