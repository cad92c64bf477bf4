package io.sightglass.engine.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The current row of a result, for use inside a row mapper alone. Methods without {@code OrNull}
 * fail on NULL.
 */
public final class Row {

  private interface Read<T extends @Nullable Object> {
    T from(ResultSet result, String column) throws SQLException;
  }

  private final ResultSet result;

  Row(ResultSet result) {
    this.result = result;
  }

  /** A TEXT. */
  public String text(String column) {
    return required(column, textOrNull(column));
  }

  /** A TEXT; null for NULL. */
  public @Nullable String textOrNull(String column) {
    return value(column, ResultSet::getString);
  }

  /** A BIGINT or INTEGER. */
  public long number(String column) {
    return required(column, numberOrNull(column));
  }

  /** A BIGINT or INTEGER; null for NULL. */
  public @Nullable Long numberOrNull(String column) {
    return value(column, ResultSet::getLong);
  }

  /** A DOUBLE PRECISION; null for NULL. */
  public @Nullable Double shareOrNull(String column) {
    return value(column, ResultSet::getDouble);
  }

  /** A BOOLEAN. */
  public boolean flag(String column) {
    return required(column, value(column, ResultSet::getBoolean));
  }

  /** A BIGINT of microseconds since 1970. */
  public Instant instant(String column) {
    return required(column, instantOrNull(column));
  }

  /** A BIGINT of microseconds since 1970; null for NULL. */
  public @Nullable Instant instantOrNull(String column) {
    Long micros = numberOrNull(column);
    return micros == null ? null : Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** A TEXT with a date in ISO form. */
  public LocalDate date(String column) {
    return required(column, dateOrNull(column));
  }

  /** A TEXT with a date in ISO form; null for NULL. */
  public @Nullable LocalDate dateOrNull(String column) {
    String text = textOrNull(column);
    return text == null ? null : LocalDate.parse(text);
  }

  /** A TEXT with the name of a constant of {@code type}. */
  public <E extends Enum<E>> E constant(Class<E> type, String column) {
    return Enum.valueOf(type, text(column));
  }

  static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  private <T> @Nullable T value(String column, Read<@Nullable T> read) {
    try {
      T value = read.from(result, column);
      return result.wasNull() ? null : value;
    } catch (SQLException e) {
      throw new DatabaseFailure(e);
    }
  }

  private static <T> T required(String column, @Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("Column " + column + " is NULL");
    }
    return value;
  }
}
