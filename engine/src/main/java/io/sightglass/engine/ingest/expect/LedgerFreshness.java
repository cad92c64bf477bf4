package io.sightglass.engine.ingest.expect;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.ingest.landing.DatedSources;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The freshness of datasets by what the ledger says has come. Thread-safe. */
public final class LedgerFreshness implements Freshness {

  /** Loads of this process are known at once, those of others after so long. */
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  private final Ledger ledger;
  private final Supplier<ViewPack> pack;
  private final InstantSource clock;
  private final LoadingCache<QualifiedName, Ledger.Arrivals> arrivals;
  private final LoadingCache<QualifiedName, SortedSet<LocalDateTime>> times;

  public LedgerFreshness(Ledger ledger, Supplier<ViewPack> pack, InstantSource clock) {
    this.ledger = ledger;
    this.pack = pack;
    this.clock = clock;
    this.arrivals = Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build(ledger::arrivals);
    this.times = Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build(this::readTimes);
  }

  @Override
  public State of(QualifiedName name) {
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset == null) {
      return State.PUNCTUAL;
    }
    Instant now = clock.instant();
    State state =
        ExpectedDates.at(now, dataset.expect(), times.get(name), arrivals.get(name).last());
    ScanTimes scan = dataset.scan();
    return scan == null ? state : scan.findNext(now).map(state::withNextScan).orElse(state);
  }

  @Override
  public Optional<LocalTime> findMissingHour(QualifiedName name, LocalDate date) {
    Dataset dataset = pack.get().datasets().get(name);
    return dataset == null
        ? Optional.empty()
        : ExpectedDates.findMissingHour(date, dataset.expect(), times.get(name));
  }

  /** The beginnings of the days, or hours, that have come. */
  private SortedSet<LocalDateTime> readTimes(QualifiedName name) {
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset == null || dataset.expect().every() == null) {
      return new TreeSet<>();
    }
    DatedSources dated = DatedSources.of(dataset);
    boolean byHour = dataset.expect().every() == Every.HOUR;
    Stream<LocalDateTime> come =
        byHour || !isByLedger(dataset, dated)
            ? ledger.arrivedObjects(name).stream()
                .filter(object -> dated.isDated(object.name()))
                .map(object -> time(dataset, byHour, dated, object))
            : arrivals.get(name).dates().stream().map(LocalDate::atStartOfDay);
    return come.collect(Collectors.toCollection(TreeSet::new));
  }

  /** Whether the ledger's dates, of arrivals in UTC where names have none, are the contract's. */
  private static boolean isByLedger(Dataset dataset, DatedSources dated) {
    boolean isUtc = dataset.expect().zone().normalized().equals(ZoneOffset.UTC);
    return dated.areDated() || (dated.areUndated() && isUtc);
  }

  /** The day or hour in the path, else that of the arrival by the contract's clock. */
  private static LocalDateTime time(
      Dataset dataset, boolean byHour, DatedSources dated, LoadSource object) {
    Optional<LocalDateTime> named =
        byHour
            ? dated.findHour(object.name())
            : dated.findDate(object.name()).map(LocalDate::atStartOfDay);
    return named.orElseGet(
        () -> LocalDateTime.ofInstant(object.lastModified(), dataset.expect().zone()));
  }

  /** Something may have come. */
  public void forget(QualifiedName dataset) {
    arrivals.invalidate(dataset);
    times.invalidate(dataset);
  }

  /** The same of every dataset. */
  public void forgetAll() {
    arrivals.invalidateAll();
    times.invalidateAll();
  }
}
