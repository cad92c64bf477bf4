package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.views.MistakeCode;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks that the columns which a contract's other keys name exist and fit. */
final class ContractColumns {

  private final Dataset dataset;
  private final YamlMapping contract;
  private final Mistakes mistakes;

  ContractColumns(Dataset dataset, YamlMapping contract, Mistakes mistakes) {
    this.dataset = dataset;
    this.contract = contract;
    this.mistakes = mistakes;
  }

  void check() {
    Set<String> keys = new HashSet<>();
    for (String column : dataset.key()) {
      exists("key", column, false);
      if (!keys.add(column)) {
        mistakes.add(
            contract.placeOf("key"),
            MistakeCode.DUPLICATE,
            "key \"%s\" twice".formatted(column),
            "once");
      }
    }
    String latestBy = dataset.latestBy();
    if (latestBy != null && exists("latest_by", latestBy, false)) {
      dataset
          .findColumn(latestBy)
          .filter(column -> !(column.type() instanceof Scalar || isDecimal(column.type())))
          .ifPresent(column ->
              mistakes.add(
                  contract.placeOf("latest_by"),
                  MistakeCode.WRONG_VALUE,
                  "latest_by \"%s\" of type %s".formatted(latestBy, column.type().sql()),
                  "a column that can be ordered"));
    }
    for (PartitionField field : dataset.partition()) {
      if (exists("partition", field.column(), true)) {
        checkTransform(field);
      }
    }
    checkRetention();
  }

  private void checkRetention() {
    String of = dataset.retention().of();
    if (contract.find("retention").isPresent() && exists("retention", of, true)) {
      ColumnType type = storedType(of);
      if (!ColumnReader.isDated(type)) {
        mistakes.add(
            contract.placeOf("retention"),
            MistakeCode.WRONG_VALUE,
            "retention of \"%s\", a %s".formatted(of, type.sql()),
            "a DATE, TIMESTAMP or TIMESTAMPTZ");
      }
    }
  }

  private void checkTransform(PartitionField field) {
    ColumnType type = storedType(field.column());
    boolean fits =
        switch (field.transform()) {
          case DAY, MONTH, YEAR -> ColumnReader.isDated(type);
          case IDENTITY ->
              isDecimal(type)
                  || (type instanceof Scalar && type != Scalar.DOUBLE && type != Scalar.UUID);
          case BUCKET ->
              type instanceof Scalar
                  && type != Scalar.DOUBLE
                  && type != Scalar.BOOLEAN
                  && type != Scalar.UUID;
        };
    if (!fits) {
      mistakes.add(
          contract.placeOf("partition"),
          MistakeCode.WRONG_VALUE,
          "partition by %s of \"%s\", stored as %s"
              .formatted(field.transform(), field.column(), type.sql()),
          "day, month, year of dates; identity of plain types but DOUBLE and UUID; bucket of whole numbers, texts, dates");
    }
  }

  private static boolean isDecimal(ColumnType type) {
    return type instanceof ColumnType.Decimal;
  }

  private ColumnType storedType(String column) {
    Optional<Column> found = dataset.findColumn(column);
    return found.isPresent()
        ? found.get().storedType()
        : column.equals(Dataset.FILE_DATE) ? Scalar.DATE : Scalar.VARCHAR;
  }

  private boolean exists(String key, String column, boolean orAdded) {
    Set<String> names = new LinkedHashSet<>(dataset.columns().stream().map(Column::name).toList());
    if (orAdded) {
      names.addAll(List.of(Dataset.FILE_DATE, Dataset.LOAD_ID));
    }
    if (!names.contains(column)) {
      mistakes.addUnknown(
          contract.placeOf(key), MistakeCode.UNKNOWN_COLUMN, key + ": column", column, names);
      return false;
    }
    return true;
  }
}
