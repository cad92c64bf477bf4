package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.sql.NameResolver;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What names mean to one caller: {@code schema.view}, or a bare name that one of his views alone
 * has; beside them the views of {@link CatalogView}. A view that he may not know is answered like
 * one that does not exist. Immutable, thread-safe.
 */
final class CallerNames implements NameResolver {

  private final String catalog;
  private final Set<QualifiedName> visible;
  private final Map<QualifiedName, AccessDecision.MissingAttribute> lacking;

  CallerNames(
      String catalog,
      Set<QualifiedName> visible,
      Map<QualifiedName, AccessDecision.MissingAttribute> lacking) {
    this.catalog = catalog;
    this.visible = new TreeSet<>(visible);
    this.lacking = new TreeMap<>(lacking);
  }

  @Override
  public Resolution resolve(List<String> written) {
    List<String> path = written.stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
    List<QualifiedName> found = visible.stream().filter(name -> isMeant(name, path)).toList();
    if (found.size() == 1) {
      QualifiedName name = found.getFirst();
      return new Resolution.Found(name, List.of(catalog, name.schema(), name.name()));
    }
    if (found.size() > 1) {
      return new Resolution.Ambiguous(found);
    }
    return lacking.entrySet().stream()
        .filter(entry -> isMeant(entry.getKey(), path))
        .findFirst()
        .<Resolution>map(entry ->
            new Resolution.MissingAttribute(
                entry.getValue().role().name(), entry.getValue().attribute()))
        .orElseGet(() -> catalogView(path));
  }

  /** What every caller has; a view of a department that is called alike comes first. */
  private Resolution catalogView(List<String> path) {
    return Arrays.stream(CatalogView.values())
        .map(CatalogView::view)
        .filter(name -> isMeant(name, path))
        .findFirst()
        .<Resolution>map(
            name -> new Resolution.Found(name, List.of(catalog, name.schema(), name.name())))
        .orElseGet(() -> new Resolution.Unknown(suggestions(path)));
  }

  private static boolean isMeant(QualifiedName name, List<String> path) {
    return switch (path.size()) {
      case 1 -> name.name().equals(path.getFirst());
      case 2 -> name.schema().equals(path.getFirst()) && name.name().equals(path.getLast());
      default -> false;
    };
  }

  private List<String> suggestions(List<String> path) {
    Set<String> complete = new TreeSet<>();
    Map<String, String> bare = new TreeMap<>();
    for (QualifiedName name : visible) {
      complete.add(name.toString());
      bare.put(name.name(), name.toString());
    }
    for (CatalogView view : CatalogView.values()) {
      complete.add(view.view().toString());
    }
    List<String> likes = Spelling.likes(String.join(".", path), complete);
    return likes.isEmpty()
        ? Spelling.likes(path.getLast(), bare.keySet()).stream().map(bare::get).toList()
        : likes;
  }
}
