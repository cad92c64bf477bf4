package io.sightglass.engine.ingest.run;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.PartDuplicates;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.check.RowSplit;
import io.sightglass.engine.ingest.expect.ControlCheck;
import io.sightglass.engine.ingest.expect.RowExpectations;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.landing.SourceIdentity;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.merge.CommittedLoads;
import io.sightglass.engine.ingest.merge.Delivery;
import io.sightglass.engine.ingest.merge.RowRetention;
import io.sightglass.engine.ingest.merge.RowsRewriter;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.staging.Stager;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.LoadCommit;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.WrittenFile;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One attempt at the parts of one date, which become visible together or not at all. Used once, by
 * one thread.
 *
 * <p>One commit, under the last part's id, holds the rows and counts of all; each part's rows keep
 * its own load id.
 */
final class PartsRun {

  private final LoadStores stores;
  private final LoadEngine engine;
  private final Ledger ledger;
  private final PseudonymKeys keys;
  private final LoadStep.Listener listener;
  private final Attempt attempt;
  private final List<Part> parts = new ArrayList<>();

  /** What one attempt is about: the parts in the order of their delivery. */
  record Attempt(
      ViewPack pack,
      Dataset dataset,
      List<LedgerEntry> entries,
      StagingFolder folder,
      LoadAlerts alerts,
      Leases.Lease lease,
      Instant now) {

    LedgerEntry lead() {
      return entries.getLast();
    }
  }

  private record Part(LedgerEntry entry, StagedSource staged, LoadTable rows) {}

  PartsRun(
      LoadStores stores,
      LoadEngine engine,
      Ledger ledger,
      PseudonymKeys keys,
      LoadStep.Listener listener,
      Attempt attempt) {
    this.stores = stores;
    this.engine = engine;
    this.ledger = ledger;
    this.keys = keys;
    this.listener = listener;
    this.attempt = attempt;
  }

  /**
   * How it ended, by load; the others of them wait once more. A failure of the machinery is thrown.
   */
  Map<String, LoadOutcome> run() {
    reached(LoadStep.BEGUN);
    LakeTable table = LoadRun.table(stores, attempt.dataset(), attempt.entries());
    Map<String, LoadOutcome> committed = new HashMap<>();
    for (LedgerEntry entry : attempt.entries()) {
      CommittedLoads.find(table, entry.id())
          .ifPresent(outcome -> committed.put(entry.id(), outcome));
    }
    if (!committed.isEmpty()) {
      return committed;
    }
    try (DuckDbSession session = engine.open(attempt.pack(), Long.MAX_VALUE)) {
      try {
        return load(session, table);
      } finally {
        parts.forEach(part -> part.rows().close());
      }
    }
  }

  private Map<String, LoadOutcome> load(DuckDbSession session, LakeTable table) {
    for (LedgerEntry entry : attempt.entries()) {
      Optional<LoadOutcome> out = read(session, entry);
      if (out.isPresent()) {
        return Map.of(entry.id(), out.get());
      }
    }
    reached(LoadStep.STAGED);
    Optional<LoadOutcome> different = findDifference();
    if (different.isPresent()) {
      return outcomes(part -> different.get());
    }
    PartDuplicates.drop(parts.stream().map(Part::rows).toList());
    RowRetention.of(attempt.dataset(), attempt.now())
        .ifPresent(kept ->
            parts.forEach(part -> kept.dropFrom(part.rows(), part.entry().load().fileDate())));
    reached(LoadStep.CHECKED);
    return write(table);
  }

  private Map<String, LoadOutcome> outcomes(Function<Part, LoadOutcome> of) {
    return parts.stream().collect(Collectors.toMap(part -> part.entry().id(), of));
  }

