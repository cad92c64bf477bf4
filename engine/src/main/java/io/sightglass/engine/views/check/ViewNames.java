package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.NameResolver;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.DatasetDraft;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.Place;
import io.sightglass.engine.views.files.ViewDraft;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What names mean inside one view: {@code raw} datasets of its own schema and their {@code vault},
 * views of its own schema, and views of others that are shared with it.
 *
 * <p>An unknown name is noted and resolved to a stand-in, so that the guard goes on and finds the
 * next mistake. Not thread-safe.
 */
final class ViewNames implements NameResolver {

  private static final List<String> STAND_IN = List.of(Tables.DEFS, "main", "unknown");

  private final Definition definition;
  private final Map<QualifiedName, DatasetDraft> datasets;
  private final Map<QualifiedName, ViewDraft> views;
  private final Mistakes mistakes;
  private boolean complete = true;

  ViewNames(
      Definition definition,
      Map<QualifiedName, DatasetDraft> datasets,
      Map<QualifiedName, ViewDraft> views,
      Mistakes mistakes) {
    this.definition = definition;
    this.datasets = datasets;
    this.views = views;
    this.mistakes = mistakes;
  }

  /** Whether every name so far was known. */
  boolean isComplete() {
    return complete;
  }

  @Override
  public Resolution resolve(List<String> written) {
    List<String> path = written.stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
    if (!path.stream().allMatch(QualifiedName::isPart)) {
      return unknown(String.join(".", written));
    }
    boolean dataset = path.get(0).equals(Tables.RAW) || path.get(0).equals(Tables.VAULT);
    if (path.size() == 3 && dataset) {
      return dataset(path.get(0), Tables.name(path));
    }
    if (path.size() == 2 && !dataset) {
      return view(new QualifiedName(path.get(0), path.get(1)));
    }
    return path.size() == 1
        ? view(new QualifiedName(schema(), path.get(0)))
        : unknown(String.join(".", written));
  }

  private Resolution dataset(String catalog, QualifiedName name) {
    DatasetDraft draft = datasets.get(name);
    if (!name.schema().equals(schema())) {
      return refused(
          name,
          "%s.%s, a dataset of another schema; allowed: datasets of %s, and views of others that name it in shared_with"
              .formatted(catalog, name, schema()));
    }
    if (draft == null) {
      return unknown(catalog + "." + name);
    }
    if (catalog.equals(Tables.VAULT)) {
      if (draft.dataset().directColumns().isEmpty() && draft.complete()) {
        return refused(
            name, "vault.%s, which has no direct column; allowed: raw.%s".formatted(name, name));
      }
      definition.vault.add(name);
    } else {
      definition.raw.add(name);
    }
    return new Resolution.Found(name, Tables.path(catalog, name));
  }

  private Resolution view(QualifiedName name) {
    ViewDraft view = views.get(name);
    if (view == null) {
      return unknown(name.toString());
    }
    if (!name.schema().equals(schema()) && !view.header().sharedWith().contains(schema())) {
      return refused(
          name,
          "view %s, which is not shared with %s; allowed: views of %s, and of others that name it in shared_with"
              .formatted(name, schema(), schema()));
    }
    definition.views.add(name);
    return new Resolution.Found(name, Tables.path(Tables.DEFS, name));
  }

  private Resolution unknown(String name) {
    TreeSet<String> known = new TreeSet<>();
    for (DatasetDraft draft : datasets.values()) {
      if (draft.dataset().name().schema().equals(schema())) {
        known.add("raw." + draft.dataset().name());
      }
    }
    for (ViewDraft view : views.values()) {
      if (view.name().schema().equals(schema()) || view.header().sharedWith().contains(schema())) {
        known.add(view.name().toString());
      }
    }
    known.remove(definition.name().toString());
    complete = false;
    mistakes.addUnknown(placeOf(name), MistakeCode.UNKNOWN_NAME, "table", name, known);
    return standIn();
  }

  private Resolution refused(QualifiedName name, String message) {
    complete = false;
    mistakes.add(placeOf(name.toString()), MistakeCode.UNKNOWN_NAME, message);
    return standIn();
  }

  private Place placeOf(String name) {
    return SqlMistakes.ofFile(mistakes, definition.draft.sql(), definition.draft.place())
        .placeOf(name.substring(name.lastIndexOf('.') + 1));
  }

  private Resolution standIn() {
    return new Resolution.Found(definition.name(), STAND_IN);
  }

  private String schema() {
    return definition.name().schema();
  }
}
