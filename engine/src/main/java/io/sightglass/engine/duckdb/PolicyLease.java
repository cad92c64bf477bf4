package io.sightglass.engine.duckdb;

/** Keeps the secure views of one policy in place while a statement uses them. */
public interface PolicyLease extends AutoCloseable {

  /** Idempotent. */
  @Override
  void close();
}
