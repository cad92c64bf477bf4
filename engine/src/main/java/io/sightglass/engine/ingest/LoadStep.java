package io.sightglass.engine.ingest;

/** The steps of one attempt at a load, each told when it is done. */
enum LoadStep {
  BEGUN,
  STAGED,
  CHECKED,
  SPLIT,
  UPLOADED,
  COMMITTED;

  /** Is told of each step; what it throws stops the attempt there. */
  @FunctionalInterface
  interface Listener {
    Listener NONE = (load, step) -> {};

    void reached(String loadId, LoadStep step);
  }
}
