package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries that are loaded together, in one commit. Immutable.
 *
 * @param entries in the order of their delivery; most often one. None where others have overtaken
 *     all that there is
 * @param unchanged names of objects that belong to them and are to be read once more
 * @param overtaken deliveries that end once these are loaded
 * @param waitsFor what is missing yet, in words; null: nothing
 */
public record PartSet(
    List<LedgerEntry> entries,
    Set<String> unchanged,
    List<Overtaken> overtaken,
    @Nullable String waitsFor) {

  /** Bytes of rows that a byte of a packed file may stand for. */
  private static final int PACKED = 15;

  /** A delivery in whose place another counts, and how it ends. */
  public record Overtaken(LedgerEntry entry, LoadOutcome outcome) {}

  public PartSet {
    entries = List.copyOf(entries);
    unchanged = Set.copyOf(unchanged);
    overtaken = List.copyOf(overtaken);
  }

  /** A delivery that is loaded alone. */
  public static PartSet of(LedgerEntry entry) {
    return new PartSet(List.of(entry), Set.of(), List.of(), null);
  }

  static PartSet waiting(String waitsFor) {
    return new PartSet(List.of(), Set.of(), List.of(), waitsFor);
  }

  /** By which the whole is known: its last part. */
  public LedgerEntry lead() {
    return entries.isEmpty() ? overtaken.getLast().entry() : entries.getLast();
  }

  /** Whether the same is to be done, whatever has been written about it meanwhile. */
  public boolean isSameAs(PartSet other) {
    return ids(entries).equals(ids(other.entries))
        && unchanged.equals(other.unchanged)
        && ids(overtaken.stream().map(Overtaken::entry).toList())
            .equals(ids(other.overtaken.stream().map(Overtaken::entry).toList()));
  }

  /**
   * What its rows may take in memory, about: what is packed is much smaller than its rows. All that
   * there is for one that has broken before, which may have been by another beside it, and for one
   * with more parts than are known here.
   */
  public long memoryBytes() {
    boolean isTriedAgain = entries.stream().anyMatch(entry -> entry.load().startedAt() != null);
    if (isTriedAgain || !unchanged.isEmpty()) {
      return Long.MAX_VALUE;
    }
    return entries.stream()
        .map(entry -> entry.load().source())
        .mapToLong(source -> source.size() * (isPlainText(source.name()) ? 2 : PACKED))
        .sum();
  }

  private static boolean isPlainText(String name) {
    return name.endsWith(".csv") || name.endsWith(".ndjson") || name.endsWith(".json");
  }

  private static List<String> ids(List<LedgerEntry> entries) {
    return entries.stream().map(LedgerEntry::id).toList();
  }
}
