package io.sightglass.engine.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredValuesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2024-01-01T10:20:30.123456Z",
        "2024-01-01 10:20:30.123456+00",
        "2024-01-01 12:20:30.123456+02",
        "2024-01-01 15:50:30.123456+05:30",
        "2024-01-01T03:20:30.123456-0700"
      })
  void instantsInEverySpelling(String text) {
    assertThat(StoredValues.parse(Types.TimestampType.withZone(), text))
        .isEqualTo(
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2024-01-01T10:20:30.123456Z")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2024-01-01 10:20:30", "2024-01-01", "now", "", "2024-01-01 25:00:00+00"})
  void whatIsNoInstant(String text) {
    assertThat(StoredValues.parse(Types.TimestampType.withZone(), text)).isNull();
  }

  @Test
  void timestampsWithoutAZone() {
    assertThat(StoredValues.parse(Types.TimestampType.withoutZone(), "1970-01-01 00:00:01.5"))
        .isEqualTo(1_500_000L);
    assertThat(StoredValues.parse(Types.TimestampType.withoutZone(), "1969-12-31T23:59:59"))
        .isEqualTo(-1_000_000L);
    assertThat(StoredValues.parse(Types.TimestampType.withoutZone(), "1970-01-02"))
        .isEqualTo(86_400_000_000L);
    assertThat(StoredValues.parse(Types.TimestampType.withoutZone(), "1970-01-01 00:00:00Z"))
        .isNull();
    assertThat(StoredValues.parse(Types.TimestampType.withoutZone(), "infinity"))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void dates() {
    assertThat(StoredValues.parse(Types.DateType.get(), "1969-12-31")).isEqualTo(-1);
    assertThat(StoredValues.parse(Types.DateType.get(), "12024-01-01"))
        .isEqualTo((int) LocalDate.of(12024, 1, 1).toEpochDay());
    assertThat(StoredValues.parse(Types.DateType.get(), "0044-03-15 (BC)"))
        .isEqualTo((int) LocalDate.of(-43, 3, 15).toEpochDay());
    assertThat(StoredValues.parse(Types.DateType.get(), "2024-02-30")).isNull();
    assertThat(StoredValues.parse(Types.DateType.get(), "2024-1-1")).isNull();
  }

  @Test
  void numbersExactlyOrNotAtAll() {
    assertThat(StoredValues.parse(Types.IntegerType.get(), "1.0")).isEqualTo(1);
    assertThat(StoredValues.parse(Types.IntegerType.get(), "1.5")).isNull();
    assertThat(StoredValues.parse(Types.IntegerType.get(), "2147483648")).isNull();
    assertThat(StoredValues.parse(Types.LongType.get(), "x")).isNull();
    assertThat(StoredValues.parse(Types.DecimalType.of(5, 2), "1.234")).isNull();
    assertThat(StoredValues.parse(Types.DoubleType.get(), "1.0")).isNull();
    assertThat(StoredValues.parse(Types.BooleanType.get(), "yes")).isNull();
  }
}
