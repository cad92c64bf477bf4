package io.sightglass.web.cli.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.View;
import io.sightglass.web.cli.sample.Canary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Searches what every persona is answered over every view that is not identified for what
 * identifies a person: the mark of the sample data, the patterns of {@code tests/canaries.txt}, and
 * the values that direct columns of {@code tests/landing} came with.
 */
final class Canaries {

  private static final String FILE = "canaries.txt";
  private static final int MOST = 50;

  /** What no answer may hold; {@code what} says so without a value. */
  private record Forbidden(Pattern pattern, String what) {}

  private final Trial trial;
  private final List<Forbidden> patterns = new ArrayList<>();
  private final Map<String, String> values = new TreeMap<>();
  private final List<Mistake> mistakes = new ArrayList<>();
  private int searched;

  Canaries(Trial trial) {
    this.trial = trial;
  }

  /**
   * Searches.
   *
   * @param tests the pack's folder of tests
   * @return what was found where it must not be
   */
  List<Mistake> check(Path tests) throws IOException {
    patterns.add(new Forbidden(Pattern.compile(Canary.TEXT), "the mark of the sample data"));
    if (Files.exists(tests.resolve(FILE))) {
      readPatterns(Files.readAllLines(tests.resolve(FILE)));
    }
    values.putAll(DirectValues.of(trial));
    for (Map.Entry<String, Principal> persona : new TreeMap<>(trial.pack().personas()).entrySet()) {
      for (QualifiedName name : trial.viewsOf(persona.getValue())) {
        View view = trial.pack().views().get(name);
        if (view != null && !view.identified()) {
          search(persona.getKey(), persona.getValue(), name);
        }
      }
    }
    return mistakes.size() <= MOST ? mistakes : mistakes.subList(0, MOST);
  }

  /** How many answers were searched. */
  int searched() {
    return searched;
  }

  private void readPatterns(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String what = "line %d of tests/%s".formatted(i + 1, FILE);
      try {
        patterns.add(new Forbidden(Pattern.compile(line), what));
      } catch (PatternSyntaxException e) {
        mistakes.add(
            new Mistake(
                "tests/" + FILE,
                i + 1,
                MistakeCode.WRONG_VALUE,
                "\"%s\"; allowed: a regular expression (%s)".formatted(line, e.getDescription())));
      }
    }
  }

  private void search(String name, Principal persona, QualifiedName view) {
    searched++;
    CsvText answer =
        CsvText.parse(trial.ask(persona, "SELECT * FROM %s ORDER BY ALL".formatted(view)));
    for (int column = 0; column < answer.header().size(); column++) {
      searchColumn(name, view, answer, column);
    }
  }

  /** One finding a column: the others say the same. */
  private void searchColumn(String persona, QualifiedName view, CsvText answer, int column) {
    for (CsvText.Line line : answer.lines()) {
      String cell = column < line.cells().size() ? line.cells().get(column) : null;
      Optional<String> found = cell == null ? Optional.empty() : find(cell);
      if (found.isPresent()) {
        mistakes.add(
            new Mistake(
                "%s/%s.sql".formatted(view.schema(), view.name()),
                1,
                MistakeCode.LEAK,
                "column \"%s\", as %s sees it: expected no identity; found %s in line %d of the answer"
                    .formatted(answer.header().get(column), persona, found.get(), line.number())));
        return;
      }
    }
  }

  private Optional<String> find(String cell) {
    return patterns.stream()
        .filter(forbidden -> forbidden.pattern().matcher(cell).find())
        .map(Forbidden::what)
        .findFirst()
        .or(() ->
            values.entrySet().stream()
                .filter(value -> holds(cell, value.getKey()))
                .map(Map.Entry::getValue)
                .findFirst());
  }

  /** As a word of its own: a number inside of a longer one is another number. */
  private static boolean holds(String cell, String value) {
    return cell.contains(value)
        && Pattern.compile("(?<![\\p{L}\\p{N}])" + Pattern.quote(value) + "(?![\\p{L}\\p{N}])")
            .matcher(cell)
            .find();
  }
}
