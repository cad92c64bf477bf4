package io.sightglass.engine.views;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;

/** Reads a value of a named query's parameter from its text: ISO 8601, {@code .} for decimals. */
public final class ParameterText {

  private ParameterText() {}

  /**
   * The value as the engine binds it: Boolean, Integer, Long, Double, BigDecimal, String,
   * LocalDate, LocalDateTime, OffsetDateTime or UUID.
   *
   * @param type a scalar, or a decimal
   * @return empty when the text is no value of that type
   */
  public static Optional<Comparable<?>> find(String text, ColumnType type) {
    try {
      return Optional.of(
          switch (type) {
            case Scalar scalar -> scalar(text, scalar);
            case ColumnType.Decimal decimal -> decimal(text, decimal);
            case ColumnType.ListOf list -> throw new IllegalArgumentException("a list");
            case ColumnType.Struct struct -> throw new IllegalArgumentException("a struct");
          });
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Comparable<?> scalar(String text, Scalar type) {
    return switch (type) {
      case BOOLEAN ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
          };
      case INTEGER -> Integer.valueOf(text);
      case BIGINT -> new BigInteger(text).longValueExact();
      case DOUBLE -> finite(Double.parseDouble(text));
      case VARCHAR -> text;
      case DATE -> LocalDate.parse(text);
      case TIMESTAMP -> dateTime(text);
      case TIMESTAMPTZ ->
          text.matches(".{11,}([zZ]|[+-]\\d\\d:?\\d\\d)")
              ? OffsetDateTime.parse(iso(text)).withOffsetSameInstant(ZoneOffset.UTC)
              : dateTime(text).atOffset(ZoneOffset.UTC);
      case UUID -> UUID.fromString(text);
    };
  }

  private static Double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("not finite");
    }
    return value;
  }

  private static BigDecimal decimal(String text, ColumnType.Decimal type) {
    BigDecimal value = new BigDecimal(text).setScale(type.scale());
    if (value.precision() > type.precision()) {
      throw new IllegalArgumentException("too many digits");
    }
    return value;
  }

  private static LocalDateTime dateTime(String text) {
    return text.length() == 10
        ? LocalDate.parse(text).atStartOfDay()
        : LocalDateTime.parse(iso(text));
  }

  private static String iso(String text) {
    return text.strip().replace(' ', 'T');
  }
}
