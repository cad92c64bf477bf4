package io.sightglass.web.cli.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.ViewPack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files {@code tests/<schema>.<view>/<persona>.csv}, against what each persona is answered. */
final class GoldenResults {

  private static final String SUFFIX = ".csv";

  private final Trial trial;
  private final Path tests;
  private final List<Mistake> mistakes = new ArrayList<>();
  private int compared;

  GoldenResults(Trial trial, Path tests) {
    this.trial = trial;
    this.tests = tests;
  }

  /** Compares every file; what differs. */
  List<Mistake> check() throws IOException {
    for (Path folder : children(tests)) {
      if (Files.isDirectory(folder) && name(folder).contains(".")) {
        checkView(folder);
      }
    }
    return mistakes;
  }

  /** How many files were compared. */
  int compared() {
    return compared;
  }

  private void checkView(Path folder) throws IOException {
    String place = "tests/" + name(folder);
    ViewPack pack = trial.pack();
    Optional<QualifiedName> view = findView(name(folder));
    if (view.isEmpty()) {
      mistakes.add(
          new Mistake(
              place + "/",
              1,
              MistakeCode.UNKNOWN_NAME,
              "view \"%s\"; allowed: a view of the pack, schema.name".formatted(name(folder))));
      return;
    }
    for (Path file : children(folder)) {
      if (!name(file).endsWith(SUFFIX)) {
        continue;
      }
      String path = place + "/" + name(file);
      String persona = name(file).substring(0, name(file).length() - SUFFIX.length());
      Principal principal = pack.personas().get(persona);
      if (principal == null) {
        mistakes.add(
            new Mistake(
                path,
                1,
                MistakeCode.UNKNOWN_NAME,
                "persona \"%s\"; allowed: %s"
                    .formatted(
                        persona,
                        String.join(", ", pack.personas().keySet().stream().sorted().toList()))));
      } else {
        compare(path, file, view.get(), principal);
      }
    }
  }

  private Optional<QualifiedName> findView(String name) {
    return trial.pack().views().keySet().stream()
        .filter(view -> view.toString().equals(name))
        .findFirst();
  }

  private void compare(String path, Path file, QualifiedName view, Principal persona)
      throws IOException {
    compared++;
    CsvText expected = CsvText.parse(Files.readString(file));
    try {
      CsvText found =
          CsvText.parse(trial.ask(persona, "SELECT * FROM %s ORDER BY ALL".formatted(view)));
      mistakes.addAll(new GoldenComparison(path, expected, found).differences());
    } catch (EngineException e) {
      mistakes.add(
          new Mistake(
              path,
              1,
              MistakeCode.WRONG_RESULT,
              "expected %d rows; found %s: %s"
                  .formatted(expected.lines().size(), e.code(), e.detail())));
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
