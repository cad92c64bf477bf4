package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.ingest.landing.Placements;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A load with what the ledger alone needs to know. Immutable.
 *
 * @param sourceNumber which of the dataset's sources it belongs to, from 0
 * @param slot what it competes for: a date or hour, or the whole table
 * @param again whether it shall be loaded even when its content is loaded already
 * @param accepted codes that shall not quarantine it
 * @param identity what makes another object the same delivery; null until it has been read
 * @param sameAs the load whose content it repeats; null: none
 * @param holder the process that runs it; null: none does
 */
public record LedgerEntry(
    Load load,
    int sourceNumber,
    String slot,
    boolean again,
    Set<String> accepted,
    @Nullable String identity,
    @Nullable String sameAs,
    @Nullable String holder) {

  public LedgerEntry {
    accepted = Set.copyOf(accepted);
  }

  public String id() {
    return load.id();
  }

  /** To be loaded even when its content is loaded already. */
  public LedgerEntry toLoadAgain(Set<String> letIn) {
    return new LedgerEntry(load, sourceNumber, slot, true, letIn, identity, sameAs, holder);
  }

  /** As the ledger has it while {@code process} runs it. */
  public LedgerEntry runBy(String process) {
    return new LedgerEntry(
        load.in(Load.State.RUNNING),
        sourceNumber,
        slot,
        again,
        accepted,
        identity,
        sameAs,
        process);
  }

  /** The same where a contract puts it. */
  public LedgerEntry at(Placements.Placement place) {
    return new LedgerEntry(
        load.of(place.date()),
        place.sourceNumber(),
        place.slot(),
        again,
        accepted,
        identity,
        sameAs,
        holder);
  }

  /** Whether {@code other} says the same of its state, and of who runs it. */
  public boolean isRunAlike(LedgerEntry other) {
    return load.state() == other.load.state() && Objects.equals(holder, other.holder);
  }

  /** Whether it was delivered before {@code other}: by time, then by name. */
  public boolean isOlderThan(LedgerEntry other) {
    int byTime = load.source().lastModified().compareTo(other.load.source().lastModified());
    return byTime != 0
        ? byTime < 0
        : load.source().name().compareTo(other.load.source().name()) < 0;
  }
}
