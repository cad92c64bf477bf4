package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what belongs together and writes down how each load of it ended. Used by one thread. */
final class SetRunner {

  private static final Logger LOG = LoggerFactory.getLogger(SetRunner.class);

  private final LoadStores stores;
  private final LoadSettings settings;
  private final LoadEngine engine;
  private final Ledger ledger;
  private final PseudonymKeys keys;
  private final LoadAlerts alerts;
  private final LandingScan scan;

  SetRunner(
      LoadStores stores,
      LoadSettings settings,
      LoadEngine engine,
      Ledger ledger,
      PseudonymKeys keys,
      LoadAlerts alerts) {
    this.stores = stores;
    this.settings = settings;
    this.engine = engine;
    this.ledger = ledger;
    this.keys = keys;
    this.alerts = alerts;
    scan = new LandingScan(stores.landing(), ledger);
  }

  /**
   * Runs a set to its end, whatever that is.
   *
   * @return the loads that ended; none when another process was first
   */
  List<String> run(PartSet set, ViewPack current, LoadStep.Listener listener) {
    Dataset dataset = current.datasets().get(set.lead().load().dataset());
    if (dataset == null) {
      throw new IllegalStateException("no contract of " + set.lead().load().dataset());
    }
    List<LedgerEntry> entries = begin(dataset, set);
    if (entries.isEmpty()) {
      return List.of();
    }
    Map<String, LoadOutcome> outcomes = new HashMap<>();
    LedgerEntry lead = entries.getLast();
    try (StagingFolder folder = StagingFolder.create(settings.stagingFolder(), lead.id())) {
      outcomes.putAll(attempt(current, dataset, entries, folder, listener));
    } catch (EngineException failure) {
      LOG.error("Load {} of {} failed and waits for a retry", lead.id(), dataset.name(), failure);
      LoadOutcome failed = LoadOutcome.failed(failure.code().name(), failure.detail());
      entries.forEach(entry -> outcomes.put(entry.id(), failed));
    } catch (RuntimeException failure) {
      LOG.error("Load {} of {} failed and waits for a retry", lead.id(), dataset.name(), failure);
      LoadOutcome failed =
          LoadOutcome.failed(ErrorCode.INTERNAL.name(), "A fault of the service; see its log");
      entries.forEach(entry -> outcomes.put(entry.id(), failed));
    } catch (StackOverflowError | OutOfMemoryError exhausted) {
      // One file must not end the thread that loads all others.
      LOG.error("Load {} of {} failed and waits for a retry", lead.id(), dataset.name(), exhausted);
      LoadOutcome failed =
          LoadOutcome.failed(
              ErrorCode.MEMORY_LIMIT.name(), "The file took more memory than the service has");
      entries.forEach(entry -> outcomes.put(entry.id(), failed));
    }
    List<String> ended = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      LoadOutcome outcome = outcomes.remove(entry.id());
      if (outcome == null && !set.entries().contains(entry)) {
        // It is loaded as it was before; found once more, it would run for ever.
        ended.add(end(entry, unneeded()));
      } else if (outcome == null) {
        ledger.reopen(
            entry.id(),
            entry.accepted(),
            "Another part could not be loaded",
            settings.clock().instant());
      } else {
        ended.add(end(entry, outcome));
      }
    }
    set.older().forEach(older -> ended.add(end(older, overtaken(set))));
    return ended;
  }

  private static LoadOutcome unneeded() {
    return LoadOutcome.skipped(
        "REPEATED", "Read once more for the sake of another part, which could not be loaded", null);
  }

  private static LoadOutcome overtaken(PartSet set) {
    return LoadOutcome.skipped(
        "OLDER", "Older than the parts that are loaded for %s".formatted(set.lead().slot()), null);
  }

  /** Takes all of a set for running; none when another process was first. */
  private List<LedgerEntry> begin(Dataset dataset, PartSet set) {
    List<LedgerEntry> entries = new ArrayList<>(set.entries());
    if (!set.unchanged().isEmpty()) {
      List<LedgerEntry> unchanged =
          scan.again(dataset, set.unchanged(), settings.clock().instant());
      ledger.add(unchanged);
      entries.addAll(0, unchanged);
    }
    List<LedgerEntry> begun = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      if (!ledger.begin(entry.id(), settings.clock().instant())) {
        begun.forEach(
            one -> ledger.reopen(one.id(), one.accepted(), null, settings.clock().instant()));
        return List.of();
      }
      begun.add(entry);
    }
    return begun;
  }

  private Map<String, LoadOutcome> attempt(
      ViewPack current,
      Dataset dataset,
      List<LedgerEntry> entries,
      StagingFolder folder,
      LoadStep.Listener listener) {
    if (DueLoads.hasParts(dataset)) {
      PartsRun.Attempt parts = new PartsRun.Attempt(current, dataset, entries, folder, alerts);
      return new PartsRun(stores, engine, ledger, keys, listener, parts).run();
    }
    LedgerEntry entry = entries.getLast();
    LoadRun.Attempt one = new LoadRun.Attempt(current, dataset, entry, folder, alerts);
    return Map.of(entry.id(), new LoadRun(stores, engine, ledger, keys, listener, one).run());
  }

  private String end(LedgerEntry entry, LoadOutcome outcome) {
    ledger.end(entry.id(), outcome, settings.clock().instant());
    LOG.info(
        "Load {} of {} from {} is {}: {}",
        entry.id(),
        entry.load().dataset(),
        entry.load().source().visibleName(),
        outcome.state(),
        outcome.code() == null ? "ok" : outcome.code());
    alerts.ended(entry.load(), outcome);
    return entry.id();
  }
}
