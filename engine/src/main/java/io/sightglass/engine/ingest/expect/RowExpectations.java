package io.sightglass.engine.ingest.expect;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a load's rows are what the contract expects of a usual file. Immutable. */
public final class RowExpectations {

  /** How many committed loads say what is usual. */
  private static final int USUAL_LOADS = 10;

  /** The band holds from the third load on. */
  private static final int LOADS_BEFORE = 2;

  private final Ledger ledger;
  private final Dataset dataset;
  private final LedgerEntry entry;

  public RowExpectations(Ledger ledger, Dataset dataset, LedgerEntry entry) {
    this.ledger = ledger;
    this.dataset = dataset;
    this.entry = entry;
  }

  /** The quarantine for the first expectation that is broken and that nobody has accepted. */
  public Optional<LoadOutcome> findBroken(LoadTable rows) {
    return findTooManyRejects(rows).or(() -> findOutOfBand(rows));
  }

  private Optional<LoadOutcome> findTooManyRejects(LoadTable rows) {
    return findTooManyRejects(dataset, rows)
        .flatMap(reason -> quarantine(FileFault.TOO_MANY_REJECTS, reason, rows));
  }

  /** In words, how many more were rejected than the contract allows. */
  public static Optional<String> findTooManyRejects(Dataset dataset, LoadTable rows) {
    Double highest = dataset.expect().rejects();
    return highest == null || rows.rejected() <= highest * rows.read()
        ? Optional.empty()
        : Optional.of(
            "%d of %d rows rejected; allowed: a share of %s"
                .formatted(rows.rejected(), rows.read(), highest));
  }

  private Optional<LoadOutcome> findOutOfBand(LoadTable rows) {
    Expectations.Band band = dataset.expect().rows();
    List<Long> usual = ledger.rowsRead(dataset.name(), USUAL_LOADS);
    if (band == null || usual.size() < LOADS_BEFORE) {
      return Optional.empty();
    }
    double median = median(usual);
    Double min = band.min();
    Double max = band.max();
    boolean isTooFew = min != null && rows.read() < min * median;
    boolean isTooMany = max != null && rows.read() > max * median;
    if (!isTooFew && !isTooMany) {
      return Optional.empty();
    }
    return quarantine(
        FileFault.ROWS_OUT_OF_BAND,
        "%d rows; usual: %.0f; allowed: %s times that"
            .formatted(rows.read(), median, inWords(min, max)),
        rows);
  }

  private static String inWords(@Nullable Double min, @Nullable Double max) {
    if (min == null) {
      return "up to " + max;
    }
    return max == null ? min + " and more" : min + " to " + max;
  }

  private static double median(List<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2.0;
  }

  private Optional<LoadOutcome> quarantine(FileFault fault, String reason, LoadTable rows) {
    if (entry.accepted().contains(fault.name())) {
      return Optional.empty();
    }
    // Nothing of it is visible: what would have been written counts as nothing.
    Load.RowCounts counts =
        new Load.RowCounts(rows.read(), 0, rows.rejected(), rows.duplicates(), rows.filtered());
    return Optional.of(LoadOutcome.quarantined(fault.name(), reason, counts));
  }
}
