package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The place of one instance, which is opened at first need and replaced when an error has broken
 * it. Thread-safe.
 */
public final class InstanceSlot {

  private final Supplier<DuckDbInstance> opener;
  private volatile @Nullable DuckDbInstance current;
  private int replacements;
  private boolean retired;

  /**
   * A slot without an instance yet.
   *
   * @param opener opens one, the same each time
   */
  public InstanceSlot(Supplier<DuckDbInstance> opener) {
    this.opener = opener;
  }

  /**
   * The instance to use now.
   *
   * @throws EngineException {@code OVERLOADED} when the slot is retired
   */
  public synchronized DuckDbInstance current() {
    if (retired) {
      throw new EngineException(ErrorCode.OVERLOADED, "This engine is being replaced; try again");
    }
    DuckDbInstance instance = current;
    if (instance == null || !instance.isUsable()) {
      if (instance != null) {
        replacements++;
      }
      instance = opener.get();
      current = instance;
    }
    return instance;
  }

  /** Sessions that are open on the instance; 0 where there is none. Never waits. */
  public int openSessions() {
    DuckDbInstance instance = current;
    return instance == null ? 0 : instance.openSessions();
  }

  /** How often a broken instance was replaced. */
  public synchronized int replacements() {
    return replacements;
  }

  /** Lets the instance close once its last session has ended; no other is opened. */
  public synchronized void retire() {
    retired = true;
    DuckDbInstance instance = current;
    if (instance != null) {
      instance.retire();
    }
  }
}
