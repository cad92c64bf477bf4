package io.sightglass.engine.ingest;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/** The freshness of datasets by what the ledger says has come. Thread-safe. */
final class LedgerFreshness implements Freshness {

  /** Loads of this process are known at once, those of others after so long. */
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  private final Supplier<ViewPack> pack;
  private final InstantSource clock;
  private final LoadingCache<QualifiedName, Ledger.Arrivals> arrivals;

  LedgerFreshness(Ledger ledger, Supplier<ViewPack> pack, InstantSource clock) {
    this.pack = pack;
    this.clock = clock;
    this.arrivals = Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build(ledger::arrivals);
  }

  @Override
  public State of(QualifiedName name) {
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset == null) {
      return State.PUNCTUAL;
    }
    Ledger.Arrivals come = arrivals.get(name);
    return ExpectedDates.at(clock.instant(), dataset.expect(), come.dates(), come.last());
  }

  /** Something may have come. */
  void forget(QualifiedName dataset) {
    arrivals.invalidate(dataset);
  }
}
