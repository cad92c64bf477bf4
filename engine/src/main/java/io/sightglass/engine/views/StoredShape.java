package io.sightglass.engine.views;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Column.Constraints;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.TextFormat;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How the result of a materialised view is kept as a table. Stateless. */
public final class StoredShape {

  private StoredShape() {}

  /**
   * The table of a view's result, under the view's name: its columns, in types that a table has.
   *
   * @throws IllegalArgumentException when a column's type cannot be kept; the check of the pack has
   *     refused such a view
   */
  public static Dataset of(View view) {
    View.Materialization materialize = view.header().materialize();
    if (materialize == null) {
      throw new IllegalArgumentException("View " + view.name() + " is not materialised");
    }
    List<Column> columns = new ArrayList<>();
    for (View.ViewColumn column : view.columns()) {
      ColumnType type =
          StoredType.find(column.type())
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "Column %s of %s: type %s cannot be stored"
                          .formatted(column.name(), view.name(), column.type())));
      String description = column.description();
      columns.add(
          new Column(
              column.name(),
              type,
              Sensitivity.NONE,
              null,
              null,
              List.of(),
              TextFormat.DEFAULT,
              Constraints.NONE,
              description == null ? "" : description));
    }
    return new Dataset(
        view.name(),
        view.header().description(),
        "",
        view.header().grain(),
        Map.of(),
        List.of(),
        LoadMode.REPLACE_ALL,
        List.of(),
        null,
        null,
        materialize.partition(),
        new Expectations(null, null, ZoneOffset.UTC, null, null),
        Retention.FOREVER,
        null,
        null,
        null,
        columns);
  }
}
