package io.sightglass.engine.sql;

import io.sightglass.engine.QualifiedName;
import java.util.List;

/** What a table's name in a statement means to the one who wrote it. */
public interface NameResolver {

  /**
   * Resolves one table name.
   *
   * @param path the name as written, one to three parts, never a common table expression's
   */
  Resolution resolve(List<String> path);

  /** What a name came to. */
  sealed interface Resolution {

    /**
     * A view that the caller may read.
     *
     * @param target the path that the canonical text uses instead: catalog, schema, name
     */
    record Found(QualifiedName view, List<String> target) implements Resolution {}

    /** Does not exist, or the caller may not know that it does. */
    record Unknown(List<String> suggestions) implements Resolution {}

    record Ambiguous(List<QualifiedName> candidates) implements Resolution {}

    /** It would be granted by a role whose attribute the token lacks. */
    record MissingAttribute(String role, String attribute) implements Resolution {}
  }
}
