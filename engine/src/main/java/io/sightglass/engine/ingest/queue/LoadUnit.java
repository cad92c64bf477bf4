package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import org.jspecify.annotations.Nullable;

/**
 * What only one process at a time may load, by the name of its lease: a date where dates stand side
 * by side, an object where objects do, else all of a dataset. Stateless.
 */
public final class LoadUnit {

  private LoadUnit() {}

  /**
   * The unit of a load.
   *
   * @param dataset its contract; null: it has none any more
   */
  public static String of(@Nullable Dataset dataset, LedgerEntry entry) {
    String all = "load " + entry.load().dataset();
    // What is usual is told by the loads before, so those have to be through.
    if (dataset == null || dataset.expect().rows() != null) {
      return all;
    }
    return switch (dataset.load()) {
      case REPLACE_DATE -> all + " " + entry.slot();
      case APPEND -> isFree(dataset) ? all + " " + entry.id() : all;
      case REPLACE_ALL, UPSERT -> all;
    };
  }

  /** Whether its rows compete with those of no other object, but for the same content. */
  static boolean isFree(Dataset dataset) {
    return dataset.load() == LoadMode.APPEND && dataset.key().isEmpty();
  }
}
