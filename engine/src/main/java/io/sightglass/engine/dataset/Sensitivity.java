package io.sightglass.engine.dataset;

/** How much a column tells about a person. */
public enum Sensitivity {
  NONE,
  /** May identify together with others. */
  QUASI,
  /** Health, money. */
  SENSITIVE,
  /** Identifies a person, alone or as free text may: masked at rest, as it came in the vault. */
  DIRECT
}