  /** Reads and judges one part; what ends it, if something does. */
  private Optional<LoadOutcome> read(DuckDbSession session, LedgerEntry entry) {
    Dataset dataset = attempt.dataset();
    Source source = dataset.sources().get(entry.sourceNumber());
    LoadSource object = entry.load().source();
    try {
      StagedSource staged =
          Stager.stage(
              stores.landing().read(object.name(), 0),
              object.name(),
              dataset,
              source,
              attempt.folder().fresh("part"));
      if (!LoadRun.isStillTheObject(stores, object)) {
        return Optional.of(LoadRun.replaced());
      }
      ledger.identify(
          entry.id(),
          staged.sha256(),
          staged.contentSha256(),
          SourceIdentity.of(dataset, source.format(), object.name(), staged.contentSha256()));
      attempt.alerts().drifted(entry.load(), staged.columns());
      String where = engine.where(attempt.pack(), dataset);
      LoadTable rows = LoadTable.read(session, entry.id(), dataset, source, staged, where);
      parts.add(new Part(entry, staged, rows));
      new ErasedPersons(stores.database(), keys).dropFrom(rows, dataset);
      LoadRun.keepRejects(stores, ledger, dataset, entry, rows, attempt.folder().fresh("rejects"));
      rows.dropDuplicates();
      return new RowExpectations(ledger, dataset, entry).findBroken(rows);
    } catch (BrokenFileException broken) {
      return Optional.of(LoadRun.brokenOrReplaced(stores, object, broken));
    }
  }

  private Optional<LoadOutcome> findDifference() {
    long rows = parts.stream().mapToLong(part -> part.rows().read()).sum();
    List<String> digests =
        parts.stream()
            .map(Part::staged)
            .flatMap(staged -> Stream.of(staged.sha256(), staged.contentSha256()))
            .toList();
    return new ControlCheck(stores.landing(), attempt.dataset())
        .findDifference(attempt.lead(), rows, digests);
  }

  private Map<String, LoadOutcome> write(LakeTable table) {
    Map<Side, List<WrittenFile>> files = new EnumMap<>(Side.class);
    for (Part part : parts) {
      RowSplit split =
          new RowSplit(part.rows(), table, keys, part.entry().id(), part.entry().load().fileDate());
      for (Side side : table.hasVault() ? Side.values() : new Side[] {Side.ORDINARY}) {
        List<WrittenFile> written = files.computeIfAbsent(side, key -> new ArrayList<>());
        split
            .write(side, attempt.folder().fresh(side.name()))
            .forEach(file -> written.add(table.upload(side, file)));
      }
    }
    reached(LoadStep.SPLIT);
    reached(LoadStep.UPLOADED);
    LedgerEntry lead = attempt.lead();
    for (int conflicts = 0; ; conflicts++) {
      Delivery.New delivery =
          Delivery.replacingSlot(attempt.dataset(), attempt.entries(), ledger, table);
      LoadRun.requireHeld(attempt.lease(), lead.id());
      try {
        PairSnapshot snapshot =
            table.commit(
                commit(delivery, files),
                new RowsRewriter(stores, parts.getLast().rows(), attempt.folder()));
        reached(LoadStep.COMMITTED);
        return outcomes(part ->
            LoadOutcome.committed(
                LoadRun.counts(part.rows()), snapshot.id(), LoadRun.driftNote(part.staged())));
      } catch (EngineException failure) {
        if (failure.code() != ErrorCode.CONFLICT || conflicts == LoadRun.MAX_CONFLICTS) {
          throw failure;
        }
      }
    }
  }

  private LoadCommit commit(Delivery.New delivery, Map<Side, List<WrittenFile>> files) {
    Map<String, Long> counts = new HashMap<>();
    for (Part part : parts) {
      Map<String, Long> ofPart = new LinkedHashMap<>(LoadRun.named(LoadRun.counts(part.rows())));
      ofPart.forEach((name, count) -> {
        counts.merge(name, count, Long::sum);
        counts.put(CommittedLoads.partCount(part.entry().id(), name), count);
      });
    }
    LedgerEntry lead = attempt.lead();
    return new LoadCommit(
        lead.id(),
        "parts:"
            + parts.stream()
                .map(part -> part.staged().contentSha256())
                .collect(Collectors.joining(",")),
        lead.load().fileDate(),
        lead.slot(),
        delivery.baseId(),
        counts,
        delivery.replaces(),
        files.getOrDefault(Side.ORDINARY, List.of()),
        files.getOrDefault(Side.VAULT, List.of()));
  }

  private void reached(LoadStep step) {
    listener.reached(attempt.lead().id(), step);
  }
}
