package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.views.ViewPack;
import java.util.Comparator;

/** In which order the deliveries of one dataset are loaded. Stateless. */
final class DeliveryOrder {

  private static final Comparator<LedgerEntry> OLDEST_FIRST =
      Comparator.comparing((LedgerEntry entry) -> entry.load().source().lastModified())
          .thenComparing(entry -> entry.load().source().name())
          .thenComparing(LedgerEntry::id);

  private DeliveryOrder() {}

  static Comparator<LedgerEntry> of(ViewPack pack, QualifiedName name) {
    Dataset dataset = pack.datasets().get(name);
    LoadMode mode = dataset == null ? LoadMode.APPEND : dataset.load();
    return switch (mode) {
      case APPEND ->
          Comparator.comparing((LedgerEntry entry) -> entry.load().fileDate())
              .thenComparing(OLDEST_FIRST);
      // The later object wins: it has to come later.
      case UPSERT -> OLDEST_FIRST;
      case REPLACE_DATE, REPLACE_ALL ->
          Comparator.comparing(LedgerEntry::slot).thenComparing(OLDEST_FIRST.reversed());
    };
  }
}
