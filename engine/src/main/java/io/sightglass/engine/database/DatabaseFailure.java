package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A failure of the database inside a transaction; as a cause it says that no store was at fault.
 */
public final class DatabaseFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final SQLException failure;

  DatabaseFailure(SQLException failure) {
    super(failure);
    this.failure = failure;
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
    if (isOutOfReach()) {
      return new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The metadata database cannot be reached", this);
    }
    return new EngineException(
        ErrorCode.INTERNAL, "The metadata database refused what it was asked", this);
  }

  private boolean isDuplicate() {
    return "23505".equals(failure.getSQLState())
        || isSqlite("SQLITE_CONSTRAINT_UNIQUE")
        || isSqlite("SQLITE_CONSTRAINT_PRIMARYKEY");
  }

  /** Whether a connection that had been there is no more. */
  boolean isCutOff() {
    String state = String.valueOf(failure.getSQLState());
    return !(failure instanceof SQLTransientConnectionException)
        && (state.startsWith("08") || state.startsWith("57P"));
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
