package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds what the steward guide says about broken files to the cases that it names. */
class CorpusGuideTest {

  private static final Path GUIDE = Path.of("../docs/steward-guide.md");
  private static final Path CORPUS = Path.of("src/test/resources/corpus");
  private static final Pattern NAME = Pattern.compile("`([a-z]+/[a-z0-9-]+)`");

  record Rule(String what, String outcome, List<String> cases) {}

  static List<Rule> rules() throws IOException {
    try (Stream<String> lines = Files.lines(GUIDE)) {
      return lines
          .dropWhile(line -> !line.startsWith("| What comes |"))
          .skip(2)
          .takeWhile(line -> line.startsWith("|"))
          .map(line -> line.split("[|]", -1))
          .map(cells ->
              new Rule(
                  cells[1].strip(),
                  cells[3].strip(),
                  NAME.matcher(cells[4]).results().map(found -> found.group(1)).toList()))
          .filter(rule -> !rule.outcome().isEmpty())
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyRuleIsWhatItsCasesShow(Rule rule) throws IOException {
    assertThat(rule.cases()).as(rule.what()).isNotEmpty();
    for (String name : rule.cases()) {
      CorpusCase of = CorpusCase.read(CORPUS.resolve(name + ".case"));
      List<String> outcome = of.deliveries().getLast().outcome();
      String first = outcome.getFirst();
      boolean hasRejects = outcome.stream().anyMatch(line -> line.startsWith("rejected "));
      String actual =
          first.startsWith("QUARANTINED ")
              ? first.substring("QUARANTINED ".length()).split("[ :]", 2)[0]
              : hasRejects ? "rejected" : "loaded";
      assertThat(actual).as("%s of %s", name, rule.what()).isEqualTo(rule.outcome());
    }
  }
}
