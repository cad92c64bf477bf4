package io.sightglass.engine;

/** What went wrong, as a client may rely on it. The {@link Type} decides the HTTP status. */
public enum ErrorCode {
  SYNTAX_ERROR(Type.INVALID),
  /** Does not exist, or the caller may not know that it does: the same answer. */
  UNKNOWN_NAME(Type.INVALID),
  AMBIGUOUS_NAME(Type.INVALID),
  TYPE_MISMATCH(Type.INVALID),
  WRONG_PARAMETER(Type.INVALID),
  INVALID_REQUEST(Type.INVALID),
  UNAUTHENTICATED(Type.UNAUTHENTICATED),
  /** Refused by the guard. */
  NOT_ALLOWED(Type.FORBIDDEN),
  MISSING_ATTRIBUTE(Type.FORBIDDEN),
  MISSING_PERMISSION(Type.FORBIDDEN),
  NOT_FOUND(Type.NOT_FOUND),
  NOT_ACCEPTABLE(Type.NOT_ACCEPTABLE),
  CONFLICT(Type.CONFLICT),
  /** This store cannot presign. */
  NO_LINKS(Type.CONFLICT),
  EXPIRED(Type.GONE),
  STATEMENT_TOO_LARGE(Type.TOO_LARGE),
  CAST_FAILED(Type.FAILED),
  DIVISION_BY_ZERO(Type.FAILED),
  OUT_OF_RANGE(Type.FAILED),
  EXECUTION_FAILED(Type.FAILED),
  TIME_LIMIT(Type.FAILED),
  MEMORY_LIMIT(Type.FAILED),
  ROW_LIMIT(Type.FAILED),
  BYTE_LIMIT(Type.FAILED),
  SPILL_LIMIT(Type.FAILED),
  IDEMPOTENCY_MISMATCH(Type.FAILED),
  NO_SNAPSHOT(Type.FAILED),
  TOO_MANY_STATEMENTS(Type.TOO_MANY),
  TOO_MANY_KEPT(Type.TOO_MANY),
  OVERLOADED(Type.UNAVAILABLE),
  STARTING(Type.UNAVAILABLE),
  STORE_UNAVAILABLE(Type.UNAVAILABLE),
  INTERNAL(Type.INTERNAL);

  /** Whose fault it is and what a client may do about it. */
  public enum Type {
    INVALID,
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    NOT_ACCEPTABLE,
    CONFLICT,
    GONE,
    TOO_LARGE,
    /** The request was sound and the statement failed on the data or at a limit. */
    FAILED,
    TOO_MANY,
    UNAVAILABLE,
    INTERNAL
  }

  private final Type type;

  ErrorCode(Type type) {
    this.type = type;
  }

  public Type type() {
    return type;
  }
}
