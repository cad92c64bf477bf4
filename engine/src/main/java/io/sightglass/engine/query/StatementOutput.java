package io.sightglass.engine.query;

/**
 * Begins to make an answer of a statement that may run now. Called on a thread of the engine's
 * pool.
 *
 * @param <T> what it makes, such as a stream of encoded bytes
 */
@FunctionalInterface
public interface StatementOutput<T> {

  /**
   * Starts the statement's query and prepares its answer, as far as the first bytes.
   *
   * @throws io.sightglass.engine.EngineException when the statement fails before that
   */
  T open(OpenStatement statement);
}
