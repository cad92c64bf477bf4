package io.sightglass.engine.ingest;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.InstanceSlot;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The DuckDB instance of loads, on the vault's side, which no statement of a caller reaches: it
 * knows the pack's macros and nothing else. Thread-safe; replaced when the pack changes.
 */
final class LoadEngine implements AutoCloseable {

  private final DuckDbSettings settings;
  private final Guard guard;
  private String version = "";
  private @Nullable InstanceSlot slot;

  LoadEngine(DuckDbSettings settings, Guard guard) {
    this.settings = settings;
    this.guard = guard;
  }

  /** A session that knows the macros of {@code pack}. The caller closes it. */
  synchronized DuckDbSession open(ViewPack pack) {
    InstanceSlot current = slot;
    if (current == null || !version.equals(pack.version())) {
      if (current != null) {
        current.retire();
      }
      List<String> definitions = new ArrayList<>(List.of("ATTACH ':memory:' AS defs"));
      definitions.addAll(pack.macros());
      current = new InstanceSlot(() -> DuckDbInstance.open(settings, definitions));
      slot = current;
      version = pack.version();
    }
    return current.current().openSession();
  }

  /** The dataset's filter as it may run; null when it has none. */
  @Nullable String where(ViewPack pack, Dataset dataset) {
    String where = dataset.where();
    return where == null ? null : guard.checkExpression(where, pack.macroNames()).text();
  }

  @Override
  public synchronized void close() {
    if (slot != null) {
      slot.retire();
    }
  }
}
