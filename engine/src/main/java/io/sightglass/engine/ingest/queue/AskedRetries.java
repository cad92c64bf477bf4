package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tries loads again because somebody asks for it. Immutable. */
public final class AskedRetries {

  private final Ledger ledger;
  private final LoadRetries retries;
  private final InstantSource clock;

  public AskedRetries(Ledger ledger, LoadRetries retries, InstantSource clock) {
    this.ledger = ledger;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Makes a FAILED or QUARANTINED load FOUND again; of one that waits for its next attempt the
   * waiting ends.
   *
   * @param dataset its contract; null: it has none any more
   * @param accept codes that shall not quarantine its object any more
   * @throws EngineException {@code CONFLICT} in another state, as when another was first; {@code
   *     INVALID_REQUEST} for a code that cannot be accepted
   */
  public void retry(LedgerEntry entry, @Nullable Dataset dataset, Set<String> accept) {
    Set<String> accepted = accepted(entry, accept);
    boolean isTaken =
        switch (entry.load().state()) {
          case FAILED, QUARANTINED -> reopen(entry, accepted);
          case FOUND, RUNNING, COMMITTED, SKIPPED -> retries.hurry(entry.id(), accepted);
        };
    if (!isTaken) {
      throw new EngineException(
          ErrorCode.CONFLICT,
          "Load %s is %s; a retry is for FAILED, QUARANTINED and put off ones"
              .formatted(entry.id(), ledger.find(entry.id()).orElse(entry).load().state()));
    }
    if (entry.load().state() == Load.State.FAILED) {
      reopenOtherParts(entry, dataset);
    }
  }

  private static Set<String> accepted(LedgerEntry entry, Set<String> more) {
    List<String> acceptable =
        Arrays.stream(FileFault.values())
            .filter(FileFault::isAcceptable)
            .map(FileFault::name)
            .toList();
    Set<String> accepted = new TreeSet<>(entry.accepted());
    for (String code : more) {
      if (!acceptable.contains(code)) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST,
            "accept: \"%s\"; allowed: %s".formatted(code, String.join(", ", acceptable)));
      }
      accepted.add(code);
    }
    return accepted;
  }

  /** Parts that failed together are tried again together. */
  private void reopenOtherParts(LedgerEntry entry, @Nullable Dataset dataset) {
    if (dataset != null && DueLoads.hasParts(dataset)) {
      ledger.ofSlot(dataset.name(), entry.slot()).stream()
          .filter(other -> other.load().state() == Load.State.FAILED)
          .forEach(other -> {
            var _ = reopen(other, other.accepted());
          });
    }
  }

  /** False when it is in another state by now. */
  private boolean reopen(LedgerEntry entry, Set<String> accepted) {
    return ledger.reopen(entry, accepted, null, clock.instant());
  }
}
