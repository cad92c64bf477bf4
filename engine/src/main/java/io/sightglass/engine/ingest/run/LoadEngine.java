package io.sightglass.engine.ingest.run;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.InstanceSlot;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The DuckDB instances of loads, on the vault's side, which no statement of a caller reaches: they
 * know the pack's macros and nothing else. Thread-safe; replaced when the pack changes.
 */
public final class LoadEngine implements AutoCloseable {

  /**
   * From here on several threads share a load. The engine hands out row groups of 122,880 rows, and
   * a thread that waits for another one does so busily: of less, sharing costs more than it saves.
   */
  private static final long SHARED_ROWS = 4 * 122_880;

  private final DuckDbSettings settings;
  private final Guard guard;
  private String version = "";
  private @Nullable InstanceSlot single;
  private @Nullable InstanceSlot parallel;

  public LoadEngine(DuckDbSettings settings, Guard guard) {
    this.settings = settings;
    this.guard = guard;
  }

  /**
   * A session that knows the macros of {@code pack}. The caller closes it.
   *
   * @param rows that it will work on, about
   */
  public synchronized DuckDbSession open(ViewPack pack, long rows) {
    if (!version.equals(pack.version())) {
      retire();
      List<String> definitions = new ArrayList<>(List.of("ATTACH ':memory:' AS defs"));
      definitions.addAll(pack.macros());
      single = slot(1, definitions);
      parallel = slot(settings.threads(), definitions);
      version = pack.version();
    }
    InstanceSlot slot = rows > SHARED_ROWS ? parallel : single;
    return Objects.requireNonNull(slot).current().openSession();
  }

  private InstanceSlot slot(int threads, List<String> definitions) {
    DuckDbSettings ofThreads =
        new DuckDbSettings(
            settings.name(),
            settings.allowedDirectories(),
            settings.spillDirectory(),
            settings.maxSpillBytes(),
            settings.memoryLimitBytes(),
            threads,
            settings.maxExecutionTime());
    return new InstanceSlot(() -> DuckDbInstance.open(ofThreads, definitions));
  }

  /** The dataset's filter as it may run; null when it has none. */
  public @Nullable String where(ViewPack pack, Dataset dataset) {
    String where = dataset.where();
    return where == null ? null : guard.checkExpression(where, pack.macroNames()).text();
  }

  private void retire() {
    if (single != null) {
      single.retire();
    }
    if (parallel != null) {
      parallel.retire();
    }
  }

  @Override
  public synchronized void close() {
    retire();
  }
}
