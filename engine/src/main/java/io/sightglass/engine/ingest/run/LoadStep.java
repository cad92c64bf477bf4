package io.sightglass.engine.ingest.run;

/** The steps of one attempt at a load, each told when it is done. */
public enum LoadStep {
  BEGUN,
  STAGED,
  CHECKED,
  SPLIT,
  UPLOADED,
  COMMITTED;

  /** Is told of each step; what it throws stops the attempt there. */
  @FunctionalInterface
  public interface Listener {
    Listener NONE = (load, step) -> {};

    void reached(String loadId, LoadStep step);
  }
}
