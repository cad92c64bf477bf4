package io.sightglass.engine.database;

import java.sql.ResultSet;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** The current row of a result. Methods without {@code OrNull} fail on NULL. */
@SuppressWarnings("DoNotCallSuggester")
public final class Row {

  private final ResultSet result;

  Row(ResultSet result) {
    this.result = result;
  }

  public String text(String column) {
    throw new UnsupportedOperationException(result + column);
  }

  public @Nullable String textOrNull(String column) {
    throw new UnsupportedOperationException();
  }

  public long number(String column) {
    throw new UnsupportedOperationException();
  }

  public @Nullable Long numberOrNull(String column) {
    throw new UnsupportedOperationException();
  }

  public boolean flag(String column) {
    throw new UnsupportedOperationException();
  }

  public Instant instant(String column) {
    throw new UnsupportedOperationException();
  }

  public @Nullable Instant instantOrNull(String column) {
    throw new UnsupportedOperationException();
  }

  public @Nullable LocalDate dateOrNull(String column) {
    throw new UnsupportedOperationException();
  }

  /** The constant of {@code type} named by the column. */
  public <E extends Enum<E>> E constant(Class<E> type, String column) {
    throw new UnsupportedOperationException();
  }
}
