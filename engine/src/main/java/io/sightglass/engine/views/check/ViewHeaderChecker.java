package io.sightglass.engine.views.check;

import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.StoredType;
import io.sightglass.engine.views.View.Header;
import io.sightglass.engine.views.View.Materialization;
import io.sightglass.engine.views.View.Publication;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.Place;
import io.sightglass.engine.views.files.ViewDraft;
import java.util.List;
import java.util.Set;

/** Checks what the leading comment of a view says against the view. Not thread-safe. */
final class ViewHeaderChecker {

  private static final Set<String> WHOLE_NUMBERS = Set.of("INTEGER", "BIGINT", "HUGEINT");

  private final Definition definition;
  private final ViewDraft draft;
  private final Mistakes mistakes;

  ViewHeaderChecker(Definition definition, Mistakes mistakes) {
    this.definition = definition;
    this.draft = definition.draft;
    this.mistakes = mistakes;
  }

  void check() {
    Header header = draft.header();
    if (definition.identified) {
      refuseForIdentified("materialize", header.materialize() != null);
      refuseForIdentified("publish", header.publish() != null);
    }
    if (!definition.isBound()) {
      return;
    }
    draft.columnPlaces().forEach((column, place) -> exists("columns: column", column, place));
    Materialization materialize = header.materialize();
    if (materialize != null) {
      for (PartitionField field : materialize.partition()) {
        exists("materialize: column", field.column(), draft.placeOf("materialize"));
      }
      checkTypes();
    }
    Publication publish = header.publish();
    if (publish != null) {
      checkPublication(publish);
    }
  }

  private void refuseForIdentified(String key, boolean present) {
    if (present) {
      mistakes.add(
          draft.placeOf(key),
          MistakeCode.CONFLICT,
          key + " of a view that reads the vault",
          key + " of views without identities");
    }
  }

  /** A table must be able to keep every column. */
  private void checkTypes() {
    List<OutputColumn> columns = definition.columns;
    if (columns == null || !definition.sound) {
      return;
    }
    for (OutputColumn column : columns) {
      if (StoredType.find(column.type()).isEmpty()) {
        mistakes.add(
            draft.placeOf("materialize"),
            MistakeCode.TYPE_MISMATCH,
            "materialize: column \"%s\" of type %s".formatted(column.name(), column.type()),
            StoredType.ALLOWED);
      }
    }
  }

  private void checkPublication(Publication publish) {
    Place place = draft.placeOf("publish");
    if (!publish.count().isEmpty() && exists("publish: column", publish.count(), place)) {
      List<OutputColumn> columns = definition.columns;
      String type =
          columns == null
              ? ""
              : columns.stream()
                  .filter(column -> column.name().equals(publish.count()))
                  .findFirst()
                  .map(OutputColumn::type)
                  .orElse("");
      if (definition.sound && !WHOLE_NUMBERS.contains(type)) {
        mistakes.add(
            place,
            MistakeCode.TYPE_MISMATCH,
            "publish: count \"%s\" of type %s".formatted(publish.count(), type),
            "a whole number of people");
      }
    }
    if (definition.flow != null && !definition.aggregates) {
      mistakes.add(
          place,
          MistakeCode.NOT_ALLOWED,
          "publish of a view that does not aggregate",
          "published views count people in groups");
    }
  }

  private boolean exists(String what, String column, Place place) {
    if (definition.columnNames().contains(column)) {
      return true;
    }
    mistakes.addUnknown(place, MistakeCode.UNKNOWN_COLUMN, what, column, definition.columnNames());
    return false;
  }
}
