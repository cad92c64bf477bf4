package io.sightglass.engine.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.StatementPlan.MaskedColumn;
import io.sightglass.engine.query.StatementPlan.ReadMasks;
import io.sightglass.engine.query.StatementPlan.ReadMasks.OutputMasks;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedStatement;
import io.sightglass.engine.sql.NameResolver;
import io.sightglass.engine.sql.lineage.Lineage;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerPolicy.VisibleColumn;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import io.sightglass.engine.views.CatalogView;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.View;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes a statement through guard, policy and the pinning of its tables; runs nothing. Thread-safe.
 */
public final class StatementPlanner {

  private static final int REMEMBERED = 10_000;

  private final Guard guard;
  private final LineageReader lineage;
  private final Catalogue catalogue;
  private final CatalogRows rows;
  private final Cache<String, List<MaskedColumn>> maskedByText =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  /**
   * A planner.
   *
   * @param catalogue what {@code catalog.*} shows, and how tables stand against what is expected
   */
  public StatementPlanner(Guard guard, LineageReader lineage, Catalogue catalogue) {
    this.guard = guard;
    this.lineage = lineage;
    this.catalogue = catalogue;
    this.rows = new CatalogRows(catalogue);
  }

  /**
   * Checks a statement and binds it to the states of its tables that it asks for.
   *
   * @throws io.sightglass.engine.EngineException why it is refused
   */
  StatementPlan plan(ActivePack pack, StatementRequest request, Principal principal) {
    CallerPolicy policy = pack.policyOf(principal);
    String schema = request.schema();
    NameResolver names = schema == null ? policy.names() : policy.namesIn(schema);
    String key = schema == null ? policy.hash() : policy.hash() + "/" + schema;
    GuardedStatement guarded = guard.check(request.sql(), names, key);
    List<@Nullable Object> values = request.parameters().inOrder(guarded.parameters());
    List<CatalogView> catalogViews =
        guarded.views().stream().map(CatalogView::find).flatMap(Optional::stream).toList();
    List<QualifiedName> named =
        guarded.views().stream().filter(name -> CatalogView.find(name).isEmpty()).toList();
    List<VisibleView> views = named.stream().map(name -> view(policy, name)).toList();
    Map<String, Object> variables =
        new TreeMap<>(PolicyCompiler.variables(policy, principal, named));
    catalogViews.forEach(
        view -> variables.put(view.variable(), rows.of(view, pack.pack(), policy)));
    List<PinnedTable> tables =
        new TablePins(pack, request.asOf())
            .pin(StatementPlan.inputs(views), StatementPlan.identified(views));
    Map<QualifiedName, List<LocalDate>> missing = new TreeMap<>();
    tables.forEach(table -> missing.put(table.dataset(), missingDates(pack, table)));
    Limits limits = pack.pack().policy().limitsOf(principal);
    return new StatementPlan(
        pack,
        policy,
        guarded,
        values,
        views,
        tables,
        missing,
        masked(policy, guarded, views),
        variables,
        limits);
  }

  /** Dates that are missing of a dataset, or of any that a stored result was made of. */
  private List<LocalDate> missingDates(ActivePack pack, PinnedTable table) {
    View view = table.result() ? pack.pack().views().get(table.dataset()) : null;
    Collection<QualifiedName> datasets = view == null ? List.of(table.dataset()) : view.datasets();
    return datasets.stream()
        .flatMap(dataset -> catalogue.freshness().of(dataset).missingDates().stream())
        .distinct()
        .sorted()
        .toList();
  }

  private static VisibleView view(CallerPolicy policy, QualifiedName name) {
    VisibleView view = policy.views().get(name);
    if (view == null) {
      throw new IllegalStateException(
          "The guard let through a view that the policy lacks: " + name);
    }
    return view;
  }

  private List<MaskedColumn> masked(
      CallerPolicy policy, GuardedStatement guarded, List<VisibleView> views) {
    boolean none =
        views.stream().flatMap(view -> view.columns().stream()).noneMatch(VisibleColumn::masked);
    return none
        ? List.of()
        : maskedByText.get(
            policy.catalog() + " " + guarded.text(),
            text -> masked(lineage.read(guarded.text(), columns(policy, views)), policy, views));
  }

  private static Lineage.TableColumns columns(CallerPolicy policy, List<VisibleView> views) {
    return path ->
        Stream.concat(
                views.stream()
                    .filter(view -> path(policy, view).equals(path))
                    .flatMap(view -> view.columns().stream())
                    .map(column -> column.column().name()),
                Arrays.stream(CatalogView.values())
                    .filter(view -> path(policy, view.view()).equals(path))
                    .flatMap(view -> view.columns().stream())
                    .map(OutputColumn::name))
            .toList();
  }

  private static List<String> path(CallerPolicy policy, VisibleView view) {
    return path(policy, view.view().name());
  }

  private static List<String> path(CallerPolicy policy, QualifiedName name) {
    return List.of(policy.catalog(), name.schema(), name.name());
  }

  private static List<MaskedColumn> masked(
      Lineage lineage, CallerPolicy policy, List<VisibleView> views) {
    Set<SourceColumn> read = new HashSet<>(lineage.conditions());
    lineage.outputs().forEach(output -> read.addAll(output.sources()));
    read.addAll(lineage.unlisted());
    return among(read, policy, views);
  }

  private static List<MaskedColumn> among(
      Set<SourceColumn> read, CallerPolicy policy, List<VisibleView> views) {
    return views.stream()
        .flatMap(view ->
            view.columns().stream()
                .filter(VisibleColumn::masked)
                .filter(column ->
                    read.contains(new SourceColumn(path(policy, view), column.column().name())))
                .map(column ->
                    new MaskedColumn(
                        view.view().name(), column.column().name(), column.mask(), column.rule())))
        .toList();
  }

  /** Which masked columns each output of the statement depends on. */
  ReadMasks readMasks(StatementPlan plan) {
    if (plan.views().stream()
        .flatMap(view -> view.columns().stream())
        .noneMatch(VisibleColumn::masked)) {
      return ReadMasks.NONE;
    }
    CallerPolicy policy = plan.policy();
    Lineage read = lineage.read(plan.guarded().text(), columns(policy, plan.views()));
    return new ReadMasks(
        read.outputs().stream()
            .map(output ->
                new OutputMasks(output.name(), among(output.sources(), policy, plan.views())))
            .toList(),
        among(read.unlisted(), policy, plan.views()),
        among(read.conditions(), policy, plan.views()));
  }
}
