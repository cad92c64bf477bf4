package io.sightglass.web.api;

import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.query.StatementAnswer.FilterAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import io.sightglass.engine.query.StatementCheck;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a statement would do, as {@code /v1/sql/check} says it. */
@Serdeable
record CheckJson(
    List<Column> columns,
    List<Filter> filters,
    List<Table> tables,
    @Nullable Long files,
    @Nullable Long bytes,
    List<String> warnings) {

  /** One column; {@code shown} is {@code plain} or {@code masked}. */
  @Serdeable
  record Column(
      String name, String type, String shown, @Nullable String mask, @Nullable String rule) {}

  /** One row filter. */
  @Serdeable
  record Filter(String view, String text, String rule) {

    static Filter of(FilterAsApplied filter) {
      return new Filter(filter.view().toString(), filter.text(), filter.rule());
    }
  }

  /** One table at the state that would be read. */
  @Serdeable
  record Table(
      String name,
      @Nullable Long snapshotId,
      @Nullable String dataAsOf,
      List<String> missingDates) {

    static Table of(TableAsRead table) {
      return new Table(
          table.name().toString(),
          table.snapshotId(),
          Texts.of(table.dataAsOf()),
          table.missingDates().stream().map(LocalDate::toString).toList());
    }
  }

  static CheckJson of(StatementCheck check) {
    return new CheckJson(
        check.columns().stream()
            .map(column ->
                new Column(
                    column.name(),
                    column.type(),
                    column.masked() ? "masked" : "plain",
                    column.mask(),
                    column.rule()))
            .toList(),
        check.filters().stream().map(Filter::of).toList(),
        check.tables().stream().map(Table::of).toList(),
        check.files(),
        check.bytes(),
        check.warnings());
  }
}
