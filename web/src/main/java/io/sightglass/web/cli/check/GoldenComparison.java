package io.sightglass.web.cli.check;

import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * A golden result beside what was answered, whatever the order of their rows: a row of the one that
 * has no equal in the other is told with the row that is most like it.
 */
final class GoldenComparison {

  /** More differences than this say nothing more. */
  private static final int MOST = 50;

  private final String path;
  private final CsvText expected;
  private final CsvText found;
  private final List<Mistake> differences = new ArrayList<>();

  GoldenComparison(String path, CsvText expected, CsvText found) {
    this.path = path;
    this.expected = expected;
    this.found = found;
  }

  List<Mistake> differences() {
    if (!expected.header().equals(found.header())) {
      add(
          1,
          "expected columns %s; found %s"
              .formatted(String.join(", ", expected.header()), String.join(", ", found.header())));
      return differences;
    }
    List<CsvText.Line> missing = new ArrayList<>();
    List<CsvText.Line> surplus = new ArrayList<>(found.lines());
    for (CsvText.Line line : expected.lines()) {
      if (!removeEqual(surplus, line)) {
        missing.add(line);
      }
    }
    for (CsvText.Line line : missing) {
      surplus.stream()
          .filter(other -> likeness(line, other) > 0)
          .max(Comparator.comparingInt(other -> likeness(line, other)))
          .ifPresentOrElse(
              likest -> {
                surplus.remove(likest);
                addCells(line, likest);
              },
              () -> add(line.number(), "expected this row; found no row like it"));
    }
    int end = expected.lines().isEmpty() ? 1 : expected.lines().getLast().number();
    surplus.forEach(line -> add(end, "expected no further row; found " + shown(line)));
    return differences.size() <= MOST ? differences : differences.subList(0, MOST);
  }

  private static boolean removeEqual(List<CsvText.Line> lines, CsvText.Line wanted) {
    return lines.stream()
        .filter(line -> line.cells().equals(wanted.cells()))
        .findFirst()
        .map(lines::remove)
        .orElse(false);
  }

  private static int likeness(CsvText.Line one, CsvText.Line other) {
    int alike = 0;
    for (int i = 0; i < Math.min(one.cells().size(), other.cells().size()); i++) {
      alike += Objects.equals(one.cells().get(i), other.cells().get(i)) ? 1 : 0;
    }
    return alike;
  }

  private void addCells(CsvText.Line line, CsvText.Line other) {
    if (line.cells().size() != expected.header().size()) {
      add(
          line.number(),
          "expected %d cells as the header has; found %d in this line"
              .formatted(expected.header().size(), line.cells().size()));
      return;
    }
    for (int i = 0; i < line.cells().size(); i++) {
      if (!Objects.equals(line.cells().get(i), other.cells().get(i))) {
        add(
            line.number(),
            "column \"%s\": expected %s; found %s"
                .formatted(expected.header().get(i), line.shown(i), other.shown(i)));
      }
    }
  }

  private String shown(CsvText.Line line) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < Math.min(4, line.cells().size()); i++) {
      cells.add(found.header().get(i) + " " + line.shown(i));
    }
    return String.join(", ", cells) + (line.cells().size() > 4 ? ", …" : "");
  }

  private void add(int line, String message) {
    differences.add(new Mistake(path, line, MistakeCode.WRONG_RESULT, message));
  }
}
