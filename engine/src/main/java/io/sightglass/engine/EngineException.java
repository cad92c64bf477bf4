package io.sightglass.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The engine's one failure. Its message may be shown to the caller as it is: it says what failed,
 * the value seen and what is allowed, and never holds a row's values, a path, a secret or another
 * library's own text; those belong to the cause, which goes to the operator's log.
 */
public final class EngineException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final transient @Nullable Position position;
  private final transient List<String> suggestions;
  private final transient @Nullable Duration retryAfter;

  private EngineException(
      ErrorCode code,
      String message,
      @Nullable Throwable cause,
      @Nullable Position position,
      List<String> suggestions,
      @Nullable Duration retryAfter) {
    super(message, cause);
    this.code = code;
    this.position = position;
    this.suggestions = List.copyOf(suggestions);
    this.retryAfter = retryAfter;
  }

  public EngineException(ErrorCode code, String message) {
    this(code, message, null, null, List.of(), null);
  }

  public EngineException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, cause, null, List.of(), null);
  }

  /** The same failure, at a place in the caller's SQL. */
  public EngineException at(@Nullable Position place) {
    return new EngineException(code, detail(), getCause(), place, suggestions, retryAfter);
  }

  /** The same failure, with names that the caller may know and may have meant. */
  public EngineException suggesting(List<String> names) {
    return new EngineException(code, detail(), getCause(), position, names, retryAfter);
  }

  /** The same failure, worth another try after {@code wait}. */
  public EngineException retryAfter(Duration wait) {
    return new EngineException(code, detail(), getCause(), position, suggestions, wait);
  }

  public ErrorCode code() {
    return code;
  }

  /** What failed, the value seen, what is allowed. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  public Optional<Position> position() {
    return Optional.ofNullable(position);
  }

  public List<String> suggestions() {
    return suggestions;
  }

  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
