package io.sightglass.engine.ingest.scan;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.ingest.expect.ControlCheck;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks for new objects: of every dataset at the start and when somebody asks; by the clock as
 * often as the deployment says, but of a dataset whose contract names times at those, in one of
 * several processes. Thread-safe.
 *
 * <p>A look by the clock leaves young objects for another one soon, and is due until none is left.
 */
public final class ScanRounds {

  /** After which an object that was too young is looked at again. */
  public static final Duration SOON = Duration.ofSeconds(15);

  private final LoadStores stores;
  private final LoadSettings settings;
  private final Supplier<ViewPack> pack;
  private final Ledger ledger;
  private final LoadAlerts alerts;
  private final LandingScan scan;
  private final ScanMarks marks;

  /** Two scans at once would find everything twice. */
  private final ReentrantLock scanning = new ReentrantLock(true);

  /** When those without times of their own are due; null: at once, and of those with times too. */
  private @Nullable Instant generalDue;

  /** Datasets with times of their own that this process has looked for since its start. */
  private final Set<QualifiedName> begun = new HashSet<>();

  public ScanRounds(
      LoadStores stores,
      LoadSettings settings,
      Supplier<ViewPack> pack,
      Ledger ledger,
      LoadAlerts alerts) {
    this.stores = stores;
    this.settings = settings;
    this.pack = pack;
    this.ledger = ledger;
    this.alerts = alerts;
    scan = new LandingScan(stores.landing(), ledger);
    marks = new ScanMarks(stores.database());
  }

  /**
   * Looks for objects of every dataset now, however young; what is new, each with its row.
   *
   * @throws EngineException when a dataset could not be looked for; the others were
   */
  public List<Load> all() {
    List<Load> found = new ArrayList<>();
    ScanFailures failures = new ScanFailures();
    scanning.lock();
    try {
      for (Dataset dataset : datasets()) {
        failures.run(dataset.name(), () -> look(dataset, false, found));
      }
      failures.throwAny();
      return found;
    } finally {
      scanning.unlock();
    }
  }

  /** The same of one dataset alone. */
  public List<Load> of(Dataset dataset) {
    List<Load> found = new ArrayList<>();
    scanning.lock();
    try {
      look(dataset, false, found);
      return found;
    } finally {
      scanning.unlock();
    }
  }

  /** Lets a dataset's time come now. */
  public void again(QualifiedName dataset) {
    scanning.lock();
    try {
      if (!begun.remove(dataset)) {
        generalDue = now();
      }
    } finally {
      scanning.unlock();
    }
  }

  /** Whether any dataset's time has come. */
  public boolean isDue() {
    return untilDue().isZero();
  }

  /**
   * Looks for settled objects of the datasets whose time has come; what is new.
   *
   * @throws EngineException when a dataset could not be looked for, which is due until it can be;
   *     the others were
   */
  public List<Load> due() {
    List<Load> found = new ArrayList<>();
    ScanFailures failures = new ScanFailures();
    scanning.lock();
    try {
      Instant now = now();
      boolean isGeneralDue = isGeneralDue(now);
      AtomicBoolean hasYoung = new AtomicBoolean();
      for (Dataset dataset : datasets()) {
        ScanTimes times = dataset.scan();
        failures.run(
            dataset.name(),
            () -> {
              if (times != null) {
                atItsTimes(dataset, times, found);
              } else if (isGeneralDue && look(dataset, true, found)) {
                hasYoung.set(true);
              }
            });
      }
      failures.throwAny();
      if (isGeneralDue) {
        generalDue = now().plus(hasYoung.get() ? SOON : settings.scanEvery());
      }
      return found;
    } finally {
      scanning.unlock();
    }
  }

  /** Whoever of several processes is first; at its start each looks for itself. */
  private void atItsTimes(Dataset dataset, ScanTimes times, List<Load> found) {
    if (begun.contains(dataset.name())) {
      if (isDue(dataset, times)) {
        Optional<Leases.Lease> lease = stores.leases().tryTake("scan " + dataset.name());
        if (lease.isPresent()) {
          try (Leases.Lease _ = lease.get()) {
            if (isDue(dataset, times)) { // else another was first, just now
              look(dataset, true, found);
            }
          }
        }
      }
    } else if (!look(dataset, true, found)) {
      begun.add(dataset.name());
    }
  }

  private boolean isDue(Dataset dataset, ScanTimes times) {
    Instant now = now();
    return marks.findDue(dataset.name(), times, now).filter(due -> !due.isAfter(now)).isPresent();
  }

  /** The time until the next look by the clock; zero when one is due. */
  public Duration untilDue() {
    scanning.lock();
    try {
      Instant now = now();
      if (generalDue == null || isGeneralDue(now)) {
        return Duration.ZERO;
      }
      Instant next = generalDue;
      for (Dataset dataset : datasets()) {
        ScanTimes times = dataset.scan();
        Optional<Instant> due =
            times == null
                ? Optional.empty()
                : begun.contains(dataset.name())
                    ? marks.findDue(dataset.name(), times, now)
                    : Optional.of(now);
        if (due.isPresent() && due.get().isBefore(next)) {
          next = due.get();
        }
      }
      return Duration.between(now, next);
    } finally {
      scanning.unlock();
    }
  }

  /** Also when the clock was set back by more than the pause. */
  private boolean isGeneralDue(Instant now) {
    Instant due = generalDue;
    return due == null
        || !due.isAfter(now)
        || due.isAfter(now.plus(settings.scanEvery()).plus(SOON));
  }

  /** Whether objects were left, too young, for another look soon. */
  private boolean look(Dataset dataset, boolean onlySettled, List<Load> into) {
    Instant now = now();
    LandingScan.Found found = scan.look(dataset, onlySettled, now);
    ledger.addFound(dataset.name(), found.entries()).forEach(entry -> into.add(entry.load()));
    alerts.misnamed(dataset.name(), found.unreal());
    reopenControlled(dataset);
    if (dataset.scan() != null && !found.hasYoung()) {
      marks.put(dataset.name(), now);
    }
    return found.hasYoung();
  }

  /** What a control file put into quarantine is looked at again when a newer one has come. */
  private void reopenControlled(Dataset dataset) {
    if (dataset.control() == null) {
      return;
    }
    ControlCheck control = new ControlCheck(stores.landing(), dataset);
    for (LedgerEntry entry : ledger.inState(Load.State.QUARANTINED)) {
      Instant ended = entry.load().endedAt();
      if (entry.load().dataset().equals(dataset.name())
          && FileFault.CONTROL_MISMATCH.name().equals(entry.load().code())
          && ended != null
          && control.find(entry).filter(file -> file.lastModified().isAfter(ended)).isPresent()) {
        ledger.reopen(entry, entry.accepted(), null, now());
      }
    }
  }

  private List<Dataset> datasets() {
    return pack.get().datasets().values().stream()
        .sorted(Comparator.comparing(Dataset::name))
        .toList();
  }

  private Instant now() {
    return settings.clock().instant();
  }
}
