package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.query.StatementAnswer.FilterAsApplied;
import io.sightglass.engine.query.StatementAnswer.PolicyAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.GuardedStatement;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import io.sightglass.engine.views.CatalogView;
import io.sightglass.engine.views.View;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A statement that has passed every check and is bound to one state of its tables: what remains is
 * to run it. Immutable.
 *
 * @param values of its parameters, by place
 * @param views that it names, as the caller sees them; those of {@code catalog} are not among them
 * @param tables at the state that it reads
 * @param masked columns that it reads and that the caller sees masked, with the mask
 * @param missingDates of those tables: what was due and has not come
 * @param variables of the session: the caller's attributes that filters read, a text or a list of
 *     texts, and the rows of {@code catalog.*}
 */
record StatementPlan(
    ActivePack pack,
    CallerPolicy policy,
    GuardedStatement guarded,
    List<@Nullable Object> values,
    List<VisibleView> views,
    List<PinnedTable> tables,
    Map<QualifiedName, List<LocalDate>> missingDates,
    List<MaskedColumn> masked,
    Map<String, Object> variables,
    Limits limits) {

  /** A masked column as the caller names it. */
  record MaskedColumn(QualifiedName view, String column, String mask, String rule) {

    /** {@code schema.view.column}. */
    String path() {
      return view + "." + column;
    }
  }

  /**
   * Which masked columns each output depends on.
   *
   * @param outputs by place, where the names of all are known from the text
   * @param unlisted what an output that is not in {@code outputs} may depend on
   * @param conditions those that decide which rows come out and how they combine
   */
  record ReadMasks(
      List<OutputMasks> outputs, List<MaskedColumn> unlisted, List<MaskedColumn> conditions) {

    /** One output's. */
    record OutputMasks(String name, List<MaskedColumn> masks) {}

    static final ReadMasks NONE = new ReadMasks(List.of(), List.of(), List.of());

    /** Those behind the output of that place and name, out of so many; rather one too many. */
    List<MaskedColumn> behind(int place, String name, int of) {
      if (outputs.size() == of) {
        return outputs.get(place).masks();
      }
      List<MaskedColumn> named =
          outputs.stream()
              .filter(output -> output.name().equalsIgnoreCase(name))
              .flatMap(output -> output.masks().stream())
              .toList();
      return Stream.concat(named.stream(), unlisted.stream()).distinct().toList();
    }
  }

  /** The columns that it might name. */
  List<String> knownColumns() {
    return Stream.concat(
            views.stream()
                .flatMap(view -> view.columns().stream())
                .map(column -> column.column().name()),
            guarded.views().stream()
                .flatMap(name -> CatalogView.find(name).stream())
                .flatMap(view -> view.columns().stream())
                .map(OutputColumn::name))
        .distinct()
        .toList();
  }

  boolean identified() {
    return identified(views);
  }

  /** Whether any of them reads the vault. */
  static boolean identified(List<VisibleView> views) {
    return views.stream().anyMatch(view -> view.view().identified());
  }

  /** Every table that the views read. */
  static List<View.Input> inputs(List<VisibleView> views) {
    return List.copyOf(
        views.stream()
            .flatMap(view -> view.view().tables().stream())
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  List<TableAsRead> tablesAsRead() {
    return tables.stream()
        .map(table -> {
          PairSnapshot snapshot = table.snapshot();
          return new TableAsRead(
              table.dataset(),
              snapshot == null ? null : snapshot.id(),
              snapshot == null ? null : snapshot.dataAsOf(),
              missingDates.getOrDefault(table.dataset(), List.of()));
        })
        .toList();
  }

  @Nullable Instant dataAsOf() {
    return tables.stream()
        .map(PinnedTable::snapshot)
        .filter(Objects::nonNull)
        .map(PairSnapshot::dataAsOf)
        .min(Instant::compareTo)
        .orElse(null);
  }

  PolicyAsApplied policyAsApplied() {
    List<FilterAsApplied> filters = new ArrayList<>();
    for (VisibleView view : views) {
      String filter = view.decision().grant().filter();
      if (filter != null) {
        filters.add(
            new FilterAsApplied(
                view.view().name(),
                filter,
                "role %s, %s/grants.yaml"
                    .formatted(view.decision().role().name(), view.view().name().schema())));
      }
    }
    return new PolicyAsApplied(
        policy.hash(),
        roles(),
        masked.stream().map(column -> column.path() + ": " + column.mask()).toList(),
        filters);
  }

  /** The roles whose grants were used. */
  String roles() {
    return views.stream()
        .map(view -> view.decision().role().name())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
