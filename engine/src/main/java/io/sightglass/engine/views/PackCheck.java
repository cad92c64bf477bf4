package io.sightglass.engine.views;

import java.util.List;
import java.util.Optional;

/**
 * What {@code check-views} found in one folder. Immutable.
 *
 * @param notes worth knowing, such as a missing or stale {@code access.md}
 * @param accessReport the text that {@code access.md} should hold; empty where there are mistakes
 */
public record PackCheck(
    List<Mistake> mistakes,
    List<Mistake> warnings,
    List<String> notes,
    Optional<String> accessReport) {

  public PackCheck {
    mistakes = List.copyOf(mistakes);
    warnings = List.copyOf(warnings);
    notes = List.copyOf(notes);
  }

  /** Whether a service would start with the folder. */
  public boolean passed() {
    return mistakes.isEmpty();
  }
}
