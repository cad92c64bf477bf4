package io.sightglass.engine.sql;

import io.sightglass.engine.QualifiedName;
import java.util.List;
import java.util.Map;

/** The two views of the corpus, as a caller sees them. */
final class TestingNames implements NameResolver {

  static final String CATALOG = "p_x";

  private static final Map<String, QualifiedName> VIEWS =
      Map.of(
          "claims", new QualifiedName("claims", "claims"),
          "contention_events", new QualifiedName("claims", "contention_events"));

  @Override
  public Resolution resolve(List<String> path) {
    QualifiedName view = VIEWS.get(Names.fold(path.getLast()));
    boolean schema = path.size() == 1 || (path.size() == 2 && "claims".equals(path.getFirst()));
    return view != null && schema
        ? new Resolution.Found(view, List.of(CATALOG, view.schema(), view.name()))
        : new Resolution.Unknown(List.of("claims.claims"));
  }
}
