package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A failure of the database inside a transaction; as a cause it says that no store was at fault.
 */
public final class DatabaseFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What keeps PostgreSQL from any work, by the code that it gives or the class of codes. */
  private static final Map<String, String> UNABLE =
      Map.of(
          "25006", "can only be read",
          "28", "does not accept the user or the password",
          "3D000", "does not exist",
          "42501", "does not give its user the rights that the service needs",
          "53", "has too little memory",
          "53100", "has no room on its disk",
          "53300", "takes no more connections",
          "57014", "took longer than it may, or somebody stopped its work",
          "58", "has a fault, such as of its disk");

  private final SQLException failure;

  DatabaseFailure(SQLException failure) {
    super(failure);
    this.failure = failure;
  }

  /** Whether the database is at fault for {@code failure}: no other work would fare better. */
  public static boolean isBehind(RuntimeException failure) {
    return failure instanceof DatabaseFailure || failure.getCause() instanceof DatabaseFailure;
  }

  /** Whether the same work may succeed now: nothing was wrong with it but its moment. */
  boolean otherWentFirst() {
    String state = String.valueOf(failure.getSQLState());
    return state.equals("40001") || state.equals("40P01") || isSqlite("SQLITE_BUSY");
  }

  EngineException asEngineException() {
    if (isDuplicate()) {
      return new EngineException(ErrorCode.CONFLICT, "There is a record of that key already", this);
    }
    if (otherWentFirst()) {
      return new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The metadata database is busy with others", this);
    }
    if (isSqlite("SQLITE_FULL")) {
      return new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The disk of the metadata database is full", this);
    }
    return findUnable()
        .map(why ->
            new EngineException(ErrorCode.STORE_UNAVAILABLE, "The metadata database " + why, this))
        .orElseGet(() ->
            new EngineException(
                ErrorCode.INTERNAL, "The metadata database refused what it was asked", this));
  }

  /** The failure of the database that is a cause of {@code thrown}. */
  static Optional<DatabaseFailure> find(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException failure) {
        return Optional.of(new DatabaseFailure(failure));
      }
    }
    return Optional.empty();
  }

  /** What keeps the database from any work, whatever it is asked. */
  Optional<String> findUnable() {
    String state = String.valueOf(failure.getSQLState());
    String why = UNABLE.getOrDefault(state, UNABLE.get(state.replaceFirst("(?<=^..).*", "")));
    return why == null && isOutOfReach()
        ? Optional.of("cannot be reached")
        : Optional.ofNullable(why);
  }

  private boolean isDuplicate() {
    return "23505".equals(failure.getSQLState())
        || isSqlite("SQLITE_CONSTRAINT_UNIQUE")
        || isSqlite("SQLITE_CONSTRAINT_PRIMARYKEY");
  }

  /**
   * Whether a connection that had been there is no more, or leads to a server that another has
   * taken the place of.
   */
  boolean isCutOff() {
    String state = String.valueOf(failure.getSQLState());
    return !(failure instanceof SQLTransientConnectionException)
        && (state.startsWith("08") || state.startsWith("57P") || state.equals("25006"));
  }

  private boolean isOutOfReach() {
    return failure instanceof SQLTransientConnectionException
        || isCutOff()
        || isSqlite("SQLITE_IOERR")
        || isSqlite("SQLITE_CANTOPEN")
        || isSqlite("SQLITE_READONLY");
  }

  /** Whether it is SQLite's {@code code}, or one that refines it. */
  private boolean isSqlite(String code) {
    if (!(failure instanceof SQLiteException sqlite)) {
      return false;
    }
    SQLiteErrorCode seen = sqlite.getResultCode();
    return seen.name().startsWith(code);
  }
}
