package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import java.util.List;

/** The complete paths of what a definition may read, as canonical SQL names them. Stateless. */
final class Tables {

  static final String RAW = "raw";
  static final String VAULT = "vault";
  static final String DEFS = "defs";

  private Tables() {}

  static List<String> path(String catalog, QualifiedName name) {
    return List.of(catalog, name.schema(), name.name());
  }

  static QualifiedName name(List<String> path) {
    return new QualifiedName(path.get(1), path.get(2));
  }

  static boolean isView(List<String> path) {
    return path.get(0).equals(DEFS);
  }

  static boolean isVault(List<String> path) {
    return path.get(0).equals(VAULT);
  }
}
