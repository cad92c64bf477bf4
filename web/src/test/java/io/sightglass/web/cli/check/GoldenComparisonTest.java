package io.sightglass.web.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.views.Mistake;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoldenComparisonTest {

  private static List<String> compare(String expected, String found) {
    return new GoldenComparison("g.csv", CsvText.parse(expected), CsvText.parse(found))
        .differences().stream().map(Mistake::toString).toList();
  }

  @Test
  void equalRowsInAnotherOrderAreEqual() {
    assertThat(compare("a,b\n1,x\n2,y\n2,y\n", "a,b\n2,y\n1,x\n2,y\n")).isEmpty();
  }

  @Test
  void aCellThatDiffersIsToldWithItsLineBothValuesAndItsColumn() {
    assertThat(compare("a,b\n1,x\n2,y\n", "a,b\n1,x\n2,\n"))
        .containsExactly("g.csv:3: WRONG_RESULT: column \"b\": expected \"y\"; found NULL");
  }

  @Test
  void aRowTooFewAndOneTooManyAreTold() {
    assertThat(compare("a,b\n1,x\n", "a,b\n"))
        .containsExactly("g.csv:2: WRONG_RESULT: expected this row; found no row like it");
    assertThat(compare("a,b\n1,x\n", "a,b\n1,x\n1,x\n"))
        .containsExactly("g.csv:2: WRONG_RESULT: expected no further row; found a \"1\", b \"x\"");
  }

  @Test
  void otherColumnsAreTheOnlyDifferenceTold() {
    assertThat(compare("a,b\n1,x\n", "a,c\n1,x\n"))
        .containsExactly("g.csv:1: WRONG_RESULT: expected columns a, b; found a, c");
  }

  @Test
  void aLineWithAnotherNumberOfCellsIsTold() {
    assertThat(compare("a,b\n1\n", "a,b\n1,x\n"))
        .containsExactly(
            "g.csv:2: WRONG_RESULT: expected 2 cells as the header has; found 1 in this line");
  }
}
