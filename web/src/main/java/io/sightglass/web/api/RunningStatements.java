package io.sightglass.web.api;

import io.sightglass.engine.query.RunningStatement;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The statements that this process answers right now, so that they can be cancelled by id. */
@Singleton
public final class RunningStatements {

  private final Map<String, RunningStatement<?>> running = new ConcurrentHashMap<>();

  void add(RunningStatement<?> statement) {
    running.put(statement.id(), statement);
  }

  void remove(String id) {
    running.remove(id);
  }

  Optional<RunningStatement<?>> find(String id) {
    return Optional.ofNullable(running.get(id));
  }

  /** Stops all of them, when the service does. */
  public void cancelAll() {
    running.values().forEach(RunningStatement::cancel);
  }
}
