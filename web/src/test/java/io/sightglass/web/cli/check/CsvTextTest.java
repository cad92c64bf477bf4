package io.sightglass.web.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTextTest {

  @Test
  void tellsNullFromTheEmptyTextAndKeepsQuotesAndLineEnds() {
    CsvText read = CsvText.parse("a,b,c\n1,,\"\"\n\"x \"\"y\"\"\",\"two\nlines\",z\nlast,,\n");
    assertThat(read.header()).containsExactly("a", "b", "c");
    assertThat(read.lines())
        .containsExactly(
            new CsvText.Line(2, Arrays.asList("1", null, "")),
            new CsvText.Line(3, List.of("x \"y\"", "two\nlines", "z")),
            new CsvText.Line(5, Arrays.asList("last", null, null)));
  }

  @Test
  void takesLinesThatEndAsWindowsEndsThemAndALastOneWithoutEnd() {
    CsvText read = CsvText.parse("a,b\r\n1,2\r\n\"3\",4");
    assertThat(read.header()).containsExactly("a", "b");
    assertThat(read.lines())
        .containsExactly(
            new CsvText.Line(2, List.of("1", "2")), new CsvText.Line(3, List.of("3", "4")));
  }

  @Test
  void anEmptyTextHasNothing() {
    assertThat(CsvText.parse("")).isEqualTo(new CsvText(List.of(), List.of()));
    assertThat(CsvText.parse("a\n").lines()).isEmpty();
  }
}
