package io.sightglass.engine.ingest;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The freshness of datasets by what the ledger says has come. Thread-safe. */
final class LedgerFreshness implements Freshness {

  /** Loads of this process are known at once, those of others after so long. */
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  private final Ledger ledger;
  private final Supplier<ViewPack> pack;
  private final InstantSource clock;
  private final LoadingCache<QualifiedName, Ledger.Arrivals> arrivals;
  private final LoadingCache<QualifiedName, SortedSet<LocalDateTime>> hours;

  LedgerFreshness(Ledger ledger, Supplier<ViewPack> pack, InstantSource clock) {
    this.ledger = ledger;
    this.pack = pack;
    this.clock = clock;
    this.arrivals = Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build(ledger::arrivals);
    this.hours = Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build(this::readHours);
  }

  @Override
  public State of(QualifiedName name) {
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset == null) {
      return State.PUNCTUAL;
    }
    Ledger.Arrivals come = arrivals.get(name);
    SortedSet<LocalDateTime> times = new TreeSet<>();
    if (dataset.expect().every() == Every.HOUR) {
      times.addAll(hours.get(name));
    } else {
      come.dates().forEach(date -> times.add(date.atStartOfDay()));
    }
    return ExpectedDates.at(clock.instant(), dataset.expect(), times, come.last());
  }

  private SortedSet<LocalDateTime> readHours(QualifiedName name) {
    SortedSet<LocalDateTime> times = new TreeSet<>();
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset != null) {
      ledger.arrivedObjects(name).forEach(object -> times.add(hour(dataset, object)));
    }
    return times;
  }

  /** The hour in the path, else that of the arrival. */
  private static LocalDateTime hour(Dataset dataset, LoadSource object) {
    return dataset.sources().stream()
        .flatMap(source -> new SourcePath(source.path()).match(object.name()).stream())
        .flatMap(match -> {
          LocalDate date = match.date();
          Integer hour = match.hour();
          return date == null || hour == null ? Stream.empty() : Stream.of(date.atTime(hour, 0));
        })
        .findFirst()
        .orElseGet(() -> LocalDateTime.ofInstant(object.lastModified(), dataset.expect().zone()));
  }

  /** Something may have come. */
  void forget(QualifiedName dataset) {
    arrivals.invalidate(dataset);
    hours.invalidate(dataset);
  }
}
