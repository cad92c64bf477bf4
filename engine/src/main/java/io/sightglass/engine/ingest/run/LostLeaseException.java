package io.sightglass.engine.ingest.run;

/**
 * This process was taken for dead while it ran a load, and another has taken it over: it has to
 * stop without a trace.
 */
final class LostLeaseException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LostLeaseException(String loadId) {
    super("Load %s was taken over by another process; this one stops".formatted(loadId));
  }
}
