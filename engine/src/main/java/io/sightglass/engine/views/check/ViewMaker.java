package io.sightglass.engine.views.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.GuardedDefinition;
import io.sightglass.engine.sql.SqlParser;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.View.Input;
import io.sightglass.engine.views.View.Origin;
import io.sightglass.engine.views.View.ViewColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes views of definitions in which no mistake was found. Thread-safe. */
final class ViewMaker {

  private final Map<QualifiedName, Dataset> datasets;
  private final SqlParser parser;

  ViewMaker(Map<QualifiedName, Dataset> datasets, SqlParser parser) {
    this.datasets = datasets;
    this.parser = parser;
  }

  /**
   * The view of a definition.
   *
   * @param before the views that it reads
   */
  View view(Definition definition, Map<QualifiedName, View> before) {
    GuardedDefinition guarded = Objects.requireNonNull(definition.guarded);
    List<ViewColumn> columns = new ArrayList<>();
    for (OutputColumn column : Objects.requireNonNull(definition.columns)) {
      columns.add(column(definition, column));
    }
    return new View(
        definition.name(),
        definition.draft.header(),
        guarded.text(),
        definition.draft.sql().strip(),
        definition.identified,
        columns,
        definition.datasets,
        inputs(definition, before),
        rowForRow(definition, guarded, before));
  }

  private static Set<Input> inputs(Definition definition, Map<QualifiedName, View> before) {
    Set<Input> inputs = new HashSet<>();
    definition.raw.forEach(dataset -> inputs.add(new Input(dataset, false)));
    definition.vault.forEach(dataset -> inputs.add(new Input(dataset, false)));
    for (QualifiedName view : definition.views) {
      inputs.addAll(Objects.requireNonNull(before.get(view)).tables());
    }
    return inputs;
  }

  private ViewColumn column(Definition definition, OutputColumn column) {
    Flow flow = Objects.requireNonNull(definition.flow);
    String name = column.name().toLowerCase(Locale.ROOT);
    Set<SourceColumn> roots = flow.roots().getOrDefault(name, Set.of());
    Sensitivity sensitivity = Sensitivity.NONE;
    Set<Origin> origins = new HashSet<>();
    for (SourceColumn source : flow.reachOf(name)) {
      if (Tables.isView(source.table())) {
        continue;
      }
      Column origin = findColumn(source);
      if (origin != null && origin.sensitivity().compareTo(sensitivity) > 0) {
        sensitivity = origin.sensitivity();
      }
      origins.add(
          new Origin(
              Tables.name(source.table()),
              source.column(),
              Tables.isVault(source.table()),
              roots.equals(Set.of(source))));
    }
    SourceColumn root = flow.rootOf(name);
    Column rootColumn = root == null ? null : findColumn(root);
    String description = definition.draft.header().columns().get(column.name());
    return new ViewColumn(
        column.name(),
        column.type(),
        description != null ? description : rootColumn == null ? null : rootColumn.description(),
        sensitivity,
        maskOf(roots),
        origins);
  }

  /** How it is masked at rest; of several branches the first that is masked. */
  private @Nullable Mask maskOf(Set<SourceColumn> roots) {
    for (SourceColumn root : roots) {
      Column column = findColumn(root);
      if (column != null && !Tables.isVault(root.table()) && column.mask() != null) {
        return column.mask();
      }
    }
    return null;
  }

  private @Nullable Column findColumn(SourceColumn source) {
    if (Tables.isView(source.table())) {
      return null;
    }
    Dataset dataset = datasets.get(Tables.name(source.table()));
    return dataset == null ? null : dataset.findColumn(source.column()).orElse(null);
  }

  /** The dataset of a plain SELECT of columns FROM one table, itself one or such a view. */
  private @Nullable QualifiedName rowForRow(
      Definition definition, GuardedDefinition guarded, Map<QualifiedName, View> before) {
    Flow flow = Objects.requireNonNull(definition.flow);
    if (!flow.lineage().crossings().isEmpty()
        || guarded.tables().size() != 1
        || !isPlain(parser.parse(guarded.text()).path("statements").path(0).path("node"))) {
      return null;
    }
    List<String> table = guarded.tables().iterator().next();
    QualifiedName name = Tables.name(table);
    View read = Tables.isView(table) ? before.get(name) : null;
    return Tables.isView(table) ? read == null ? null : read.rowForRow() : name;
  }

  private static boolean isPlain(JsonNode select) {
    return select.path("type").asText().equals("SELECT_NODE")
        && select.path("from_table").path("type").asText().equals("BASE_TABLE")
        && select.path("from_table").path("sample").isNull()
        && select.path("where_clause").isNull()
        && select.path("group_expressions").isEmpty()
        && select.path("group_sets").isEmpty()
        && select.path("having").isNull()
        && select.path("qualify").isNull()
        && select.path("sample").isNull()
        && select.path("modifiers").isEmpty()
        && select.path("aggregate_handling").asText().equals("STANDARD_HANDLING")
        && !select.path("select_list").toString().contains("unnest");
  }
}
