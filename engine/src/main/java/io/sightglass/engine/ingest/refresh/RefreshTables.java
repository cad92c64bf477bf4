package io.sightglass.engine.ingest.refresh;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.query.ActivePack;
import io.sightglass.engine.query.TableFiles;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One version of what refreshes stand on. Immutable.
 *
 * @param datasets the tables of the pack's datasets
 * @param results the tables of its materialised views
 * @param files those of the datasets
 */
public record RefreshTables(
    ViewPack pack,
    Map<QualifiedName, LakeTable> datasets,
    Map<QualifiedName, LakeTable> results,
    TableFiles files) {

  public RefreshTables {
    datasets = Map.copyOf(datasets);
    results = Map.copyOf(results);
  }

  /** The views whose results are stored, each after those that it reads. */
  List<View> views() {
    return pack.views().values().stream().filter(View::isMaterialized).toList();
  }

  LakeTable resultOf(View view) {
    LakeTable table = results.get(view.name());
    if (table == null) {
      throw new IllegalStateException("No table for the result of " + view.name());
    }
    return table;
  }

  /** The newest states of what a view reads in the end, by dataset; no state: nothing is loaded. */
  Map<QualifiedName, TableFiles.PinnedTable> pin(View view) {
    Map<QualifiedName, TableFiles.PinnedTable> pinned = new TreeMap<>();
    for (QualifiedName dataset : view.datasets()) {
      pinned.put(dataset, files.pin(dataset));
    }
    return pinned;
  }

  /** How the ordinary files of the datasets are read: no result among them, no vault. */
  List<RawTable> shapes() {
    return ActivePack.shapes(datasets.values()).stream()
        .filter(table -> table.catalog() == RawTable.Catalog.RAW)
        .toList();
  }
}
