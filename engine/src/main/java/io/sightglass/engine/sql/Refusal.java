package io.sightglass.engine.sql;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import org.jspecify.annotations.Nullable;

/** What the guard says when it refuses: which construct, and what to use instead. Immutable. */
public record Refusal(String construct, @Nullable String advice) {

  /** Refuses a construct, named so that its author finds it. */
  public static Refusal of(String construct) {
    return new Refusal(construct, null);
  }

  public Refusal instead(String use) {
    return new Refusal(construct, use);
  }

  public EngineException at(@Nullable Position position) {
    String sentence = construct + " is not allowed here";
    return new EngineException(
            ErrorCode.NOT_ALLOWED, advice == null ? sentence : sentence + ": " + advice)
        .at(position);
  }
}
