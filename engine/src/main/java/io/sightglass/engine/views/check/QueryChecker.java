package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedStatement;
import io.sightglass.engine.sql.NameResolver;
import io.sightglass.engine.views.CatalogView;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.NamedQuery;
import io.sightglass.engine.views.NamedQuery.Parameter;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.QueryDraft;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks named queries and the examples of views: as statements over every view, of a caller who
 * may read them all. Not thread-safe.
 */
final class QueryChecker {

  private static final Pattern PARAMETER =
      Pattern.compile("'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\\$(\\d{1,3})");

  private final Guard guard;
  private final Definitions world;
  private final Map<QualifiedName, Definition> views;
  private final Mistakes mistakes;

  QueryChecker(
      Guard guard, Definitions world, Map<QualifiedName, Definition> views, Mistakes mistakes) {
    this.guard = guard;
    this.world = world;
    this.views = views;
    this.mistakes = mistakes;
    for (CatalogView view : CatalogView.values()) {
      if (world.defineView(view.view(), view.select()) instanceof Failed failed) {
        throw new IllegalStateException(view + ": " + failed.message());
      }
    }
  }

  /** The query with the views that it names; its SQL as it is written. */
  NamedQuery check(QueryDraft draft) {
    NamedQuery query = draft.query();
    SqlMistakes found = SqlMistakes.ofFile(mistakes, query.sql(), draft.place());
    Set<QualifiedName> named = Set.of();
    GuardedStatement guarded =
        query.sql().isBlank() ? null : verify(query.sql(), query.name().schema(), found);
    if (guarded != null) {
      named = guarded.views();
      List<@Nullable ColumnType> types = new ArrayList<>();
      for (String used : guarded.parameters()) {
        types.add(typeOf(used, query, found));
      }
      if (!types.contains(null)) {
        bind(guarded, types, found);
      }
      warnOfUnused(draft, guarded.parameters());
    }
    return new NamedQuery(
        query.name(),
        query.description(),
        query.parameters(),
        query.chart(),
        query.keep(),
        query.sql().strip(),
        named);
  }

  private void warnOfUnused(QueryDraft draft, List<String> used) {
    for (Parameter parameter : draft.query().parameters()) {
      if (used.stream().noneMatch(parameter.name()::equalsIgnoreCase)) {
        mistakes.warn(
            draft.parameterPlaces().getOrDefault(parameter.name(), draft.place()),
            MistakeCode.UNUSED_PARAMETER,
            "parameter \"%s\"; the SQL does not use $%s"
                .formatted(parameter.name(), parameter.name()));
      }
    }
  }

  /** Checks the examples of a view. */
  void checkExamples(Definition definition) {
    List<String> examples = definition.draft.header().examples();
    for (int i = 0; i < examples.size(); i++) {
      SqlMistakes found =
          SqlMistakes.ofText(
              mistakes, "example", examples.get(i), definition.draft.examplePlaces().get(i));
      GuardedStatement guarded = verify(examples.get(i), null, found);
      if (guarded != null && !guarded.parameters().isEmpty()) {
        mistakes.add(
            definition.draft.examplePlaces().get(i),
            MistakeCode.NOT_ALLOWED,
            "example with parameters",
            "a statement that runs as it is");
      } else if (guarded != null) {
        bind(guarded, List.of(), found);
      }
    }
  }

  private @Nullable GuardedStatement verify(
      String sql, @Nullable String schema, SqlMistakes found) {
    try {
      return guard.check(sql, path -> resolve(path, schema));
    } catch (EngineException e) {
      found.add(e);
      return null;
    }
  }

  private @Nullable ColumnType typeOf(String used, NamedQuery query, SqlMistakes found) {
    for (Parameter parameter : query.parameters()) {
      if (parameter.name().equalsIgnoreCase(used)) {
        return parameter.type();
      }
    }
    mistakes.addUnknown(
        found.placeOf(used),
        MistakeCode.UNKNOWN_NAME,
        "parameter",
        used,
        query.parameters().stream().map(Parameter::name).toList());
    return null;
  }

  private void bind(GuardedStatement guarded, List<@Nullable ColumnType> types, SqlMistakes found) {
    boolean readable =
        guarded.views().stream()
            .filter(name -> CatalogView.find(name).isEmpty())
            .allMatch(name -> {
              Definition view = views.get(name);
              return view != null && view.isBound();
            });
    if (!readable) {
      return;
    }
    boolean sound =
        guarded.views().stream()
            .filter(name -> CatalogView.find(name).isEmpty())
            .allMatch(name -> {
              Definition view = views.get(name);
              return view != null && view.sound;
            });
    String sql = typed(guarded.text(), types);
    for (Failed failure : new PatientBinder(world).bind(sql).failures()) {
      if (sound || failure.code() == MistakeCode.UNKNOWN_COLUMN) {
        found.add(failure, sql);
      }
    }
  }

  /** The canonical text with each parameter a value of its type. */
  private static String typed(String canonical, List<@Nullable ColumnType> types) {
    return PARAMETER
        .matcher(canonical)
        .replaceAll(match -> {
          String number = match.group(1);
          int index = number == null ? -1 : Integer.parseInt(number) - 1;
          ColumnType type = index >= 0 && index < types.size() ? types.get(index) : null;
          return Matcher.quoteReplacement(
              type == null ? match.group() : "CAST(NULL AS %s)".formatted(type.sql()));
        });
  }

  /** Names as callers write them: {@code schema.view}, or the view alone where that is clear. */
  private NameResolver.Resolution resolve(List<String> written, @Nullable String schema) {
    List<String> path = written.stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
    List<QualifiedName> found =
        Stream.concat(
                views.keySet().stream(),
                Arrays.stream(CatalogView.values())
                    .map(CatalogView::view)
                    .filter(name -> path.size() == 2))
            .filter(name -> path.size() <= 2 && name.name().equals(path.getLast()))
            .filter(name -> path.size() == 1 || name.schema().equals(path.getFirst()))
            .filter(name -> path.size() == 2 || schema == null || name.schema().equals(schema))
            .toList();
    if (found.size() == 1) {
      return new NameResolver.Resolution.Found(
          found.getFirst(), Tables.path(Tables.DEFS, found.getFirst()));
    }
    if (found.size() > 1) {
      return new NameResolver.Resolution.Ambiguous(found);
    }
    Set<String> known = new TreeSet<>();
    views.keySet().forEach(name -> known.add(name.toString()));
    return new NameResolver.Resolution.Unknown(Spelling.likes(String.join(".", path), known));
  }
}
