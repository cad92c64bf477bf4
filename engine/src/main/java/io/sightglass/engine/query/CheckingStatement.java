package io.sightglass.engine.query;

import java.util.concurrent.CompletableFuture;

/**
 * A statement that is being checked.
 *
 * @param id also that of its record
 * @param check completes on a thread of the engine, with an {@link
 *     io.sightglass.engine.EngineException} where the statement would be refused
 */
public record CheckingStatement(String id, CompletableFuture<StatementCheck> check) {}
