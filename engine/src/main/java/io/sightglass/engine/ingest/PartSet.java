package io.sightglass.engine.ingest;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries that are loaded together, in one commit. Immutable.
 *
 * @param entries in the order of their delivery; most often one
 * @param unchanged names of objects that belong to them and are to be read once more
 * @param older deliveries that these have overtaken
 * @param waitsFor what is missing yet, in words; null: nothing
 */
record PartSet(
    List<LedgerEntry> entries,
    Set<String> unchanged,
    List<LedgerEntry> older,
    @Nullable String waitsFor) {

  PartSet {
    entries = List.copyOf(entries);
    unchanged = Set.copyOf(unchanged);
    older = List.copyOf(older);
  }

  static PartSet of(LedgerEntry entry) {
    return new PartSet(List.of(entry), Set.of(), List.of(), null);
  }

  static PartSet waiting(String waitsFor) {
    return new PartSet(List.of(), Set.of(), List.of(), waitsFor);
  }

  /** By which the whole is known: its last part. */
  LedgerEntry lead() {
    return entries.getLast();
  }
}
