package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedDefinition;
import io.sightglass.engine.sql.Macros;
import io.sightglass.engine.sql.lineage.Lineage;
import io.sightglass.engine.sql.lineage.Lineage.Crossing;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Bound;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.check.PatientBinder.Patience;
import io.sightglass.engine.views.files.DatasetDraft;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.ViewDraft;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the SELECT of every view, orders the views by what they read, binds them in that order,
 * and follows their columns. Not thread-safe.
 */
final class ViewChecker {

  /** Constructs of a lineage that put rows together in groups. */
  private static final Set<String> AGGREGATES = Set.of("aggregate", "pivot");

  private final Guard guard;
  private final LineageReader lineages;
  private final Definitions world;
  private final Macros macros;
  private final Mistakes mistakes;
  private final Map<QualifiedName, DatasetDraft> datasets;
  private final Map<QualifiedName, Definition> definitions = new TreeMap<>();

  ViewChecker(
      PackChecker.Tools tools,
      Definitions world,
      Macros macros,
      Map<QualifiedName, DatasetDraft> datasets,
      Mistakes mistakes) {
    this.guard = tools.guard();
    this.lineages = tools.lineages();
    this.world = world;
    this.macros = macros;
    this.datasets = datasets;
    this.mistakes = mistakes;
  }

  /** The views in an order in which each comes after those that it reads. */
  Map<QualifiedName, Definition> check(Map<QualifiedName, ViewDraft> drafts) {
    for (ViewDraft draft : drafts.values()) {
      Definition definition = new Definition(draft);
      definitions.put(draft.name(), definition);
      verify(definition, drafts);
    }
    List<QualifiedName> order = new ViewOrder(definitions, mistakes).order();
    Map<QualifiedName, Definition> ordered = new LinkedHashMap<>();
    for (QualifiedName name : order) {
      Definition definition = definition(name);
      ordered.put(name, definition);
      follow(definition);
      bind(definition);
      new ViewHeaderChecker(definition, mistakes).check();
    }
    return ordered;
  }

  private void verify(Definition definition, Map<QualifiedName, ViewDraft> drafts) {
    ViewDraft draft = definition.draft;
    if (draft.sql().isBlank()) {
      return;
    }
    ViewNames names = new ViewNames(definition, datasets, drafts, mistakes);
    try {
      definition.guarded = guard.checkDefinition(draft.sql(), names, macros);
    } catch (EngineException e) {
      SqlMistakes.ofFile(mistakes, draft.sql(), draft.place()).add(e);
    }
    definition.namesKnown = names.isComplete();
  }

  /** What it reads in the end, known before it is bound and even if it cannot be. */
  private void follow(Definition definition) {
    definition.datasets.addAll(definition.raw);
    definition.datasets.addAll(definition.vault);
    definition.identified = !definition.vault.isEmpty();
    for (QualifiedName name : definition.views) {
      definition.datasets.addAll(definition(name).datasets);
      definition.identified |= definition(name).identified;
    }
  }

  private void bind(Definition definition) {
    GuardedDefinition guarded = definition.guarded;
    boolean readable = definition.views.stream().allMatch(name -> definition(name).isBound());
    if (guarded == null || !definition.namesKnown || !readable) {
      return;
    }
    boolean soundBelow =
        definition.views.stream().allMatch(name -> definition(name).sound)
            && definition.datasets.stream().allMatch(name -> draft(name).complete());
    Patience patience = new PatientBinder(world).bind(guarded.text());
    SqlMistakes found =
        SqlMistakes.ofFile(mistakes, definition.draft.sql(), definition.draft.place());
    for (Failed failure : patience.failures()) {
      if (soundBelow || failure.code() == MistakeCode.UNKNOWN_COLUMN) {
        found.add(failure, guarded.text());
      }
    }
    define(definition, patience);
    definition.sound = soundBelow && patience.failures().isEmpty();
    List<OutputColumn> columns = definition.columns;
    if (columns != null && patience.failures().isEmpty()) {
      checkColumnNames(definition, columns);
      Flow flow = flowOf(definition, guarded, columns);
      definition.flow = flow;
      definition.aggregates =
          definition.views.stream().anyMatch(name -> definition(name).aggregates)
              || (flow != null
                  && flow.lineage().crossings().stream()
                      .map(Crossing::construct)
                      .anyMatch(AGGREGATES::contains));
    }
  }

