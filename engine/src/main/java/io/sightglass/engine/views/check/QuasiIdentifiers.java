package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.DatasetDraft;
import io.sightglass.engine.views.files.Mistakes;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Warns where one grant shows several quasi-identifiers of a dataset unmasked. Not thread-safe. */
final class QuasiIdentifiers {

  private static final int TOO_MANY = 3;

  private final Map<QualifiedName, DatasetDraft> datasets;
  private final Mistakes mistakes;

  QuasiIdentifiers(Map<QualifiedName, DatasetDraft> datasets, Mistakes mistakes) {
    this.datasets = datasets;
    this.mistakes = mistakes;
  }

  void check(CheckedGrant grant) {
    Map<QualifiedName, Set<String>> shown = new TreeMap<>();
    for (Definition view : grant.covered()) {
      Flow flow = view.flow;
      if (flow == null) {
        continue;
      }
      flow.roots()
          .forEach((column, roots) -> {
            if (!grant.draft().hide().containsKey(column)
                && !grant.draft().masks().containsKey(column)) {
              roots.stream()
                  .filter(this::isQuasi)
                  .forEach(root ->
                      shown
                          .computeIfAbsent(Tables.name(root.table()), name -> new TreeSet<>())
                          .add(root.column()));
            }
          });
    }
    shown.forEach((dataset, columns) -> {
      if (columns.size() >= TOO_MANY) {
        mistakes.warn(
            grant.draft().place(),
            MistakeCode.QUASI_IDENTIFIERS,
            "role %s sees %s of %s unmasked; together they may identify a person; mask or hide one"
                .formatted(grant.draft().role(), String.join(", ", columns), dataset));
      }
    });
  }

  private boolean isQuasi(SourceColumn column) {
    if (Tables.isView(column.table()) || Tables.isVault(column.table())) {
      return false;
    }
    DatasetDraft draft = datasets.get(Tables.name(column.table()));
    return draft != null
        && draft
            .dataset()
            .findColumn(column.column())
            .map(Column::sensitivity)
            .filter(Sensitivity.QUASI::equals)
            .isPresent();
  }
}
