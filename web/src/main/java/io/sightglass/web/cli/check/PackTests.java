package io.sightglass.web.cli.check;

import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tries a pack that holds no mistake on its own test files: loads {@code tests/landing}, compares
 * golden results, searches for identities.
 */
public final class PackTests {

  /**
   * What came of it. Immutable.
   *
   * @param notes worth knowing, such as what could not be tried
   */
  public record Outcome(List<Mistake> mistakes, List<String> notes) {
    public Outcome {
      mistakes = List.copyOf(mistakes);
      notes = List.copyOf(notes);
    }
  }

  private static final String LANDING = "landing";

  private PackTests() {}

  /** Tries everything there is a file for; nothing is written into the pack. */
  public static Outcome run(Path pack) throws IOException {
    Path folder = pack.toRealPath();
    Path tests = folder.resolve("tests");
    Path landing = tests.resolve(LANDING);
    if (!Files.isDirectory(landing)) {
      return new Outcome(
          List.of(),
          Files.isDirectory(tests)
              ? List.of("tests/landing is missing: golden results and canaries are not checked")
              : List.of());
    }
    try (Trial trial = Trial.open(folder, landing)) {
      List<Mistake> mistakes = new ArrayList<>(loaded(trial, landing));
      GoldenResults golden = new GoldenResults(trial, tests);
      mistakes.addAll(golden.check());
      Canaries canaries = new Canaries(trial);
      mistakes.addAll(canaries.check(tests));
      return new Outcome(
          mistakes.stream().sorted().toList(),
          List.of(
              "%d golden results compared, %d answers searched for identities"
                  .formatted(golden.compared(), canaries.searched())));
    }
  }

  /** Every file must load: one in quarantine makes the results after it mean nothing. */
  private static List<Mistake> loaded(Trial trial, Path landing) throws IOException {
    List<Mistake> mistakes = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Load load : trial.load()) {
      known.add(load.source().name());
      switch (load.state()) {
        case COMMITTED, SKIPPED -> {}
        case FAILED, QUARANTINED, FOUND, RUNNING ->
            mistakes.add(
                new Mistake(
                    path(load.source().name()),
                    1,
                    MistakeCode.REFUSED_FILE,
                    "expected to load into %s; found %s, %s: %s"
                        .formatted(load.dataset(), load.state(), load.code(), load.reason())));
      }
    }
    try (Stream<Path> files = Files.walk(landing)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = landing.relativize(file).toString().replace('\\', '/');
        boolean isData = !name.startsWith(".") && !name.endsWith(".md") && !name.contains("/.");
        if (isData && !known.contains(name)) {
          mistakes.add(
              new Mistake(
                  path(name),
                  1,
                  MistakeCode.UNEXPECTED_FILE,
                  "no contract's source.path; allowed: a name that one matches"));
        }
      }
    }
    return mistakes;
  }

  private static String path(String name) {
    return "tests/" + LANDING + "/" + name;
  }
}
