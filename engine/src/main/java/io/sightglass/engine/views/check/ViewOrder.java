package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.Mistakes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts views behind those that they read; views that read each other are a mistake. Not
 * thread-safe.
 */
final class ViewOrder {

  private final Map<QualifiedName, Definition> definitions;
  private final Mistakes mistakes;
  private final Set<QualifiedName> done = new LinkedHashSet<>();
  private final Deque<QualifiedName> path = new ArrayDeque<>();

  ViewOrder(Map<QualifiedName, Definition> definitions, Mistakes mistakes) {
    this.definitions = definitions;
    this.mistakes = mistakes;
  }

  /** Every view; of a circle in some order. */
  List<QualifiedName> order() {
    definitions.keySet().forEach(this::visit);
    return List.copyOf(done);
  }

  private void visit(QualifiedName name) {
    Definition definition = definitions.get(name);
    if (definition == null || done.contains(name)) {
      return;
    }
    if (path.contains(name)) {
      addCycle(name);
      return;
    }
    path.addLast(name);
    definition.views.forEach(this::visit);
    path.removeLast();
    done.add(name);
  }

  private void addCycle(QualifiedName name) {
    List<QualifiedName> circle = new ArrayList<>(path);
    circle = circle.subList(circle.indexOf(name), circle.size());
    String seen =
        circle.stream().map(QualifiedName::toString).collect(Collectors.joining(" reads "));
    Definition first = definitions.get(name);
    if (first != null) {
      String next = circle.size() > 1 ? circle.get(1).name() : name.name();
      mistakes.add(
          SqlMistakes.ofFile(mistakes, first.draft.sql(), first.draft.place()).placeOf(next),
          MistakeCode.CYCLE,
          seen + " reads " + name,
          "views that do not read themselves");
    }
  }
}