  /** Null, and noted, when the columns that lineage names are not those that the engine binds. */
  private @Nullable Flow flowOf(
      Definition definition, GuardedDefinition guarded, List<OutputColumn> columns) {
    Lineage lineage = lineages.read(guarded.text(), this::columnsOf);
    Set<String> followed = new HashSet<>();
    lineage.outputs().forEach(output -> followed.add(output.name().toLowerCase(Locale.ROOT)));
    for (OutputColumn column : columns) {
      boolean known = followed.contains(column.name().toLowerCase(Locale.ROOT));
      if (!known && lineage.unlisted().isEmpty() && QualifiedName.isPart(column.name())) {
        mistakes.add(
            definition.draft.place(),
            MistakeCode.NOT_ALLOWED,
            "column \"%s\", which cannot be followed to its origin".formatted(column.name()),
            "columns that are written out");
        return null;
      }
    }
    return Flow.of(
        definition.path(),
        lineage,
        guarded.tables(),
        path -> Tables.isView(path) ? definition(Tables.name(path)).flow : null);
  }

  /**
   * Puts the view into the world: with the columns that were missing, so that no other misses them.
   */
  private void define(Definition definition, Patience patience) {
    List<OutputColumn> bound = patience.columns();
    if (bound == null) {
      return;
    }
    Set<String> names = new HashSet<>();
    bound.forEach(column -> names.add(column.name().toLowerCase(Locale.ROOT)));
    String missing =
        patience.missing().stream()
            .filter(name -> names.add(name.toLowerCase(Locale.ROOT)))
            .map(name -> ", NULL AS \"%s\"".formatted(name.replace("\"", "\"\"")))
            .collect(Collectors.joining());
    String sql =
        missing.isEmpty()
            ? patience.sql()
            : "SELECT *%s FROM (%s)".formatted(missing, patience.sql());
    switch (world.defineView(definition.name(), sql)) {
      case Bound made -> definition.columns = made.columns();
      case Failed failed ->
          SqlMistakes.ofFile(mistakes, definition.draft.sql(), definition.draft.place())
              .add(failed, sql);
    }
  }

  private void checkColumnNames(Definition definition, List<OutputColumn> columns) {
    Set<String> seen = new HashSet<>();
    for (OutputColumn column : columns) {
      if (!QualifiedName.isPart(column.name()) && !isInternal(column.name())) {
        mistakes.add(
            definition.draft.place(),
            MistakeCode.BAD_NAME,
            "column \"%s\"".formatted(column.name()),
            "[a-z][a-z0-9_]*; give it a name with AS");
      } else if (!seen.add(column.name().toLowerCase(Locale.ROOT))) {
        mistakes.add(
            definition.draft.place(),
            MistakeCode.DUPLICATE,
            "column \"%s\" twice".formatted(column.name()),
            "once");
      }
    }
  }

  private static boolean isInternal(String column) {
    return Set.of(Dataset.FILE_DATE, Dataset.LOAD_ID, Dataset.ROW_KEY).contains(column);
  }

  private List<String> columnsOf(List<String> path) {
    QualifiedName name = Tables.name(path);
    if (Tables.isView(path)) {
      return definition(name).columnNames().stream()
          .map(column -> column.toLowerCase(Locale.ROOT))
          .toList();
    }
    Dataset dataset = draft(name).dataset();
    List<String> columns = new ArrayList<>();
    (Tables.isVault(path) ? dataset.directColumns() : dataset.columns())
        .stream().map(Column::name).forEach(columns::add);
    if (!Tables.isVault(path)) {
      columns.add(Dataset.FILE_DATE);
      columns.add(Dataset.LOAD_ID);
    }
    columns.add(Dataset.ROW_KEY);
    return columns;
  }

  private Definition definition(QualifiedName name) {
    return Objects.requireNonNull(definitions.get(name), name::toString);
  }

  private DatasetDraft draft(QualifiedName name) {
    return Objects.requireNonNull(datasets.get(name), name::toString);
  }
}
